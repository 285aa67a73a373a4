"""How a correction changes the state: an earlier event says something else (rule 8).

The grants, the pool, the capacity or the unit that the event is about are counted anew, as if it
had said so from the first; nothing that was derived when it was decided is derived again.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from msgspec.structs import replace

from ledger.acts import drawn, made_anew, with_end, without
from ledger.capacity import Change, change_of
from ledger.events import Corrected
from ledger.evolve.changes import add, touch, touch_lender
from ledger.evolve.organisation import said_of, say
from ledger.evolve.pledges import pledge_corrected, rate_corrected
from ledger.evolve.splits import put_share
from ledger.facts import (
    CapacityChange,
    Extension,
    Fact,
    GrantMaking,
    PoolClosing,
    PoolOpening,
    Reallocation,
    ReleaseOfGrants,
    Splitting,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.holding import pieces
from ledger.periods import FOREVER, open_end
from ledger.pledge_facts import PledgeMaking, RateSetting
from ledger.records import End, GrantRecord
from ledger.sayings import Saying, grants_said, sayings
from ledger.state import State
from ledger.steps import Delta


def corrected(state: State, event: Corrected) -> None:
    """Fold a correction. What it corrects is said by the event itself."""
    fact = event.data
    state.journal.put(state.corrections, fact.corrects, event.position)
    was, now = sayings(fact)
    said = now or was
    if said is not None:
        _FOLDS[type(said.fact)](state, event, was, now, said.fact)


def _of_grants(
    state: State, event: Corrected, was: Saying | None, now: Saying | None, about: Fact
) -> None:  # fmt: skip
    del about
    position = event.data.corrects
    names = grants_said(was, now)
    pool = state.grants[names[0]].pool
    # A loan may be another lender's: the one it was taken off is counted on both sides.
    families = (*names, *(lender for name in names if (lender := state.grants[name].lender)))
    deltas = _together(state, families, 1)
    for name in names:
        grant = state.grants[name]
        state.unlist_grant(grant)
        changed = replace(said_anew(grant, position, now), touched=event.position)
        if changed.lender != grant.lender:
            _pass_loan(state, name, grant.lender, changed.lender)
        state.keep_grant(changed)
        # It stays on the other list, where it is passed over, and is there when it comes back.
        if changed.unit != grant.unit and name not in state.made.get((pool, changed.unit), ()):
            state.list_made(changed)
        state.list_grant(changed, event.recorded_at, grant)
        for unit in {grant.unit, changed.unit}:
            touch(state, unit, event.position)
        touch_lender(state, name, event.position)
    add(state, pool, deltas + _together(state, families, -1))


def said_anew(grant: GrantRecord, position: int, now: Saying | None) -> GrantRecord:
    """One grant once the event at a position says something else of it, or nothing."""
    fact = None if now is None else now.fact
    if grant.made == position:
        is_maker = isinstance(fact, GrantMaking | Reallocation)
        return made_anew(grant, now.at if now else grant.start, fact if is_maker else None)
    changed = without(grant, position)
    if now is None:
        return changed
    match fact:
        case Extension(grant=grant.grant):
            return with_end(changed, position, End(position, open_end(fact.ends_at)))
        case ReleaseOfGrants() | Reallocation():
            return drawn(changed, position, now.at, fact)
        case _:
            return changed


def _together(state: State, names: Iterable[str], sign: int) -> list[Delta]:
    """What these grants, each with those it lends to or from, hold together, as runs."""
    heads: dict[str, GrantRecord] = {}
    for name in names:
        grant = state.grants[name]
        head = grant.lender or name
        heads[head] = state.grants[head]
    found: list[Delta] = []
    for head in heads.values():
        found += state.family_of(head) or pieces(head, head.start, head.end)
    return [(start, end, sign * held) for start, end, held in found]


def _pass_loan(state: State, loan: str, old: str | None, new: str | None) -> None:
    """A loan was made out of another grant than was said."""
    for name, is_lender in ((old, False), (new, True)):
        if name is not None:
            lender = state.grants[name]
            rest = tuple(one for one in lender.loans if one != loan)
            state.keep_grant(replace(lender, loans=(*rest, loan) if is_lender else rest))


def _of_capacity(
    state: State, event: Corrected, was: Saying | None, now: Saying | None, about: CapacityChange
) -> None:
    position = event.data.corrects
    old, new = _change(position, was), _change(position, now)
    book = state.capacity[about.pool]
    deltas = book.exchange(old, new)
    state.journal.on_undo(book.exchange, new, old)
    add(state, about.pool, deltas)


def _change(position: int, said: Saying | None) -> Change | None:
    if said is None or not isinstance(said.fact, CapacityChange):
        return None
    return change_of(position, said.at, said.fact)


def _of_pool(
    state: State,
    event: Corrected,
    was: Saying | None,
    now: Saying | None,
    about: PoolOpening | PoolClosing,
) -> None:
    del event, was
    pool = state.pools[about.pool]
    at = now.at if now else FOREVER
    if isinstance(about, PoolOpening):
        changed = replace(
            pool, title=about.title, unit_label=about.unit_label, granule=about.granule, since=at
        )
    else:
        changed = replace(pool, closed_at=at)
    state.journal.put(state.pools, pool.pool, changed)


def _of_unit(
    state: State,
    event: Corrected,
    was: Saying | None,
    now: Saying | None,
    about: UnitCreation | UnitRenaming | UnitMove | UnitClosing,
) -> None:
    del was
    position = event.data.corrects
    unit = state.units[about.unit]
    said = tuple(one for one in unit.said if one.position != position)
    if now is not None:
        said = (*said, *said_of(position, now.at, now.fact))
    changed = say(state, unit, said)
    for name in dict.fromkeys((unit.unit, unit.parent, changed.parent)):
        if name is not None:
            touch(state, name, event.position)


def _of_split(
    state: State, event: Corrected, was: Saying | None, now: Saying | None, about: Splitting
) -> None:
    position = event.data.corrects
    for said in (was, now):
        if said is not None and isinstance(said.fact, Splitting):
            for share in said.fact.shares:
                at = said.at if said is now else None
                put_share(state, position, at, said.fact, share.unit)
                touch(state, share.unit, event.position)
    touch(state, about.parent, event.position)


_FOLDS: Final[dict[type[Fact], Callable[[State, Any, Any, Any, Any], None]]] = {
    GrantMaking: _of_grants,
    ReleaseOfGrants: _of_grants,
    Reallocation: _of_grants,
    Extension: _of_grants,
    CapacityChange: _of_capacity,
    Splitting: _of_split,
    PledgeMaking: pledge_corrected,
    RateSetting: rate_corrected,
    PoolOpening: _of_pool,
    PoolClosing: _of_pool,
    UnitCreation: _of_unit,
    UnitRenaming: _of_unit,
    UnitMove: _of_unit,
    UnitClosing: _of_unit,
}
"""What can be corrected (rule 8); of all else the new thing is said."""
