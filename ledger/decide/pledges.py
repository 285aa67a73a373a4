"""Pledges: a decider strictly above a unit promises it compute; no holding ever changes by it."""

from collections.abc import Iterable

from msgspec import UNSET

from ledger.authority import DECIDER
from ledger.budgets import share_at
from ledger.decide.existence import (
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    pool_at,
    unit_at,
)
from ledger.decide.judging import Judging
from ledger.events import Pledged, PledgeRevised, PledgeWithdrawn
from ledger.periods import Instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision, PledgeWithdrawal
from ledger.pledges import PledgeRecord, Promise, is_less, promise_at, promised_from
from ledger.pledging import Pledge, RevisePledge, WithdrawPledge
from ledger.refusals import AlreadyExists, Arithmetic, Impossible, NoDifference, UnknownPledge


def pledge(judging: Judging, command: Pledge) -> None:
    """Record what a unit is promised, for a period."""
    at = judging.begins()
    until = Instant(command.until)
    _demand_there(judging, command.to_unit, command.of_unit, command.pools, at)
    demand_above(judging, command.to_unit, command.pools)
    demand_unchanged(judging, command)
    if command.pledge is not None and command.pledge in judging.state.pledges:
        raise AlreadyExists(f"There is a pledge {command.pledge} already", leg=judging.leg)
    demand_sound(judging, command.to_unit, command.of_unit, command.pools, (at, until))
    _date_back(judging, at, command.pools, command.to_unit)
    _warn_without_amount(judging, command.of_unit, command.pools, at)
    data = PledgeMaking(
        pledge=command.pledge or judging.new_id(),
        to_unit=command.to_unit,
        pools=command.pools,
        until=until,
        of_unit=command.of_unit,
        share_bp=command.share_bp,
        quantity=command.quantity,
    )
    judging.record(Pledged, data, at)


def revise(judging: Judging, command: RevisePledge) -> None:
    """Record what is promised instead, from an instant on; what is left out stays as it is then."""
    record = _named(judging, command.pledge)
    at = _begins(judging, record)
    stands = promise_at(record.said, at)
    now = _revised(command, stands or record.said[-1], at)
    replaced = list(promised_from(record.said, at))
    pools = _pools_of(record, (*replaced, now))
    _demand_there(judging, record.to_unit, now.of_unit, now.pools, at)
    demand_above(judging, record.to_unit, pools)
    demand_unchanged(judging, command)
    if record.said[-1].is_withdrawal:
        raise Impossible(
            f"Pledge {record.pledge} was withdrawn: promise anew", leg=judging.leg
        )  # fmt: skip
    _demand_begun(judging, record, at)
    if command.to_unit not in (None, record.to_unit):
        raise Impossible(
            f"Pledge {record.pledge} is to {record.to_unit}: promise {command.to_unit} another",
            leg=judging.leg,
        )
    demand_sound(judging, record.to_unit, now.of_unit, now.pools, (at, now.until))
    if stands is not None and all(one.terms == now.terms for one in replaced):
        raise NoDifference(f"Pledge {record.pledge} promises that already", leg=judging.leg)
    if any(is_less(one, now) for one in replaced):
        judging.need_words("A smaller promise takes something away")
    _date_back(judging, at, pools, record.to_unit)
    _warn_without_amount(judging, now.of_unit, now.pools, at)
    data = PledgeRevision(
        pledge=record.pledge,
        to_unit=record.to_unit,
        pools=now.pools,
        until=now.until,
        of_unit=now.of_unit,
        share_bp=now.share_bp,
        quantity=now.quantity,
    )
    judging.record(PledgeRevised, data, at)


def withdraw(judging: Judging, command: WithdrawPledge) -> None:
    """Record that nothing is promised from an instant on."""
    record = _named(judging, command.pledge)
    at = _begins(judging, record)
    taken = list(promised_from(record.said, at))
    pools = _pools_of(record, taken)
    demand_above(judging, record.to_unit, pools)
    demand_unchanged(judging, command)
    if not taken:
        last = record.said[-1]
        why = "was withdrawn already" if last.is_withdrawal else f"ends at {last.until} anyway"
        raise NoDifference(f"Pledge {record.pledge} {why}", leg=judging.leg)
    _demand_begun(judging, record, at)
    judging.need_words("Nothing is promised any more")
    _date_back(judging, at, pools, record.to_unit)
    judging.record(PledgeWithdrawn, PledgeWithdrawal(pledge=record.pledge), at)


