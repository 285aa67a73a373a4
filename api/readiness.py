"""What must be so for commands to be taken and reads to be true: each thing in words."""

import asyncio
import os
import time
from collections.abc import Iterable, Iterator
from typing import Final

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from api.queries import queries
from api.reference.schemas import Check, ProjectionState
from api.running import DOWN, Running
from ledger.periods import Instant, to_datetime
from ledger.store.roles import WRITER, as_role, with_options
from ledger.store.safety import takes_writes
from projections.registry import lags, unfed

CLOCK_S_MAX: Final = 5.0
TRIAL_BYTES: Final = 262_144
_TRIAL_OPTIONS: Final = "-c statement_timeout=5s -c lock_timeout=5s"
_SQL: Final = queries("api", "readiness.sql")


class Seen(Struct, frozen=True, kw_only=True):
    """One look: the checks, where the read models are, and how far the clocks are apart."""

    checks: tuple[Check, ...]
    states: tuple[ProjectionState, ...] = ()
    apart_s: float | None = None


class Watch:
    """Looks when it is asked; who asks while it looks is told what that look saw."""

    def __init__(self, now: Running) -> None:
        self._now = now
        self._settings = now.settings
        self._fed_at = time.monotonic()
        self._looking: asyncio.Task[Seen] | None = None

    async def look(self) -> Seen:
        """See how everything is now."""
        if self._looking is None or self._looking.done():
            # What the loop changes is read in the loop.
            oldest_s = self._now.desk.oldest_s
            self._looking = asyncio.create_task(run_in_threadpool(self._look, oldest_s))
        return await asyncio.shield(self._looking)

    def _look(self, oldest_s: float) -> Seen:
        checks: list[Check] = []
        states: tuple[ProjectionState, ...] = ()
        apart_s: float | None = None
        try:
            apart_s = self._look_at_log(checks)
            states = projections(self._now.quick)
            checks += self._of_projections(states)
            checks.append(self._of_follower(states))
        except DOWN as down:
            checks.append(_red("database", f"cannot be reached: {type(down).__name__}"))
        trouble = self._now.committer.trouble()
        checks.append(_check("committer", trouble, "takes commands"))
        # To ask again what is away would only take as long again.
        is_away = apart_s is None
        not_stored = "the database is away" if is_away else self._why_not_writing()
        checks.append(_check("writing", not_stored, "what is decided is stored"))
        most = self._settings.waiting_s_max
        stuck = f"a command has waited for {oldest_s:.1f} s, at most {most:g} s are allowed"
        checks.append(_check("queue", stuck if oldest_s > most else None, "nobody waits long"))
        blind = None if self._now.tail.trouble is None else "cannot read the log"
        checks.append(_check("feed", blind, "follows the log"))
        return Seen(checks=tuple(checks), states=states, apart_s=apart_s)

    def _look_at_log(self, checks: list[Check]) -> float:
        before = self._now.clock()
        head, theirs = self._now.log.head(), self._now.log.now()
        apart_s = max(before - theirs, theirs - self._now.clock()).total_seconds()
        apart_s = max(0.0, apart_s)
        unfounded = None if head else "the ledger has no founder yet: run `allot init`"
        words = f"{apart_s:.3f} s from the database's, at most {CLOCK_S_MAX:g} s are allowed"
        checks += (
            Check(name="database", ok=True, words="answers"),
            _check("founded", unfounded, "founded"),
            Check(name="clock", ok=apart_s <= CLOCK_S_MAX, words=words),
        )
        return apart_s

    def _of_projections(self, states: Iterable[ProjectionState]) -> Iterator[Check]:
        none = True
        for one in states:
            none = False
            ok = (
                one.state == "following"
                and one.lag_seconds <= self._settings.lag_s_max
                and one.lag_events <= self._settings.lag_events_max
            )
            words = f"{one.state}, {one.lag_events} events and {one.lag_seconds:.1f} s behind"
            yield Check(name=f"projection {one.name}", ok=ok, words=words)
        missing = "there are none: no follower has run on this database" if none else None
        yield _check("projections", missing, "are there")

    def _of_follower(self, states: Iterable[ProjectionState]) -> Check:
        alone = [one.name for one in states]
        if alone:
            with self._now.primary.connection() as connection:
                alone = unfed(connection)
        now = time.monotonic()
        if not alone:
            self._fed_at = now
        away_s = now - self._fed_at
        words = f"nobody has fed {', '.join(alone)} for {away_s:.1f} s: is `allot follow` running?"
        is_red = bool(alone) and away_s > self._settings.follower_s_max
        return _check("follower", words if is_red else None, "feeds the projections")

    def _why_not_writing(self) -> str | None:
        """Why what is decided could not be stored; None when it could, as far as can be told.

        After a failure something is written and taken back: only trying shows a full disk.
        """
        try:
            with self._now.primary.connection() as connection:
                is_open = takes_writes(connection)
            if not is_open:
                return "the database takes only reads"
            if self._now.desk.has_failed:
                self._try_to_write()
                self._now.desk.has_failed = False
        except DOWN as why:
            return f"what is decided cannot be stored: {type(why).__name__}"
        return None

    def _try_to_write(self) -> None:
        address = with_options(as_role(self._settings.database_url, WRITER), _TRIAL_OPTIONS)
        trial = {"shape": os.urandom(32), "state": os.urandom(TRIAL_BYTES)}
        with psycopg.connect(address, connect_timeout=5) as connection:
            found = connection.execute(_SQL["try_to_add"]).fetchone()
            if found is None or not found[0]:
                raise psycopg.errors.InsufficientPrivilege("the record may not be added to")
            connection.execute(_SQL["try_to_write"], trial)
            connection.rollback()


def watch(request: Request) -> Watch:
    """Who watches while the app runs."""
    return request.app.state.watch


def projections(pool: ConnectionPool) -> tuple[ProjectionState, ...]:
    """How far each read model is. Asks the database."""
    with pool.connection() as connection, connection.transaction():
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
    return max(0.0, time.time() - to_datetime(oldest).timestamp())


def _check(name: str, trouble: str | None, fine: str) -> Check:
    return Check(name=name, ok=trouble is None, words=trouble or fine)


def _red(name: str, words: str) -> Check:
    return Check(name=name, ok=False, words=words)
