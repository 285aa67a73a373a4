"""Is it alive, is it ready and why not, how far is everything, and which release is it."""

import math
import time
from collections.abc import Iterable
from importlib.metadata import version
from typing import Final

import msgspec
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from api.feed.queries import Query
from api.observing import Metrics
from api.problems import Problem, invalid
from api.readiness import Seen, projections, watch
from api.reference.schemas import Positions, Readiness, Receipt, Version
from api.running import Running, running
from ledger.periods import clean_text

_FRESH: Final = {"Cache-Control": "no-store"}


def routes(metrics: Metrics) -> Iterable[BaseRoute]:
    """The routes of health, and the two reads that answer about the log itself."""

    async def expose(request: Request) -> Response:
        now = running(request)
        _gauge(metrics, now, await watch(request).look())
        return Response(
            generate_latest(metrics.registry), 200, _FRESH, media_type=CONTENT_TYPE_LATEST
        )

    yield Route("/livez", livez, methods=["GET"])
    yield Route("/readyz", readyz, methods=["GET"])
    yield Route("/metrics", expose, methods=["GET"])
    yield Route("/version", release, methods=["GET"])
    yield Route("/v1/position", position, methods=["GET"])
    yield Route("/v1/receipts", receipt, methods=["GET"])


async def livez(_request: Request) -> Response:
    """Answer as long as the loop turns."""
    return PlainTextResponse("alive\n", headers=_FRESH)


async def readyz(request: Request) -> Response:
    """Tell whether commands are taken and read models keep up: 200, or 503 with the reasons."""
    checks = (await watch(request).look()).checks
    ready = all(one.ok for one in checks)
    body = msgspec.json.encode(Readiness(ready=ready, checks=checks))
    return Response(body, 200 if ready else 503, _FRESH, "application/json")


async def release(_request: Request) -> Response:
    """Name the release."""
    body = msgspec.json.encode(Version(name="allot", version=version("allot")))
    return Response(body, 200, media_type="application/json")


async def position(request: Request) -> Response:
    """Tell the head and how far each read model is, once all of them reflect a position."""
    now = running(request)
    await now.identity.of(request, "feed")
    query = Query(request, ("min_position", "wait_s"))
    least, within_s = query.min_position, query.wait_s
    await now.tail.catch_up()
    states = await run_in_threadpool(projections, now.quick)
    reflected = min([state.position for state in states], default=0)
    if reflected < least:
        await now.waiting.until(least, within_s, seen=reflected)
        states = await run_in_threadpool(projections, now.quick)
    head = max([now.head(), *(state.position for state in states)])
    body = msgspec.json.encode(Positions(head=head, projections=states))
    return Response(body, 200, {**_FRESH, "Allot-Position": str(head)}, "application/json")


async def receipt(request: Request) -> Response:
    """Tell what was answered to a key of the person who asks."""
    now = running(request)
    who = await now.identity.of(request)
    key = _key_sent(Query(request, ("key",)).text("key"))
    found = await run_in_threadpool(now.log.receipt, (who.person, key))
    if found is None:
        raise Problem(404, "UnknownKey", f"{who.person} was never answered under this key.")
    body = msgspec.json.encode(
        Receipt(
            key=key,
            status=found.status,
            position=found.position,
            decision=found.decision,
            answer=msgspec.Raw(found.body or b"null"),
        )
    )
    headers = {"Allot-Position": str(found.position), "Cache-Control": "private, no-cache"}
    return Response(body, 200, headers, "application/json")


def _key_sent(given: str | None) -> str:
    """A key as it is kept: in NFC, as all text is."""
    try:
        key = clean_text(given or "", "key")
    except ValueError as wrong:
        raise invalid(str(wrong), parameter="key") from wrong
    if not key:
        raise invalid("key is the idempotency key that was sent.", parameter="key")
    return key


def _gauge(metrics: Metrics, now: Running, seen: Seen) -> None:
    metrics.head.set(now.head())
    metrics.waiting.set(now.desk.waiting)
    metrics.waiting_bytes.set(now.desk.waiting_bytes)
    metrics.oldest.set(now.desk.oldest_s)
    last = now.desk.committed_at
    metrics.commit_age.set(math.nan if last is None else time.monotonic() - last)
    metrics.followers.set(now.tail.followers)
    metrics.reads_running.set(now.readers.running)
    metrics.reads_waiting.set(now.readers.waiting)
    metrics.clock.set(math.nan if seen.apart_s is None else seen.apart_s)
    for one in seen.checks:
        metrics.ready.labels(one.name).set(one.ok)
    for state in seen.states:
        metrics.projection_position.labels(state.name).set(state.position)
        metrics.projection_lag.labels(state.name).set(state.lag_events)
        metrics.projection_lag_s.labels(state.name).set(state.lag_seconds)
