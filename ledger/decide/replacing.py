"""Judges, for each noun, what a correction says instead: names, authority, and what it changes."""

from collections.abc import Iterable

from msgspec import Struct

from ledger.authority import HOLDERS, KEEPERS, SHAPERS, STEWARD, Roles
from ledger.decide.existence import demand_open_unit, pool_at, unit_at
from ledger.decide.grants import refuse_self_dealing
from ledger.decide.judging import Judging
from ledger.decide.legs import judge_said
from ledger.decide.organisation import shaping
from ledger.decide.releases import MAY
from ledger.evolve.corrections import grants_said, said_anew
from ledger.facts import (
    CapacityChange,
    Extension,
    Fact,
    GrantMaking,
    PoolClosing,
    PoolOpening,
    Reallocation,
    ReleaseOfGrants,
    UnitClosing,
    UnitCreation,
    UnitMove,
)
from ledger.holding import pieces
from ledger.periods import BEGINNING, FOREVER, Instant, open_end
from ledger.records import GrantRecord, UnitRecord
from ledger.refusals import Arithmetic, Cycle, DependentFacts, UnknownGrant
from ledger.sayings import Saying
from ledger.steps import Delta, net


class Case(Struct, frozen=True):
    """An event at a position, what it says until now and from now on, and its original data."""

    judging: Judging
    position: int
    was: Saying | None
    now: Saying | None
    original: Fact

    def sayings(self) -> tuple[Saying, ...]:
        """What is said before and after, as far as anything is."""
        return tuple(said for said in (self.was, self.now) if said is not None)

    def first_said(self) -> Instant:
        """The earlier of the instants at which it takes effect."""
        return min(said.at for said in self.sayings())


class Found(Struct, frozen=True, kw_only=True):
    """What a correction changes: from which instant on, of which units, by how much at most."""

    first: Instant
    units: tuple[str, ...]
    pool: str | None = None
    most: int = 0
    takes: bool = False


def judge_grants(case: Case) -> Found:
    """Facts about grants: whoever may record them today may correct them."""
    judging = case.judging
    names = grants_said(case.was, case.now)
    before = [_grant(judging, name) for name in names]
    pool = before[0].pool
    for unit, roles in _rights(case, before):
        judging.allow(roles, unit, pool)
    after = [said_anew(one, case.position, case.now) for one in before]
    changes: list[Delta] = []
    firsts: list[Instant] = []
    for old, new in zip(before, after, strict=True):
        changed = _changes(old, new)
        changes += changed
        if (old.unit, old.grant_class, old.lender) != (new.unit, new.grant_class, new.lender):
            firsts.append(min(old.start, new.start))
        if new.unit != old.unit:
            refuse_self_dealing(judging, new.unit, (old.unit,), pool)
    judge_said(judging, case.position, case.now)
    firsts += [start for start, _, _ in changes]
    units = dict.fromkeys(one.unit for one in (*before, *after))
    return Found(
        first=min(firsts, default=case.first_said()),
        units=tuple(units),
        pool=pool,
        most=max((abs(quantity) for _, _, quantity in changes), default=0),
        takes=any(quantity < 0 for _, _, quantity in changes),
    )


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
    begins = case.now.at if case.now else FOREVER
    if isinstance(fact, PoolOpening):
        book = judging.state.capacity[fact.pool]
        named = [change.position for change in book.changes if change.effective_at < begins]
        held = next(judging.state.free[fact.pool].runs(BEGINNING, begins), None)
        if named or held is not None:
            raise _depended(judging, f"Pool {fact.pool} is used before {begins}", tuple(named))
    elif case.now is not None:
        held_until = judging.state.live.get(fact.pool, {})
        late = [unit for unit, grants in held_until.items() if grants]
        if late:
            raise _depended(judging, f"{min(late)} holds of {fact.pool} still", ())
    return Found(first=case.first_said(), units=(root,), pool=fact.pool)


