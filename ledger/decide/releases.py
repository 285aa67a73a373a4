"""Releases: grants, or parts of them, go back to their pool (rule 5)."""

from collections.abc import Iterable

from ledger.authority import HOLDERS, IMPORTER, Roles
from ledger.commands import OfGrant, Release
from ledger.decide.existence import (
    demand_granule,
    demand_unchanged,
    grant_named,
    pool_at,
    unit_at,
)
from ledger.decide.extensions import demand_no_promises
from ledger.decide.judging import Judging
from ledger.decide.notice import count_for_second, give_notice
from ledger.decide.taking import Draught
from ledger.events import Released
from ledger.facts import Leg, ReleaseOfGrants
from ledger.holders import lasting_of_unit
from ledger.holding import held_last, own_at
from ledger.periods import Instant
from ledger.records import GrantRecord, PoolRecord
from ledger.refusals import Arithmetic, Impossible, MoreThanHeld
from ledger.vocabulary import ReleaseKind

MAY: dict[ReleaseKind, Roles] = {
    "returned": (*HOLDERS, *IMPORTER),
    "reclaimed": HOLDERS,
    "unstated": IMPORTER,
}
"""Who may release how (domain, the table of section 4)."""


def release(judging: Judging, command: Release) -> None:
    """Record what named grants, or a unit's own grants, give back from an instant on, for good."""
    at = judging.begins()
    if command.grants is not None:
        _of_grants(judging, command, command.grants, at)
    elif command.pool is not None and command.unit is not None:
        _by_holder(judging, command, command.pool, command.unit, at)


def _of_grants(
    judging: Judging, command: Release, named: tuple[OfGrant, ...], at: Instant
) -> None:  # fmt: skip
    grants = [grant_named(judging, one.grant) for one in named]
    pool = pool_at(judging, command.pool or grants[0].pool, grants[0].start)
    units = tuple(dict.fromkeys(given.unit for given in grants))
    late = [at >= given.end and at <= judging.now for given in grants]
    _allow(judging, command.kind, pool.pool, units)
    demand_unchanged(judging, command)
    for given, one in zip(grants, named, strict=True):
        if given.pool != pool.pool:
            raise Impossible(
                f"Grant {given.grant} is of {given.pool}: one release, one pool", leg=judging.leg
            )
        demand_granule(judging, pool, one.quantity)
    _need_words(judging, command.kind)
    if all(late):
        legs = tuple(
            _late(judging, given, one.quantity) for given, one in zip(grants, named, strict=True)
        )
        _record(judging, _data(command, pool, legs, late=True), at)
        return
    draught = Draught(judging, at, advance=command.advance)
    for given, one in zip(grants, named, strict=True):
        draught.take(given, one.quantity)
    _record(judging, _data(command, pool, draught.legs()), at)


def _by_holder(judging: Judging, command: Release, name: str, holder: str, at: Instant) -> None:
    pool = pool_at(judging, name, at)
    unit = unit_at(judging, holder, at)
    if isinstance(command.quantity, int):
        _allow(judging, command.kind, pool.pool, (unit.unit,))
        demand_unchanged(judging, command)
        demand_granule(judging, pool, command.quantity)
        _need_words(judging, command.kind)
        draught = Draught(judging, at, advance=command.advance)
        draught.draw(pool.pool, unit.unit, command.quantity)
        _record(judging, _data(command, pool, draught.legs()), at)
        return
    ending = _ending(judging, pool.pool, unit.unit, at, future=command.future)
    _allow(judging, command.kind, pool.pool, (unit.unit,))
    demand_unchanged(judging, command)
    _need_words(judging, command.kind)
    if not ending:
        raise MoreThanHeld(
            f"{unit.unit} holds nothing of {pool.pool} at {at}",
            arithmetic=Arithmetic(
                measure="in_hand", pool=pool.pool, unit=unit.unit, at=at, available=0
            ),
            leg=judging.leg,
        )
    legs = tuple(_last_leg(judging, given, at) for given in ending)
    _record(judging, _data(command, pool, legs), at)


