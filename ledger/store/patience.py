"""Connections that give up a server which says nothing: it may be gone, or the way to it."""

from select import POLLIN, poll
from time import monotonic
from typing import Any, ClassVar, Final, TypeVar

import psycopg
from psycopg.abc import PQGen
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

T = TypeVar("T")
AWAY: Final = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
"""How soon a machine that does not even acknowledge counts as gone."""


def soon_away(url: str) -> str:
    """The address at which a machine that is gone is noticed within seconds, not minutes."""
    return make_conninfo(url, **AWAY)


class Patient(psycopg.Connection[TupleRow]):
    """A connection that ends when a statement is not answered within `patience_s`.

    The server has timeouts of its own, and they do not help when its answer does not arrive.
    """

    patience_s: ClassVar[float]

    def wait(self, gen: PQGen[T], *rest: Any, **more: Any) -> T:
        """Raise psycopg.OperationalError, and end the connection, when it takes too long."""
        return super().wait(self._within(gen), *rest, **more)

    def _within(self, gen: PQGen[T]) -> PQGen[T]:
        until = monotonic() + self.patience_s
        try:
            wish = next(gen)
            while True:
                ready = yield wish
                if not ready and monotonic() > until:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"the database said nothing for {self.patience_s:g} s"
                    )
                wish = gen.send(ready)
        except StopIteration as done:
            return done.value


def still_there(connection: psycopg.Connection[Any]) -> None:
    """End an idle connection that the other side has ended; raise psycopg.OperationalError then.

    Nothing is sent: a server that goes says so, or hangs up, and either can be seen without
    asking. A server that went without a word is noticed by the next statement.
    """
    # Not by select(2): it knows no file beyond the 1,024th, and each client who follows has one.
    looking = poll()
    if not connection.closed:
        looking.register(connection.fileno(), POLLIN)
    if connection.closed or looking.poll(0):
        connection.close()
        raise psycopg.OperationalError("the database has ended an idle connection")


def patient(seconds: float) -> type[Patient]:
    """Connections that wait for a statement so long."""
    return type("Patient", (Patient,), {"patience_s": seconds})