def judge_unit(case: Case) -> Found:
    """What a unit is called, where it stands, since when and until when there is one."""
    judging, state = case.judging, case.judging.state
    name: str = getattr(case.original, "unit")  # noqa: B009 - each of these facts names one
    unit = state.units[name]
    is_leaf = not state.open_children[name]
    for parent in _parents(case, unit):
        judging.allow(shaping(unit.kind, is_leaf=is_leaf), parent, None)
    now = case.now
    match now.fact if now is not None else None:
        case UnitMove(parent=str(parent)) | UnitCreation(parent=str(parent)):
            above = unit_at(judging, parent, now.at if now else judging.now)
            demand_open_unit(judging, above)
            if name in state.path(parent):
                raise Cycle(f"{parent} stands below {name}", leg=judging.leg)
        case _:
            pass
    if isinstance(case.original, UnitCreation):
        _demand_unused(judging, unit, now.at if now else FOREVER)
    if isinstance(case.original, UnitClosing) and now is None and unit.parent is not None:
        demand_open_unit(judging, state.units[unit.parent])
    return Found(first=case.first_said(), units=(name,))


def _rights(case: Case, grants: list[GrantRecord]) -> Iterable[tuple[str, Roles]]:
    """The units and roles that recording it today takes, for the original and the replacement."""
    units = {one.grant: one.unit for one in grants}
    found: dict[tuple[str, Roles], None] = {}
    for said in case.sayings():
        match said.fact:
            case GrantMaking(unit=unit):
                found[unit, SHAPERS] = None
            case ReleaseOfGrants(legs=legs, kind=kind):
                found |= {(leg.unit, MAY[kind]): None for leg in legs}
            case Reallocation(loan=True, legs=legs):
                found[legs[0].unit, HOLDERS] = None
            case Reallocation(legs=legs, to_unit=to):
                found |= {(unit, SHAPERS): None for unit in (*(leg.unit for leg in legs), to)}
            case Extension(grant=grant):
                is_longer = _is_longer(case)
                found[units[grant], SHAPERS if is_longer else HOLDERS] = None
            case _:
                pass
    return found


def _is_longer(case: Case) -> bool:
    """Whether an end moves later by what is said instead; of a cancelled one nobody can tell."""
    ends = [
        open_end(said.fact.ends_at)
        for said in (case.was, case.now)
        if said is not None and isinstance(said.fact, Extension)
    ]
    return len(ends) < 2 or ends[1] > ends[0]


def _changes(old: GrantRecord, new: GrantRecord) -> list[Delta]:
    less = [(start, end, -own) for start, end, own in pieces(old, old.start, old.end)]
    return net([*pieces(new, new.start, new.end), *less])


def _grant(judging: Judging, name: str) -> GrantRecord:
    found = judging.state.grants.get(name)
    if found is None:
        raise UnknownGrant(f"There is no grant {name}", leg=judging.leg)
    return found


def _parents(case: Case, unit: UnitRecord) -> Iterable[str]:
    """The units a steward over which may say this: above it, as it is and as it would be."""
    named = [
        said.fact.parent
        for said in case.sayings()
        if isinstance(said.fact, UnitMove | UnitCreation) and said.fact.parent is not None
    ]
    return dict.fromkeys((unit.parent or unit.unit, *named))


def _demand_unused(judging: Judging, unit: UnitRecord, begins: Instant) -> None:
    """Refuse with DependentFacts a unit that begins after something names it."""
    state = judging.state
    positions = [
        grant.made
        for pool in state.pools
        for grant in state.ever_of_unit(pool, unit.unit)
        if grant.first and grant.start < begins
    ]
    named = [one.unit for one in state.units.values()
             if one.parent == unit.unit and one.since < begins]  # fmt: skip
    given = [one.position for one in state.delegations.values()
             if one.unit == unit.unit and begins == FOREVER]  # fmt: skip
    if positions or named or given or (begins == FOREVER and len(unit.said) > 4):
        at = tuple(sorted((*positions, *given, *(one.position for one in unit.said[4:]))))
        raise _depended(judging, f"Unit {unit.unit} is named before {begins}", at)


def _depended(judging: Judging, why: str, positions: tuple[int, ...]) -> DependentFacts:
    told = f": position {', '.join(map(str, positions[:20]))}" if positions else ""
    return DependentFacts(
        why + told, arithmetic=Arithmetic(measure="facts", positions=positions[:100] or None),
        leg=judging.leg,
    )  # fmt: skip
