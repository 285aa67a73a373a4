"""The composition root: settings in, an application with everything it runs on out."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache, partial
from typing import Final

import psycopg
from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api import health, plans
from api.bodies import Room
from api.decisions import routes as decisions
from api.decisions.ahead import CommandsAhead, endpoints
from api.decisions.apart import CommitterApart
from api.decisions.desk import Desk
from api.feed import routes as feed
from api.feed.falling import Falling
from api.feed.listening import listen
from api.feed.tail import Tail
from api.identity import Identity
from api.observing import Metrics, Observing
from api.problems import Problem, answer_with_problems
from api.readiness import Watch
from api.reads import routes as reads
from api.reads.falling import fallen
from api.reads.look import configure
from api.reads.readers import Readers
from api.reads.waiting import Waiting
from api.reference.document import openapi
from api.reference.page import HEADERS, STYLE, render
from api.reference.schemas import Json, written
from api.running import DOWN, Running
from api.settings import Settings
from api.snapshots import Snapshots
from api.tokens import TokenLookup
from api.web.routes import router as pages
from api.web.sessions import Sessions
from ledger.codec import decode
from ledger.committer import Clock, Committer, system_clock
from ledger.log import Log
from ledger.store.log import PostgresLog
from ledger.store.migrations import check
from ledger.store.patience import patient, soon_away, still_there
from ledger.store.roles import READER, as_role, with_options
from projections.registry import reflected

AWAY_S: Final = 5.0
"""A connection that cannot be made is tried for so long, and anew by whoever asks next."""
GRACE_S: Final = 2.0
"""The database ends a read that takes too long; if it says not even that, it is given up."""
QUICK_CONNECTIONS: Final = 2
IDLE_S: Final = 60.0
"""A transaction that asks nothing for so long is given up by the database."""


def create_app(
    settings: Settings, *, clock: Clock = system_clock, is_apart: bool = False
) -> FastAPI:
    """Return the application; what it runs on begins and ends with its lifespan.

    `clock` tells this machine's time; it is held against the database's. Commands are judged by
    a thread, or by a process of its own if it `is_apart`: then that takes the machine's clock.
    """
    metrics = Metrics()
    paths = set[str]()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as ending:
            app.state.running = await _start(settings, clock, ending, is_apart=is_apart)
            app.state.watch = Watch(app.state.running)
            yield

    def head() -> int:
        running: Running | None = getattr(app.state, "running", None)
        return running.head() if running else 0

    commands = tuple(decisions.routes())
    app = FastAPI(
        title="Allot",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Observing, metrics=metrics, head=head, paths=paths),
            Middleware(CommandsAhead, doors=endpoints(commands)),
        ],
    )
    app.state.metrics = metrics
    answer_with_problems(app)
    app.router.routes.extend(commands)
    app.router.routes.extend(reads.routes())
    app.router.routes.extend(plans.routes())
    app.router.routes.extend(feed.routes())
    app.router.routes.extend(health.routes(metrics))
    app.router.routes.extend(_reference_routes())
    app.include_router(pages)
    paths.update(route.path for route in app.router.routes if isinstance(route, Route))
    return app


def document() -> Json:
    """The OpenAPI document of the application."""
    return openapi()


async def _start(
    settings: Settings, clock: Clock, ending: AsyncExitStack, *, is_apart: bool
) -> Running:
    log = PostgresLog(settings.database_url)
    ending.callback(log.close)
    await run_in_threadpool(_refuse_unfit, settings.database_url, log)
    reading = settings.read_database_url or settings.database_url
    pool = _pool(reading, settings.reading_connections, settings, ending)
    quick = _pool(reading, QUICK_CONNECTIONS, settings, ending)
    primary = quick
    if reading != settings.database_url:
        primary = _pool(settings.database_url, QUICK_CONNECTIONS, settings, ending)
    sessions = Sessions(_secret(settings))
    tail = Tail(log.read, log.head)
    await tail.begin()
    _run_until_the_end(ending, tail.run(DOWN))
    _run_until_the_end(ending, listen(soon_away(as_role(settings.database_url, READER)), tail))
    falling = Falling(partial(fallen, pool), tail)
    _run_until_the_end(ending, falling.run((*DOWN, Problem)))
    committer = await _committer(settings, clock, log, ending, is_apart=is_apart)
    desk = Desk(
        committer,
        answer_s=settings.answer_s,
        waiting_max=settings.waiting_max,
        waiting_bytes_max=settings.waiting_bytes_max,
    )
    return Running(
        settings=settings,
        clock=clock,
        committer=committer,
        log=log,
        desk=desk,
        tail=tail,
        falling=falling,
        pool=pool,
        readers=Readers(settings.reading_connections, settings.read_wait_s),
        quick=quick,
        primary=primary,
        room=Room(settings.bulk_bytes_max),
        waiting=Waiting(partial(_reflected, quick)),
        identity=Identity(settings, sessions, TokenLookup(quick), lambda: _founder(log)),
        sessions=sessions,
    )


async def _committer(
    settings: Settings, clock: Clock, log: PostgresLog, ending: AsyncExitStack, *, is_apart: bool
) -> Committer | CommitterApart:
    if is_apart:
        apart = CommitterApart(settings.database_url)
        await apart.start()
        ending.push_async_callback(apart.stop)
        return apart
    snapshots = Snapshots(settings.database_url, log)
    committer = Committer(log, clock=clock, compares_clock=True, prepare=snapshots.keep_up)
    committer.start()
    ending.push_async_callback(run_in_threadpool, committer.stop)
    ending.callback(snapshots.stop)
    return committer


def _pool(
    url: str, size: int, settings: Settings, ending: AsyncExitStack
) -> ConnectionPool[psycopg.Connection]:
    """Connections that only read, and none of them for ever."""
    pool: ConnectionPool[psycopg.Connection] = ConnectionPool(
        with_options(
            soon_away(as_role(url, READER)),
            f"-c statement_timeout={settings.read_s * 1000:.0f} "
            f"-c lock_timeout={settings.read_lock_s * 1000:.0f} "
            f"-c idle_in_transaction_session_timeout={IDLE_S * 1000:.0f}",
        ),
        min_size=1,
        max_size=size,
        kwargs={"autocommit": True},
        connection_class=patient(settings.read_s + GRACE_S),
        configure=configure,
        check=still_there,
        open=False,
        timeout=settings.read_wait_s,
        # A database that is away is not given up: whoever asks next begins anew.
        reconnect_timeout=AWAY_S,
    )
    pool.open()
    ending.callback(pool.close)
    return pool


def _refuse_unfit(url: str, log: PostgresLog) -> None:
    """Raise WrongSchema, Unsafe or LogUnavailable, with a sentence, before any door opens."""
    # A database that was never migrated may lack the very role that the log takes.
    with psycopg.connect(url, autocommit=True) as connection:
        check(connection)
    log.check()


def _run_until_the_end(ending: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    task = asyncio.create_task(work)

    async def end() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    ending.push_async_callback(end)


def _reflected(pool: ConnectionPool[psycopg.Connection]) -> int:
    with pool.connection() as connection:
        return reflected(connection)


def _secret(settings: Settings) -> bytes:
    if settings.session_secret is None:
        return secrets.token_bytes(32)
    return settings.session_secret.get_secret_value().encode()


def _founder(log: Log) -> str | None:
    first = log.read(0, 1)
    return decode(first[0].stored).by if first else None


@cache
def _reference_routes() -> tuple[Route, ...]:
    described = document()
    text = written(described)
    page = render(described)

    async def openapi_json(_request: Request) -> Response:
        return Response(text, 200, {"Cache-Control": "no-cache"}, "application/json")

    async def docs(_request: Request) -> Response:
        return HTMLResponse(page, 200, HEADERS)

    async def style(_request: Request) -> Response:
        return Response(STYLE, 200, {"Cache-Control": "no-cache"}, "text/css")

    return (
        Route("/openapi.json", openapi_json, methods=["GET"]),
        Route("/docs", docs, methods=["GET"]),
        Route("/docs/page.css", style, methods=["GET"]),
    )
