"""Keeps the measures of units with a budget up to date with every fact (rules 2 and 4)."""

from collections.abc import Callable, Iterable
from typing import Final

from ledger.budgets import begins
from ledger.events import Corrected, Extended, Granted, Reallocated, Recorded, Released, UnitMoved
from ledger.evolve.plain import Change, plain
from ledger.holders import lasting_of_unit
from ledger.lineage import within
from ledger.measures import Measure, Measures, Place, limited, parts
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.sayings import grants_said, sayings
from ledger.state import State
from ledger.steps import Delta, Steps, net

Sums = dict[tuple[Place, Measure], list[Delta]]


def counting(state: State, event: Recorded, fold: Callable[[State, Recorded], None]) -> None:
    """Fold an event, and add what it changes to the measures of those above the units it is about.

    Where no pool it is about has a budget, nothing is counted.
    """
    sums: Sums = {}
    changes = plain(state, event)
    if changes is not None:
        fold(state, event)
        for change in changes:
            _spread(state, sums, change)
    else:
        before = _names(state, event)
        for name in before:
            _take(state, sums, name, -1)
        fold(state, event)
        for name in dict.fromkeys((*before, *_names(state, event))):
            _take(state, sums, name, 1)
    for (place, measure), deltas in sums.items():
        steps, sign = state.measures[place[0]][place[1]].of(measure)
        for delta in net(deltas):
            state.journal.count(steps, sign, (place, measure, delta))


def _spread(state: State, sums: Sums, change: Change) -> None:
    """Add what a grant that neither lends nor is lent has more or less of to those above it."""
    of_pool = state.measures[change.pool]
    for above, since, until in state.lineage(change.unit):
        measures = of_pool.get(above)
        if measures is None:
            continue
        first = max(since, measures.since)
        clipped = [
            (max(start, first), min(end, until), quantity)
            for start, end, quantity in change.deltas
            if max(start, first) < min(end, until)
        ]
        for measure in measures.limited if change.is_guaranteed else _OF_BORROWED:
            if measures.counts(measure):
                sums.setdefault(((change.pool, above), measure), []).extend(clipped)


def measured(state: State, pool: str, unit: str) -> Measures:
    """The measures of a unit counted from the grants alone, from when on it has a budget."""
    since = begins(state.budgets[pool, unit])
    sums: Sums = {}
    for below in state.ever_below(unit):
        for grant in lasting_of_unit(state, pool, below, since):
            _add(state, sums, grant, 1, only=(pool, unit))
    made = Measures(since, limited(state.budgets[pool, unit]))
    for measure in made.limited:
        sign = made.of(measure)[1]
        changes: list[tuple[Instant, int]] = []
        for start, end, quantity in sums.get(((pool, unit), measure), ()):
            changes += ((start, sign * quantity), (end, -sign * quantity))
        setattr(made, measure, Steps.of(changes))
    return made


def _names(state: State, event: Recorded) -> tuple[str, ...]:
    """The grants whose counting an event changes, as far as they are there."""
    grants = state.grants
    match event:
        case Granted(data=made):
            pool, names = made.pool, (made.grant,)
        case Released(data=given):
            pool, names = given.pool, tuple(leg.grant for leg in given.legs)
        case Reallocated(data=moved):
            pool, names = moved.pool, (*(leg.grant for leg in moved.legs), moved.to_grant)
        case Extended(data=longer):
            pool, names = grants[longer.grant].pool, (longer.grant,)
        case UnitMoved(data=move):
            return _below(state, move.unit, event.effective_at)
        case Corrected(data=fact):
            was, now = sayings(fact)
            names = grants_said(was, now)
            if not names:
                said = now or was
                unit = getattr(said.fact, "unit", None) if said is not None else None
                at = min(one.at for one in (was, now) if one is not None)
                return _below(state, unit, at) if unit in state.units else ()
            pool = grants[names[0]].pool
        case _:
            return ()
    if pool not in state.measures:
        return ()
    there = [name for name in names if name in grants]
    lenders = [lender for name in there if (lender := grants[name].lender) is not None]
    return tuple(dict.fromkeys((*there, *lenders)))


def _below(state: State, unit: str, at: Instant) -> tuple[str, ...]:
    """The grants of a unit and those that ever stood below it, which live after an instant.

    And the lenders of loans among them: whether these are lent outside depends on where they are.
    """
    found: dict[str, None] = {}
    for below in state.ever_below(unit):
        for pool in state.measures:
            for grant in lasting_of_unit(state, pool, below, at):
                found[grant.grant] = None
                if grant.lender is not None:
                    found[grant.lender] = None
    return tuple(found)


def _take(state: State, sums: Sums, name: str, sign: int) -> None:
    grant = state.grants.get(name)
    if grant is not None:
        _add(state, sums, grant, sign)


def _add(
    state: State, sums: Sums, grant: GrantRecord, sign: int, only: Place | None = None
) -> None:
    add_counted(state, sums, grant, state.loans_of(grant), sign, only=only)


def add_counted(
    state: State,
    sums: Sums,
    grant: GrantRecord,
    loans: Iterable[GrantRecord],
    sign: int,
    *,
    only: Place | None = None,
) -> None:
    """Add what a grant counts, with a sign, to all (or one) of those that have a budget."""
    pool = grant.pool
    found = list(parts(grant, loans))
    for above, since, until in state.lineage(grant.unit):
        if only is not None:
            has = (pool, above) == only
        else:
            has = above in state.measures.get(pool, _NONE)
        if not has:
            continue
        place = (pool, above)
        first = max(since, begins(state.budgets[place]))
        for what, piece in found:
            for measure, quantity, periods in _counts(state, what, piece, above):
                if only is None and not state.measures[pool][above].counts(measure):
                    continue
                deltas = sums.setdefault((place, measure), [])
                for start, end in periods:
                    if max(start, first) < min(end, until):
                        deltas.append((max(start, first), min(end, until), sign * quantity))


def _counts(
    state: State, what: str, piece: Delta, above: str
) -> Iterable[tuple[Measure, int, Iterable[tuple[Instant, Instant]]]]:
    start, end, quantity = piece
    if what == "own":
        yield "title", quantity, ((start, end),)
        yield "kept", quantity, ((start, end),)
    elif what == "hold":
        yield "in_hand", quantity, ((start, end),)
    else:
        # Lent to a unit: outside, as long as that does not stand below as well.
        yield "kept", -quantity, ((start, end),)
        yield "kept", quantity, within(state.units, what, above, start, end)


_OF_BORROWED: Final[tuple[Measure, ...]] = ("in_hand",)
_NONE: Final[dict[str, Measures]] = {}
