"""Who may say something else of grants: whoever may record it, and what it was, today (rule 8)."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from ledger.authority import HOLDERS, SHAPERS, Roles, covering
from ledger.decide.cases import Case
from ledger.decide.grants import mind_self_dealing
from ledger.decide.notice import give_notice, is_holder
from ledger.decide.releases import MAY
from ledger.facts import Extension, GrantMaking, Reallocation, ReleaseOfGrants
from ledger.periods import Instant, open_end
from ledger.records import GrantRecord
from ledger.refusals import UnknownUnit
from ledger.standing import Delegations
from ledger.steps import Delta


class Change(Struct, frozen=True):
    """A grant before and after, and what it owns more or less, as runs."""

    old: GrantRecord
    new: GrantRecord
    own: Sequence[Delta]

    @property
    def gains(self) -> bool:
        """Whether it owns more at any time."""
        return any(quantity > 0 for _, _, quantity in self.own)

    @property
    def is_better(self) -> bool:
        """Whether what was borrowed becomes guaranteed: a new right, as when it is granted."""
        return (self.old.grant_class, self.new.grant_class) == ("borrowed", "guaranteed")

    @property
    def is_worse(self) -> bool:
        """Whether what was guaranteed becomes borrowed: first to go, and not kept by a floor."""
        return (self.old.grant_class, self.new.grant_class) == ("guaranteed", "borrowed")

    @property
    def is_of_another(self) -> bool:
        """Whether it is lent by another grant than before."""
        return self.old.lender != self.new.lender

    @property
    def loses(self) -> bool:
        """Whether it owns less at any time."""
        return any(quantity < 0 for _, _, quantity in self.own)

    def loses_from(self, now: Instant) -> Instant | None:
        """The first instant from now on at which it owns less."""
        losing = (max(start, now) for start, end, less in self.own if less < 0 and end > now)
        return next(losing, None)


def demand_rights(case: Case, changes: Sequence[Change], pool: str) -> None:
    """Demand the authority that recording it today takes; refuse what one gives to oneself."""
    judging = case.judging
    for unit in _units_named(case):
        if unit not in judging.state.units:
            raise UnknownUnit(f"There is no unit {unit}", leg=judging.leg)
    leading = _leading(case, pool)
    sides = _sides(case, changes)
    for unit, roles in _rights(case, changes, pool):
        if leading:
            entitled = (*judging.actor.covering(roles, unit, pool), *leading)
            judging.allow_one_of(covering(judging.state, entitled, unit, pool), unit, pool)
        else:
            judging.allow(roles, unit, pool, sides)
    asked = judging.fact_at(case.position).request
    for change in changes:
        is_back = _is_returned(case) and not _is_made(case, change)
        if change.is_better:
            mind_self_dealing(judging, change.new.unit, (), pool, asked)
        elif change.gains and (change.new.lender is not None or not is_back):
            losing = _others(case, changes, change.new.unit)
            mind_self_dealing(judging, change.new.unit, losing, pool, asked)


def warn_in_time(case: Case, changes: Sequence[Change], pool: str) -> None:
    """Demand notice of what a holder loses from now on, sooner than was promised (rule 5).

    Also where it is said to have been so before: what counts is when the holder learns of it.
    """
    judging = case.judging
    for change in changes:
        at = change.loses_from(judging.now)
        if at is None:
            continue
        is_maker = _is_made(case, change)
        is_holders = is_holder(judging, change.old.unit, pool)
        if _is_reclaimed(case) and not is_maker:
            give_notice(judging, at, pool, "A reclaim")
        elif (is_maker or isinstance(case.original, Extension)) and not is_holders:
            what = "An earlier end" if change.old.lender is None else "A recall"
            give_notice(judging, at, pool, what)


def takes_from_holders(case: Case, changes: Sequence[Change], pool: str) -> bool:
    """Whether somebody loses by it what they do not give back themselves: floors count (rule 2)."""
    if any(change.is_worse or _is_lent_more(change) for change in changes):
        return True
    losing = [change.old.unit for change in changes if change.loses]
    if not losing or _is_returned(case):
        return False
    if _is_reclaimed(case) or isinstance(case.original, Reallocation):
        return True
    return not all(is_holder(case.judging, unit, pool) for unit in losing)


def _is_lent_more(change: Change) -> bool:
    """Whether more than before is out of a lender's hand at any time."""
    return change.new.lender is not None and (change.gains or change.is_of_another)


