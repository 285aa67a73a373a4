"""One look at the record: a snapshot of the database, and the clocks a read is asked by."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import IsolationLevel
from psycopg_pool import ConnectionPool

from api.problems import Problem, invalid
from api.reads.asked import Asked
from ledger.periods import Instant, from_datetime
from ledger.store.reading import head
from projections.history.read import decision_end, recorded_at, recorded_by
from projections.registry import ModelPosition, standing

Connection = psycopg.Connection[Any]


class Behind(Exception):
    """The read models do not reflect a position yet that the answer needs, but another."""

    def __init__(self, position: int, reflected: int) -> None:
        super().__init__(f"position {position} is not reflected yet")
        self.position = position
        self.reflected = reflected


class Clocks(Struct, frozen=True, kw_only=True):
    """The instant asked about, and the position up to which the record is believed.

    `is_fixed` when the caller named them all, so that the answer can never be another.
    """

    valid_at: Instant
    known_at: int
    is_fixed: bool


class Look(Struct, frozen=True, kw_only=True):
    """What every part of one answer shares.

    `head` = the position that the answer takes for the newest, `now` = the instant it takes for
    now; both are those of the first page on every later one. `reflected` is how far the read
    models are in this snapshot.
    """

    connection: Connection
    reflected: int
    head: int
    now: Instant

    def clocks(self, asked: Asked) -> Clocks:
        """Both clocks, resolved once. Problem 422 for a known_at in the future."""
        given = asked.instant("valid_at")
        known_at, is_known = self.known_at(asked)
        return Clocks(
            valid_at=given or self.now,
            known_at=known_at,
            is_fixed=is_known and given is not None,
        )

    def known_at(self, asked: Asked, name: str = "known_at") -> tuple[int, bool]:
        """The position up to which the record is believed, and whether the caller named it."""
        wished = asked.known_at(name)
        match wished:
            case None:
                return self.head, False
            case int():
                return self._end_of_decision(wished, name), True
            case _:
                if wished > self.now:
                    raise invalid(
                        f"{name} lies in the future: it is {self.now} now.", parameter=name
                    )
                return self._recorded_by(wished), True

    def _end_of_decision(self, position: int, name: str) -> int:
        if position == 0:
            return 0
        end = decision_end(self.connection, position)
        if end is not None:
            return self._reflecting(end)
        newest = head(self.connection)
        if position > newest:
            raise invalid(
                f"{name} lies in the future: the log ends at position {newest} now.",
                parameter=name,
            )
        raise Behind(position, self.reflected)

    def _recorded_by(self, instant: Instant) -> int:
        """The last position recorded by an instant, once all that was is reflected."""
        newest = head(self.connection)
        if newest > self.reflected:
            last = recorded_at(self.connection, self.reflected) if self.reflected else None
            if last is None or last <= instant:
                raise Behind(newest, self.reflected)
        found = recorded_by(self.connection, instant)
        return min(found.position, self.head) if found else 0

    def _reflecting(self, position: int) -> int:
        if position > self.reflected:
            raise Behind(position, self.reflected)
        return position


def configure(connection: Connection) -> None:
    """Let every transaction of a reading connection be one unchanging snapshot."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True


@contextmanager
def look(pool: ConnectionPool, asked: Asked) -> Generator[Look]:
    """Take one snapshot. Raises Behind when it does not reflect what the caller demands.

    Also when tables were built anew meanwhile: their names lead to the new ones at once, in which
    an older snapshot may not see the last rows. A rebuild waits for the reads of its own server;
    those of a standby it cannot see.
    """
    with pool.connection() as connection:
        with connection.transaction():
            models = _models(connection)
            reflected = min((model.position for model in models), default=0)
            pinned = asked.cursor
            demanded = max(asked.min_position, pinned.head if pinned else 0)
            if reflected < demanded:
                raise Behind(demanded, reflected)
            yield Look(
                connection=connection,
                reflected=reflected,
                head=pinned.head if pinned else reflected,
                now=pinned.now if pinned else present(connection, reflected),
            )
        if _built(standing(connection)) != _built(models):
            raise Behind(reflected, reflected)


@contextmanager
def glance(pool: ConnectionPool) -> Generator[Look]:
    """Take one snapshot of what is reflected, for nobody's question."""
    with pool.connection() as connection, connection.transaction():
        reflected = min((model.position for model in _models(connection)), default=0)
        yield Look(
            connection=connection,
            reflected=reflected,
            head=reflected,
            now=present(connection, reflected),
        )


def _models(connection: Connection) -> list[ModelPosition]:
    try:
        return standing(connection)
    except psycopg.errors.UndefinedTable as missing:
        raise Problem(
            503,
            "NotReflectedYet",
            "There are no read models yet: no follower has run on this database.",
            headers={"Retry-After": "1"},
        ) from missing


def _built(models: Iterable[ModelPosition]) -> list[tuple[str, int]]:
    return [(model.name, model.built) for model in models]


def present(connection: Connection, reflected: int) -> Instant:
    """The instant that is taken for now: never before what is reflected was recorded."""
    now = from_datetime(datetime.now(UTC))
    last = recorded_at(connection, reflected) if reflected else None
    return now if last is None else max(now, last)
