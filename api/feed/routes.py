"""The feed's routes: pages with long poll, JSON lines from a position to head, a live stream."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.feed.live import Live
from api.feed.pace import Pace
from api.feed.queries import JSONL, Query, wants_lines, whole_number
from api.feed.tail import READ_AT_ONCE, Tail, is_last_leg
from api.problems import Problem, invalid, not_reflected_yet
from api.running import running
from ledger.log import StoredEvent
from ledger.quantities import LARGEST

LIMIT: Final = 100
LIMIT_MAX: Final = 1000
WAIT_S_MAX: Final = 60
LOOKED_AT_MAX: Final = 20_000
"""A page with a topic filter ends after so many events, found or not; `next` leads on."""


def routes() -> Iterable[BaseRoute]:
    """Every route of the feed."""
    yield Route("/v1/events", events, methods=["GET"], name="events")
    yield Route("/v1/events/stream", stream, methods=["GET"], name="events:stream")


async def events(request: Request) -> Response:
    """A page {events, next, head} after a position, or all that follows as JSON lines."""
    now = running(request)
    await now.identity.of(request, "feed")
    query = Query(request, ("after", "limit", "wait", "topic", "format", "min_position", "wait_s"))
    after = query.number("after", 0, 0)
    topics = query.topics()
    least, within_s = max(query.min_position, after), query.wait_s
    if wants_lines(request, query):
        for name in ("limit", "wait"):
            if query.text(name) is not None:
                raise invalid(f"{name} goes with pages, not with lines.", parameter=name)
        await now.tail.catch_up()
        await read_up_to(now.tail, least, within_s)
        head = now.tail.head
        return StreamingResponse(
            _lines(now.tail, after, head, topics),
            headers={"Allot-Position": str(head), "Cache-Control": "no-cache"},
            media_type=JSONL,
        )
    limit = query.number("limit", LIMIT, 1, LIMIT_MAX)
    wait = query.number("wait", 0, 0, WAIT_S_MAX)
    if max(after + limit, least) > now.tail.head or now.desk.told > now.tail.head:
        await now.tail.catch_up()
        await read_up_to(now.tail, least, within_s)
    found, upto = await _awaited(now.tail, after, limit, topics, wait)
    if wait:
        await now.identity.again(request, "feed")
    head = now.tail.head
    body = b'{"events":[%b],"next":%d,"head":%d}' % (
        b",".join([event.stored for event in found]), upto, head
    )  # fmt: skip
    headers = {"Allot-Position": str(head), "Cache-Control": "no-cache"}
    return Response(body, 200, headers, "application/json")


async def stream(request: Request) -> Response:
    """Follow live by server-sent events; `id` is the position, resumed by Last-Event-ID."""
    now = running(request)
    await now.identity.of(request, "feed")
    query = Query(request, ("after", "topic"))
    await now.tail.catch_up()
    after = query.number("after", now.tail.head, 0)
    # A browser that reconnects repeats the address: the header is the newer of the two.
    last = request.headers.get("last-event-id")
    if last:
        after = whole_number(last, "Last-Event-ID", 0, LARGEST)
    await read_up_to(now.tail, after, query.wait_s)
    topics = query.topics()
    if now.tail.followers >= now.settings.subscribers_max:
        raise Problem(
            503,
            "TooManySubscribers",
            f"{now.tail.followers} follow live already: ask again later, or read in pages.",
            headers={"Retry-After": "5"},
            limit="subscribers",
        )
    return Live(
        now.tail,
        now.falling,
        after,
        topics,
        keep_alive_s=now.settings.keep_alive_s,
        may_go_on=lambda: now.identity.still(request, "feed"),
    )


async def read_up_to(tail: Tail, position: int, within_s: float) -> None:
    """Return once the log is read up to a position here. Problem 503 when the time is up before.

    Where it is read from a standby server it may be behind of what was answered. Who has read
    further than a log ever comes has read another: that log was put back to an earlier day.
    """
    if position > tail.head and not await tail.grown(position - 1, within_s):
        raise not_reflected_yet(
            f"The log is read up to position {tail.head} here, not {position} yet: ask again. If "
            "it stays so, this is not the log that was read before."
        )


async def _awaited(
    tail: Tail, after: int, limit: int, topics: frozenset[str], wait_s: float
) -> tuple[Sequence[StoredEvent], int]:
    """A page, once something fits; an empty one when so many seconds are over, or so much read.

    Where it ends is behind all that was looked at meanwhile, so that nothing is read again.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    position = after
    while True:
        left = until - loop.time()
        is_more = left > 0 and await tail.grown(position, left)
        found, position = await _page(tail, position, limit, topics)
        if found or not is_more or tail.is_closing or position - after >= LOOKED_AT_MAX:
            return found, position


async def _page(
    tail: Tail, after: int, limit: int, topics: frozenset[str]
) -> tuple[Sequence[StoredEvent], int]:
    if not topics:
        found = await tail.after(after, limit)
        return found, found[-1].position if found else after
    kept: list[StoredEvent] = []
    position = after
    while len(kept) < limit and position - after < LOOKED_AT_MAX:
        some = await tail.after(position, limit)
        if sum(event.topic in topics for event in some) > limit - len(kept):
            some = _that_fit(some, topics, limit - len(kept), is_first=not kept)
        if not some:
            break
        kept += [event for event in some if event.topic in topics]
        position = some[-1].position
    return kept, position


def _that_fit(
    some: Sequence[StoredEvent], topics: frozenset[str], most: int, *, is_first: bool
) -> Sequence[StoredEvent]:
    """The whole decisions in front that have no more than so many events of these topics.

    Where they are the first of a page, the first of them whatever it has.
    """
    found = upto = 0
    for place, event in enumerate(some, 1):
        found += event.topic in topics
        if found > most and (upto or not is_first):
            break
        if is_last_leg(event):
            upto = place
    return some[:upto]


async def _lines(tail: Tail, after: int, head: int, topics: frozenset[str]) -> AsyncIterator[bytes]:
    position = after
    pace = Pace(READ_AT_ONCE)
    while position < head:
        some = await tail.after(position, min(pace.count, head - position))
        if not some:
            return
        pace.read(some)
        position = some[-1].position
        yield b"".join(
            [event.stored + b"\n" for event in some if not topics or event.topic in topics]
        )