def _is_made(case: Case, change: Change) -> bool:
    return change.old.made == case.position


def _is_returned(case: Case) -> bool:
    return isinstance(case.original, ReleaseOfGrants) and not _is_reclaimed(case)


def _is_reclaimed(case: Case) -> bool:
    """Whether it is, or was, something that was not given back by choice."""
    return any(
        isinstance(said.fact, ReleaseOfGrants) and said.fact.kind == "reclaimed"
        for said in case.sayings()
    )


def _units_named(case: Case) -> Iterable[str]:
    for said in case.sayings():
        match said.fact:
            case GrantMaking(unit=unit):
                yield unit
            case ReleaseOfGrants(legs=legs):
                yield from (leg.unit for leg in legs)
            case Reallocation(legs=legs, to_unit=to):
                yield from (*(leg.unit for leg in legs), to)
            case _:
                pass


def _sides(case: Case, changes: Iterable[Change]) -> tuple[str, ...]:
    """The units on both sides of the loans that are concerned: what each gains or loses counts."""
    grants = case.judging.state.grants
    found: dict[str, None] = {}
    for change in changes:
        for one in (change.old, change.new):
            if one.lender is not None:
                found |= {one.unit: None, grants[one.lender].unit: None}
    return tuple(found)


def _others(case: Case, changes: Sequence[Change], gaining: str) -> tuple[str, ...]:
    """The other units that are concerned: of those one takes who gives to this one."""
    units = [unit for change in changes for unit in (change.old.unit, change.new.unit)]
    lenders = [change.new.lender for change in changes if change.new.lender is not None]
    units += [case.judging.state.grants[name].unit for name in lenders]
    return tuple(dict.fromkeys(unit for unit in units if unit != gaining))


def _leading(case: Case, pool: str) -> Delegations:
    """Lead delegations over all the units of a move that is called off, or moves less."""
    match case.was.fact if case.was is not None else None:
        case Reallocation(loan=False) as was if _is_less(case, was):
            units = dict.fromkeys((was.to_unit, *(leg.unit for leg in was.legs)))
            return case.judging.actor.leading(units, pool)
        case _:
            return ()


def _is_less(case: Case, was: Reallocation) -> bool:
    """Whether a move becomes nothing, or takes less, of the same grants, for no longer."""
    if case.now is None or case.was is None:
        return case.now is None
    now = case.now.fact
    return (
        isinstance(now, Reallocation)
        and case.now.at >= case.was.at
        and open_end(now.ends_at) <= open_end(was.ends_at)
        and (now.to_unit, now.grant_class) == (was.to_unit, was.grant_class)
        and now.quantity <= was.quantity
        and {leg.grant for leg in now.legs} <= {leg.grant for leg in was.legs}
    )


def _rights(case: Case, changes: Sequence[Change], pool: str) -> Iterable[tuple[str, Roles]]:
    """The units and roles, for the original and the replacement."""
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
            case _:
                pass
    for change in changes:
        if isinstance(case.original, Extension):
            found[_of_an_end(case, change, pool)] = None
        elif _is_reclaimed(case) and change.gains:
            found[change.new.unit, SHAPERS] = None  # it is given back what was taken
        if _is_lent_more(change) and not isinstance(case.original, Extension):
            found[case.judging.state.grants[change.new.lender or ""].unit, HOLDERS] = None
    return found


def _of_an_end(case: Case, change: Change, pool: str) -> tuple[str, Roles]:
    """Who may move an end so: of a loan the lender's side, or either when it moves earlier."""
    grant = change.old
    is_longer = _is_longer(case)
    if grant.lender is None:
        return grant.unit, SHAPERS if is_longer else HOLDERS
    lender = case.judging.state.grants[grant.lender].unit
    is_borrowers = case.judging.actor.covering(HOLDERS, grant.unit, pool)
    return (lender if is_longer or not is_borrowers else grant.unit), HOLDERS


def _is_longer(case: Case) -> bool:
    """Whether an end moves later by what is said instead; of a cancelled one nobody can tell."""
    ends = [
        open_end(said.fact.ends_at)
        for said in (case.was, case.now)
        if said is not None and isinstance(said.fact, Extension)
    ]
    return len(ends) < 2 or ends[1] > ends[0]