def demand_above(judging: Judging, unit: str, pools: Iterable[str]) -> None:
    """Demand a decider strictly above a unit, for each of the pools."""
    parent = judging.state.units[unit].parent
    if parent is None:
        needed = f"decider strictly above {unit}, above which nothing stands"
        raise judging.actor.lacking(needed, judging.leg)
    for pool in pools:
        judging.allow(DECIDER, parent, pool)


def demand_sound(
    judging: Judging,
    to_unit: str,
    of_unit: str | None,
    pools: Iterable[str],
    period: tuple[Instant, Instant],
) -> None:
    """Refuse a period that holds no instant, or lasts beyond a closing."""
    at, until = period
    if until <= at:
        raise Impossible(
            f"A pledge from {at} to {until} holds no instant",
            arithmetic=Arithmetic(measure="period", unit=to_unit, at=at),
            leg=judging.leg,
        )
    for unit in (to_unit, of_unit):
        if unit is not None:
            demand_open_unit(judging, judging.state.units[unit], until)
    for pool in pools:
        demand_open_pool(judging, judging.state.pools[pool], until)


def _demand_there(
    judging: Judging, to_unit: str, of_unit: str | None, pools: Iterable[str], at: Instant
) -> None:
    """Refuse units and pools that do not exist when the promise begins."""
    for unit in (to_unit, of_unit):
        if unit is not None:
            unit_at(judging, unit, at)
    for pool in pools:
        pool_at(judging, pool, at)


def _named(judging: Judging, pledge: str) -> PledgeRecord:
    """The pledge of an id. Raises UnknownPledge, also when it was corrected away."""
    found = judging.state.pledges.get(pledge)
    if found is None:
        raise UnknownPledge(f"There is no pledge {pledge}", leg=judging.leg)
    if not found.is_there:
        raise UnknownPledge(f"Pledge {pledge} was corrected away", leg=judging.leg)
    return found


def _begins(judging: Judging, record: PledgeRecord) -> Instant:
    """When what is said anew begins: as it says, else now, or when the pledge does."""
    at = judging.begins()
    return at if at != judging.now else max(at, _start(record))


def _start(record: PledgeRecord) -> Instant:
    return next(one.start for one in record.said if one.position == record.made)


def _pools_of(record: PledgeRecord, promises: Iterable[Promise]) -> Iterable[str]:
    """The pools of promises; where there are none, those that the pledge was first made of."""
    found = dict.fromkeys(pool for one in promises for pool in one.pools)
    return found or record.said[0].pools


def _demand_begun(judging: Judging, record: PledgeRecord, at: Instant) -> None:
    """Refuse with Impossible what is said of the time before the pledge begins."""
    if at < _start(record):
        raise Impossible(
            f"Pledge {record.pledge} begins at {_start(record)}, not {at}: correct it",
            arithmetic=Arithmetic(measure="period", unit=record.to_unit, at=_start(record)),
            leg=judging.leg,
        )


def _revised(command: RevisePledge, was: Promise, at: Instant) -> Promise:
    """What is promised instead; position 0 stands for the one it will have."""
    of_unit, share_bp, quantity = was.of_unit, was.share_bp, was.quantity
    if command.quantity is not None:
        of_unit, share_bp, quantity = None, None, command.quantity
    elif command.share_bp is not None:
        share_bp, quantity = command.share_bp, None
    if command.of_unit is not UNSET:
        of_unit = command.of_unit
    until = was.until if command.until is None else Instant(command.until)
    return Promise(0, at, until, command.pools or was.pools, of_unit, share_bp, quantity)


def _date_back(judging: Judging, at: Instant, pools: Iterable[str], unit: str) -> None:
    for pool in pools:
        judging.date_back(at, pool, [unit])


def _warn_without_amount(
    judging: Judging, of_unit: str | None, pools: Iterable[str], at: Instant
) -> None:
    """Tell that a share of a unit without an amount is a share of nothing."""
    if of_unit is None:
        return
    for pool in pools:
        share = share_at(judging.state.budgets.get((pool, of_unit), ()), at)
        if share is None or share.amount is None:
            judging.warn("NoAmount", f"{of_unit} has no amount of {pool} at {at}: a share of 0")
