"""Judges, for each noun, what a correction says instead: names, authority, and what it changes."""

from collections.abc import Iterable, Iterator

from ledger.authority import KEEPERS, SHAPERS, STEWARD
from ledger.decide.cases import Case, Found
from ledger.decide.entitled import Change, demand_rights, takes_from_holders, warn_in_time
from ledger.decide.existence import grant_ever, pool_at, unit_at
from ledger.decide.legs import judge_said
from ledger.decide.lives import demand_no_cycle
from ledger.decide.organisation import shaping
from ledger.evolve.corrections import grants_said, said_anew
from ledger.evolve.organisation import said_of
from ledger.facts import (
    CapacityChange,
    PoolClosing,
    PoolOpening,
    UnitClosing,
    UnitCreation,
    UnitMove,
)
from ledger.holding import pieces
from ledger.periods import Instant
from ledger.records import UnitRecord
from ledger.refusals import Cycle, Impossible
from ledger.steps import Delta, net
from ledger.vocabulary import UnitKind


def judge_grants(case: Case) -> Found:
    """Facts about grants: whoever may record them today may correct them."""
    judging = case.judging
    changes = [_change(case, name) for name in grants_said(case.was, case.now)]
    pool = changes[0].old.pool
    demand_rights(case, changes, pool)
    judge_said(judging, case.position, case.was, case.now)
    firsts: list[Instant] = []
    runs: list[Delta] = []
    for change in changes:
        old, new = change.old, change.new
        runs += change.own
        if (old.unit, old.grant_class, old.lender) != (new.unit, new.grant_class, new.lender):
            firsts.append(min(old.start, new.start))
    firsts += [start for start, _, _ in runs]
    first = min(firsts, default=case.first_said())
    warn_in_time(case, changes, pool)
    if takes_from_holders(case, changes, pool):
        judging.taking.add(judging.leg)
    sides_of = judging.state.sides_of
    units = [unit for one in changes for unit in (*sides_of(one.old), *sides_of(one.new))]
    return Found(
        first=first,
        units=tuple(dict.fromkeys(units)),
        pool=pool,
        most=max(_peak(changes, 1), _peak(changes, -1)),
        takes=any(quantity < 0 for _, _, quantity in runs),
    )


def _peak(changes: Iterable[Change], sign: int) -> int:
    """How much grants have more, or less, together at most; all of one that changes its kind."""
    given: list[Delta] = []
    for change in changes:
        new = change.new
        is_another = change.is_better or change.is_worse or change.is_of_another
        given += pieces(new, new.start, new.end) if is_another else change.own
    found = net([one for one in given if sign * one[2] > 0])
    return max((abs(quantity) for _, _, quantity in found), default=0)


def _change(case: Case, name: str) -> Change:
    old = grant_ever(case.judging, name)
    new = said_anew(old, case.position, case.now)
    less = [(start, end, -own) for start, end, own in pieces(old, old.start, old.end)]
    more = pieces(new, new.start, new.end)
    if old.unit != new.unit:
        return Change(old, new, sorted([*more, *less]))  # one gains it all, the other loses it
    return Change(old, new, net([*more, *less]))


def judge_capacity(case: Case) -> Found:
    """How much there is. Whether it is possible is judged on the outcome."""
    judging = case.judging
    root = judging.root()
    pool = ""
    for said in case.sayings():
        fact = said.fact
        if isinstance(fact, CapacityChange):
            pool = pool_at(judging, fact.pool, said.at).pool
            judging.allow(SHAPERS if fact.kind == "headroom" else KEEPERS, root, pool)
    return Found(first=case.first_said(), units=(root,), pool=pool)


def judge_pool(case: Case) -> Found:
    """What a pool is called, since when and until when there is one."""
    judging = case.judging
    fact = case.original
    if not isinstance(fact, PoolOpening | PoolClosing):
        raise TypeError(f"{type(fact).__name__} is not of a pool")
    root = judging.root()
    judging.allow(STEWARD, root, fact.pool)
    _demand_not_ahead(case)
    return Found(first=case.first_said(), units=(root,), pool=fact.pool)


def judge_unit(case: Case) -> Found:
    """What a unit is called, where it stands, since when and until when there is one."""
    judging, state = case.judging, case.judging.state
    name: str = getattr(case.original, "unit")  # noqa: B009 - each of these facts names one
    unit = state.units[name]
    is_leaf = not state.open_children[name]
    parents = _parents(case, unit)
    for parent in parents:
        for kind in _kinds(case, unit):
            judging.allow(shaping(kind, is_leaf=is_leaf), parent, None)
    _demand_not_ahead(case)
    said = tuple(one for one in unit.said if one.position != case.position)
    now = case.now
    if now is not None:
        said = (*said, *said_of(case.position, now.at, now.fact))
        if isinstance(now.fact, UnitClosing) and now.fact.merged_into is not None:
            heir = unit_at(judging, now.fact.merged_into, now.at)
            if heir.unit == name:
                raise Cycle(f"{name} cannot merge into itself", leg=judging.leg)
    demand_no_cycle(judging, name, said)
    return Found(first=case.first_said(), units=(name,))


def _demand_not_ahead(case: Case) -> None:
    """Refuse with Impossible what would not have taken effect yet (section 2)."""
    if case.now is not None and case.now.at > case.judging.now:
        raise Impossible(
            f"Pools and units change when it is recorded, or before, not at {case.now.at}",
            leg=case.judging.leg,
        )


def _parents(case: Case, unit: UnitRecord) -> Iterable[str]:
    """The units over which who says this has authority: above it, as it is and as it would be."""
    named = [unit.parent or unit.unit]
    for said in case.sayings():
        fact = said.fact
        if isinstance(fact, UnitMove | UnitCreation) and fact.parent is not None:
            named.append(unit_at(case.judging, fact.parent, said.at).unit)
        if isinstance(fact, UnitMove):
            named += _before(case, unit, said.at)
    return dict.fromkeys(named)


def _before(case: Case, unit: UnitRecord, at: Instant) -> list[str]:
    """The parent from which a move takes a unit: where it stands when the move is called off."""
    stays = [
        (one.at, one.position, one.value)
        for one in unit.said
        if one.what == "parent" and (one.at, one.position) < (at, case.position)
    ]
    _, _, parent = max(stays, default=(at, 0, None))
    return [] if parent is None else [parent]


def _kinds(case: Case, unit: UnitRecord) -> Iterator[UnitKind]:
    """The kinds that the unit has, and would have."""
    yield unit.kind
    for one in case.sayings():
        if isinstance(one.fact, UnitCreation) and one.fact.kind != unit.kind:
            yield one.fact.kind
