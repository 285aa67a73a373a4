"""Is it alive, is it ready and why not, how far is everything, and which release is it."""

from collections.abc import Iterable
from datetime import UTC, datetime
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
from api.reference.schemas import Check, Positions, ProjectionState, Readiness, Receipt, Version
from api.running import DOWN, Running, running
from ledger.periods import Instant, to_datetime
from projections.registry import lags

CLOCK_S_MAX: Final = 5.0
_FRESH: Final = {"Cache-Control": "no-store"}


def routes(metrics: Metrics) -> Iterable[BaseRoute]:
    """The routes of health, and the two reads that answer about the log itself."""

    async def expose(request: Request) -> Response:
        await run_in_threadpool(_gauge, metrics, running(request))
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
    checks = await run_in_threadpool(lambda: tuple(check(running(request))))
    ready = all(one.ok for one in checks)
    body = msgspec.json.encode(Readiness(ready=ready, checks=checks))
    return Response(body, 200 if ready else 503, _FRESH, "application/json")


async def release(_request: Request) -> Response:
    """Name the release."""
    body = msgspec.json.encode(Version(name="allot", version=version("allot")))
    return Response(body, 200, media_type="application/json")


async def position(request: Request) -> Response:
    """Tell the head and how far each read model is."""
    now = running(request)
    await now.identity.of(request)
    Query(request, ())
    await now.tail.catch_up()
    states = await run_in_threadpool(projections, now)
    head = max([now.head(), *(state.position for state in states)])
    body = msgspec.json.encode(Positions(head=head, projections=states))
    return Response(body, 200, {**_FRESH, "Allot-Position": str(head)}, "application/json")


async def receipt(request: Request) -> Response:
    """Tell what was answered to a key of the person who asks."""
    now = running(request)
    who = await now.identity.of(request)
    key = Query(request, ("key",)).text("key")
    if not key or "\0" in key:
        raise invalid("key is the idempotency key that was sent.", parameter="key")
    found = await run_in_threadpool(now.log.receipt, (who.person, key))
    if found is None:
        raise Problem(404, "UnknownKey", f"{who.person} was never answered under this key.")
    body = msgspec.json.encode(
        Receipt(
            key=key,
            status=found.status,
            position=found.position,
            decision=found.decision,
            answer=msgspec.Raw(found.body),
        )
    )
    headers = {"Allot-Position": str(found.position), "Cache-Control": "private, no-cache"}
    return Response(body, 200, headers, "application/json")


def check(now: Running) -> Iterable[Check]:
    """Each thing that must be so, in words. Asks the database: for a thread, not the loop."""
    try:
        began = datetime.now(UTC)
        head, theirs = now.log.head(), now.log.now()
        apart = abs((theirs - began).total_seconds())
        yield Check(name="database", ok=True, words="answers")
        yield Check(
            name="founded",
            ok=head > 0,
            words="founded" if head else "the ledger has no founder yet: run `allot init`",
        )
        yield Check(
            name="clock",
            ok=apart <= CLOCK_S_MAX,
            words=f"{apart:.3f} s from the database's, at most {CLOCK_S_MAX:g} s are allowed",
        )
        yield from _followers(now, head)
    except DOWN as down:
        words = f"cannot be reached: {type(down).__name__}"
        yield Check(name="database", ok=False, words=words)
    trouble = now.committer.trouble()
    yield Check(name="committer", ok=trouble is None, words=trouble or "takes commands")
    yield Check(
        name="feed",
        ok=now.tail.trouble is None,
        words="follows the log" if now.tail.trouble is None else "cannot read the log",
    )


def _followers(now: Running, head: int) -> Iterable[Check]:
    for one in projections(now):
        ok = one.state == "following" and one.lag_seconds <= now.settings.lag_s_max
        words = f"{one.state}, {one.lag_events} events and {one.lag_seconds:.1f} s behind {head}"
        yield Check(name=f"projection {one.name}", ok=ok, words=words)


def _gauge(metrics: Metrics, now: Running) -> None:
    metrics.head.set(now.head())
    metrics.waiting.set(now.desk.waiting)
    metrics.followers.set(now.tail.followers)
    for one in check(now):
        metrics.ready.labels(one.name).set(one.ok)
    try:
        states = projections(now)
    except DOWN:
        # Said already: the check of the database is red.
        return
    for state in states:
        metrics.projection_position.labels(state.name).set(state.position)
        metrics.projection_lag.labels(state.name).set(state.lag_events)


def projections(now: Running) -> tuple[ProjectionState, ...]:
    """How far each read model is. Asks the database."""
    with now.pool.connection() as connection, connection.transaction():
        found = lags(connection)
    return tuple(
        ProjectionState(
            name=one.name,
            position=one.position,
            lag_events=one.events,
            lag_seconds=_seconds_since(one.oldest),
            state=one.state if one.reason is None else f"{one.state}: {one.reason}",
        )
        for one in found
    )


def _seconds_since(oldest: Instant | None) -> float:
    if oldest is None:
        return 0.0
    return max(0.0, (datetime.now(UTC) - to_datetime(oldest)).total_seconds())
