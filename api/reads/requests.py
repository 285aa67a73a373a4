"""GET /v1/requests and /v1/requests/{id}: who asks for what, and when it can be had."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, get_args

import msgspec
from msgspec import Struct

from api.problems import invalid
from api.reads.answering import Deciders
from api.reads.asked import Asked
from api.reads.beyond import beyond
from api.reads.look import Clocks, Look
from api.reads.queue import AWARDED, Wait, ahead, earliest, in_order, place
from api.reads.reading import Found, paged, unknown
from api.reads.room import room
from api.reads.shapes_of_asking import (
    Ahead,
    AwardOf,
    BlockedBy,
    RequestAnswer,
    RequestFields,
    RequestsPage,
)
from api.reads.tree import members, refuse_unknown
from ledger.periods import FOREVER, Instant, or_null, shifted
from ledger.quantities import Uuid
from ledger.requests import OVER
from ledger.vocabulary import RequestStatus
from projections.requests.asked import Asked as Request
from projections.requests.read import requests

STATUSES: Final[tuple[str, ...]] = ("any", "waiting", *get_args(RequestStatus))
AHEAD: Final = shifted(FOREVER, timedelta(days=-1))
"""Facts are looked at up to here."""


class Queue(Struct, frozen=True):
    """Everything that waits at an instant, in order, and what is known of its waiting."""

    waits: Mapping[str, Wait]
    eta: Mapping[str, Instant | None]
    eta_likely: Mapping[str, Instant | None]
    beyond: frozenset[str]
    """What could be granted from its `eta` on, but for a budget."""


def find(look: Look, asked: Asked) -> Found:
    """Requests in the order of the queue. 404 UnknownPool, UnknownUnit."""
    clocks = look.clocks(asked)
    pool, under = asked.pool(), asked.unit("under")
    refuse_unknown(look, clocks.known_at, pool=pool, units=(under,))
    status = asked.one_of("status", STATUSES)
    units = None if under is None else members(look, clocks, "then", under)
    found = requests(
        look.connection,
        known_at=clocks.known_at,
        pool=pool,
        units=units,
        is_waiting=status in {"waiting", "open", "appealed", "deferred", "awarded"},
    )
    at = clocks.valid_at
    fitting = [one for one in found if _fits(one.status(at), status)]
    listed, after = paged(
        sorted(fitting, key=lambda one: _key(one, at)), lambda one: _key(one, at), asked
    )
    answer = RequestsPage(
        position=clocks.known_at,
        valid_at=at,
        known_at=clocks.known_at,
        items=told(look, clocks, listed),
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)


def find_one(look: Look, asked: Asked) -> Found:
    """One request. 404 UnknownRequest, also when it was made after `known_at`."""
    clocks = look.clocks(asked)
    [fields] = told(look, clocks, [named(look, clocks, asked.path.rpartition("/")[2])])
    answer = RequestAnswer(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        **msgspec.structs.asdict(fields),
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed)


def named(look: Look, clocks: Clocks, name: str) -> Request:
    """The request of an id. 404 UnknownRequest, 422 where it is no id at all."""
    try:
        msgspec.convert(name, Uuid)
    except msgspec.ValidationError as wrong:
        raise invalid("A request is named by a uuid in lower case.", parameter="request") from wrong
    found = requests(look.connection, known_at=clocks.known_at, request=name)
    if not found:
        raise unknown("request", name, clocks.known_at)
    return found[0]


def _fits(stands: RequestStatus, status: str) -> bool:
    return status == "any" or (stands not in OVER if status == "waiting" else stands == status)


def _key(one: Request, at: Instant) -> tuple[int, int, int, int, str]:
    """What waits in the order of the queue, and behind it all that is over."""
    return (1 if one.status(at) in OVER else 0, *place(one, at))


def told(look: Look, clocks: Clocks, listed: Sequence[Request]) -> tuple[RequestFields, ...]:
    """What is told of some requests, in their order."""
    if not listed:
        return ()
    at = clocks.valid_at
    queue = _queue(look, clocks, [one for one in listed if one.status(at) not in OVER])
    deciders = Deciders(look, clocks)
    return tuple(_fields(one, at, queue, deciders.of(one)) for one in listed)


def _queue(look: Look, clocks: Clocks, listed: Sequence[Request]) -> Queue:
    """The queue in which these stand: of their pools, and of those that others there wait for."""
    if not listed:
        return Queue({}, {}, {}, frozenset())
    at = clocks.valid_at
    everything = requests(look.connection, known_at=clocks.known_at, is_waiting=True)
    queue, pools = _near(_up_to(in_order(everything, at), listed), listed)
    free = room(look, pools, at, AHEAD, clocks.known_at)
    eta = earliest(queue, free.certain, at)
    ready = [
        (one, since)
        for one in listed
        if one.status(at) == AWARDED and (since := eta[one.request]) is not None
    ]
    return Queue(
        ahead(queue, at), eta, earliest(queue, free.likely, at), beyond(look, clocks, ready)
    )


def _up_to(queue: Sequence[Request], listed: Iterable[Request]) -> Sequence[Request]:
    """A queue to the last of some in it: nobody waits for what stands behind."""
    names = {one.request for one in listed}
    last = max((place for place, one in enumerate(queue) if one.request in names), default=-1)
    return queue[: last + 1]


def _near(
    queue: Sequence[Request], listed: Iterable[Request]
) -> tuple[list[Request], frozenset[str]]:
    """The part of a queue that takes from the pools of some, or of others that do."""
    pools: set[str] = set()
    more = {pool for one in listed for pool in _all_pools(one)}
    while more - pools:
        pools |= more
        more = {
            pool for one in queue if not pools.isdisjoint(_all_pools(one))
            for pool in _all_pools(one)
        }  # fmt: skip
    return [one for one in queue if not pools.isdisjoint(_all_pools(one))], frozenset(pools)


def _all_pools(one: Request) -> set[str]:
    return {*one.pools, *(pool for pool, _ in one.awarded)}


def _fields(one: Request, at: Instant, queue: Queue, deciders: tuple[str, ...]) -> RequestFields:
    status, name = one.status(at), one.request
    granted, awarded = dict(one.granted), dict(one.awarded)
    waits = queue.waits.get(name)
    return RequestFields(
        request=name,
        unit=one.unit,
        pools=one.pools,
        quantity=one.quantity,
        least=one.least,
        starts_at=one.start,
        ends_at=or_null(one.end),
        granted=sum(granted.values()),
        awarded=sum(awarded.values()),
        awards=tuple(
            AwardOf(pool=pool, awarded=awarded.get(pool, 0), granted=granted.get(pool, 0))
            for pool in sorted({*granted, *awarded})
        ),
        status=status,
        outcome=one.outcome,
        until=one.until,
        priority=one.priority,
        asked_priority=one.asked_priority,
        justification=one.justification,
        asked_by=one.askers[0],
        asked_at=one.asked_at,
        ahead=None if waits is None else Ahead(requests=waits.requests, quantity=waits.quantity),
        eta=queue.eta.get(name),
        eta_likely=queue.eta_likely.get(name),
        blocked_by=_blocked_by(one, at, queue, status),
        deciders=deciders,
    )


def _blocked_by(one: Request, at: Instant, queue: Queue, status: RequestStatus) -> BlockedBy | None:
    """What stands in the way: an answer, what is free, or a budget; nothing once it can be had."""
    if status in OVER:
        return None
    if status != AWARDED:
        return "decision"
    if one.request in queue.beyond:
        return "budget"
    since = queue.eta.get(one.request)
    return "capacity" if since is None or since > max(at, one.start) else None