def _last_leg(judging: Judging, given: GrantRecord, at: Instant) -> Leg:
    """The leg by which a grant gives back all it holds, and ends.

    Where something was moved or released at this very instant, an end would undo it: the rest is
    then taken instead, with all that was scheduled, and nothing is left to end. With something
    lent, which would come back to it, that cannot be: refused with DependentFacts.
    """
    end = max(at, given.start)
    held = judging.state.hold_at(given, end)
    is_lending = any(own_at(loan, end) for loan in judging.state.loans_of(given))
    if not is_lending and any(
        draw.instant == end and draw.quantity and (not draw.is_release or end <= judging.now)
        for draw in reversed(given.draws)
    ):
        draught = Draught(judging, at, advance=True)
        draught.take(given, held)
        return draught.legs()[0]
    demand_no_promises(judging, given, end)
    return Leg(grant=given.grant, unit=given.unit, quantity=held, ends=True)


def _ending(
    judging: Judging, pool: str, unit: str, at: Instant, *, future: bool
) -> list[GrantRecord]:
    """The grants that "all" ends: those that hold something at the instant.

    With `future` also those that begin later. Dated back, grants that have since ended, or given
    everything away, count too.
    """
    state = judging.state
    grants = (
        lasting_of_unit(state, pool, unit, at) if at < judging.now else state.live_of(pool, unit)
    )
    ending = [given for given in grants if own_at(given, at)]
    if future:
        ending += [given for given in grants if given.start > at and own_at(given, given.start)]
    return ending


def _late(judging: Judging, given: GrantRecord, quantity: int) -> Leg:
    """A leg that tells what came back after the grant had ended, and moves nothing."""
    held = held_last(given, judging.state.loans_of(given))
    told = sum(back for _, back, _ in given.late)
    if quantity > held - told:
        before = f", and {told} of it came back" if told else ""
        raise MoreThanHeld(
            f"Grant {given.grant} of {given.unit} held {held} when it ended at {given.end}{before}",
            arithmetic=Arithmetic(
                measure="hold", pool=given.pool, unit=given.unit, grant=given.grant, at=given.end,
                asked=quantity, available=max(0, held - told),
            ),
            leg=judging.leg,
        )  # fmt: skip
    return Leg(grant=given.grant, unit=given.unit, quantity=quantity)


def _allow(judging: Judging, kind: ReleaseKind, pool: str, units: Iterable[str]) -> None:
    for unit in units:
        judging.allow(MAY[kind], unit, pool)


def _need_words(judging: Judging, kind: ReleaseKind) -> None:
    if kind == "reclaimed":
        judging.need_words("A reclaim takes something away")


def _take_back(judging: Judging, data: ReleaseOfGrants, at: Instant) -> None:
    """A reclaim needs notice, and from some quantity on a second person."""
    if data.kind != "reclaimed" or data.late:
        return
    judging.taking.add(judging.leg)
    grants = judging.state.grants
    soonest = min(max(at, grants[leg.grant].start) for leg in data.legs)
    give_notice(judging, soonest, data.pool, "A reclaim")
    # Who lends gives up what is lent as well: the loans run on, and go to the pool.
    owned = (own_at(grants[leg.grant], max(at, grants[leg.grant].start)) for leg in data.legs)
    taken = [own if leg.ends else leg.quantity for leg, own in zip(data.legs, owned, strict=True)]
    count_for_second(judging, data.pool, sum(taken))


def _data(
    command: Release, pool: PoolRecord, legs: tuple[Leg, ...], *, late: bool = False
) -> ReleaseOfGrants:
    return ReleaseOfGrants(pool=pool.pool, legs=legs, kind=command.kind, late=late)


def _record(judging: Judging, data: ReleaseOfGrants, at: Instant) -> None:
    state = judging.state
    sides = [unit for leg in data.legs for unit in state.sides_of(state.grants[leg.grant])]
    judging.date_back(at, data.pool, dict.fromkeys(sides))
    _take_back(judging, data, at)
    judging.record(Released, data, at)
