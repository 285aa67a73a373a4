"""Requests: a unit asks, asks for something else, asks no longer, or asks somebody else (rule 11).

Nothing here is ever dated back. Asking holds nothing.
"""

from collections.abc import Iterable
from datetime import timedelta
from math import lcm

from msgspec import UNSET

from ledger.authority import HOLDERS
from ledger.commands import starts
from ledger.decide.awards import granted
from ledger.decide.existence import (
    demand_granule,
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    pool_at,
    request_named,
    unit_at,
)
from ledger.decide.grants import demand_window
from ledger.decide.judging import BACKDATED_MINUTES, Judging
from ledger.events import DecisionAppealed, RequestAmended, Requested, RequestWithdrawn
from ledger.periods import Instant, open_end, or_null, shifted
from ledger.records import PoolRecord, RequestRecord
from ledger.refusals import AlreadyExists, Arithmetic, Impossible, NoDifference
from ledger.request_facts import (
    Appealing,
    RequestAmendment,
    RequestMaking,
    RequestWithdrawal,
)
from ledger.requesting import AmendRequest, Appeal, Request, WithdrawRequest
from ledger.requests import status


def request(judging: Judging, command: Request) -> None:
    """Record that a unit asks for a quantity of any of some pools, for a period."""
    own = starts(command)
    start = max(judging.now, judging.begins()) if own is None else own
    unit = unit_at(judging, command.unit, start)
    pools = [pool_at(judging, pool, start) for pool in command.pools]
    for pool in pools:
        judging.allow(HOLDERS, unit.unit, pool.pool)
    demand_unchanged(judging, command)
    if command.request is not None and command.request in judging.state.requests:
        raise AlreadyExists(f"There is a request {command.request} already", leg=judging.leg)
    end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    _demand_ahead(judging, start, end)
    demand_open_unit(judging, unit, end)
    for pool in pools:
        demand_open_pool(judging, pool, end)
    least = command.least or lcm(*(pool.granule for pool in pools))
    _demand_useful(judging, pools, command.quantity, least)
    data = RequestMaking(
        request=command.request or judging.new_id(),
        unit=unit.unit,
        pools=command.pools,
        quantity=command.quantity,
        least=least,
        ends_at=or_null(end),
        priority=command.priority,
        justification=command.justification,
    )
    judging.record(Requested, data, start)


def amend(judging: Judging, command: AmendRequest) -> None:
    """Record what is asked for instead. Asking for more is asking anew: it counts from now on."""
    was = request_named(judging, command.request)
    start = max(judging.now, was.start)
    if command.starts_at is not None:
        start = Instant(command.starts_at)
    names = command.pools or was.pools
    pools = [pool_at(judging, pool, start) for pool in names]
    _demand_right(judging, was, dict.fromkeys((*was.pools, *names)))
    demand_unchanged(judging, command)
    _demand_not_withdrawn(judging, was)
    end = was.end
    if command.ends_at is not UNSET:
        end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    _demand_ahead(judging, start, end)
    demand_open_unit(judging, judging.state.units[was.unit], end)
    quantity = command.quantity or was.quantity
    least = command.least or min(was.least, quantity)
    for pool in pools:
        demand_open_pool(judging, pool, end)
    _demand_useful(judging, pools, quantity, least)
    _demand_beyond_granted(judging, was, quantity)
    priority = command.priority or was.priority
    asks = (names, quantity, least, start, end, priority)
    if command.justification is None and asks == (
        was.pools, was.quantity, was.least, max(was.start, judging.now), was.end, was.priority,
    ):  # fmt: skip
        raise NoDifference(f"Request {was.request} asks for that already", leg=judging.leg)
    data = RequestAmendment(
        request=was.request,
        unit=was.unit,
        pools=names,
        quantity=quantity,
        least=least,
        ends_at=or_null(end),
        priority=priority,
        justification=command.justification,
    )
    judging.record(RequestAmended, data, start)


def withdraw(judging: Judging, command: WithdrawRequest) -> None:
    """Record that it is asked for no longer."""
    was = request_named(judging, command.request)
    _demand_right(judging, was, was.pools)
    demand_unchanged(judging, command)
    if was.withdrawn:
        raise NoDifference(f"Request {was.request} was withdrawn already", leg=judging.leg)
    judging.record(RequestWithdrawn, RequestWithdrawal(request=was.request), judging.now)


def appeal(judging: Judging, command: Appeal) -> None:
    """Record that another decider is asked to answer."""
    was = request_named(judging, command.request)
    _demand_right(judging, was, was.pools)
    demand_unchanged(judging, command)
    demand_waiting(judging, was)
    demand_open_unit(judging, judging.state.units[was.unit])
    if was.outcome is None:
        raise Impossible(f"Request {was.request} has no answer yet", leg=judging.leg)
    if was.appealed > was.decided:
        raise NoDifference(
            f"The answer to request {was.request} is appealed already", leg=judging.leg
        )
    judging.record(DecisionAppealed, Appealing(request=was.request), judging.now)


def is_requester(judging: Judging, asked: RequestRecord) -> bool:
    """Whether the person is the one who asked first."""
    return judging.actor.person == asked.askers[0]


def demand_waiting(judging: Judging, asked: RequestRecord) -> None:
    """Refuse with Impossible what comes too late: it was withdrawn, or its time has gone by."""
    _demand_not_withdrawn(judging, asked)
    if status(asked, granted(judging.state, asked), judging.now) == "lapsed":
        raise Impossible(
            f"Request {asked.request} lapsed at {asked.end}: amend its end first",
            arithmetic=Arithmetic(measure="period", at=asked.end),
            leg=judging.leg,
        )


def _demand_not_withdrawn(judging: Judging, asked: RequestRecord) -> None:
    if asked.withdrawn:
        raise Impossible(f"Request {asked.request} was withdrawn", leg=judging.leg)


def _demand_right(judging: Judging, asked: RequestRecord, pools: Iterable[str]) -> None:
    """A lead, decider or operator over the unit, or the requester, perhaps without any role."""
    for pool in pools:
        held = judging.actor.covering(HOLDERS, asked.unit, pool)
        if held:
            judging.allow_one_of(held, asked.unit, pool)
        elif not is_requester(judging, asked):
            raise judging.actor.refusal(HOLDERS, asked.unit, pool, judging.leg)


def _demand_ahead(judging: Judging, start: Instant, end: Instant) -> None:
    """Refuse with Impossible a period that lies back, or holds no instant."""
    if start < shifted(judging.now, timedelta(minutes=-BACKDATED_MINUTES)):
        raise Impossible(f"A request is not dated back: {start} has gone by", leg=judging.leg)
    demand_window(judging, max(start, judging.now), end)


def _demand_useful(
    judging: Judging, pools: Iterable[PoolRecord], quantity: int, least: int
) -> None:  # fmt: skip
    """Refuse quantities that one of the pools could not give."""
    for pool in pools:
        demand_granule(judging, pool, quantity)
        demand_granule(judging, pool, least)
    if least > quantity:
        raise Impossible(
            f"At least {least} would be of use, and {quantity} are asked for",
            arithmetic=Arithmetic(measure="least", asked=quantity, limit=least),
            leg=judging.leg,
        )


def _demand_beyond_granted(judging: Judging, was: RequestRecord, quantity: int) -> None:
    given = sum(granted(judging.state, was).values())
    if quantity < given:
        raise Impossible(
            f"{given} are granted for request {was.request}: {quantity} would be less",
            arithmetic=Arithmetic(measure="granted", unit=was.unit, asked=quantity, limit=given),
            leg=judging.leg,
        )
