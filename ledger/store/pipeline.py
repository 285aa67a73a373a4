"""A connection that sends several statements before it waits: libpq's pipeline, with no more.

psycopg's own pipeline sends statement by statement, and spends as much on each as the database
does. Here all leave at once, prepared once a connection, with their values in binary.
"""

import select
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGresult

from ledger.store.arrays import Value

ANSWER_S: Final = 45
"""A server that says nothing for so long, its own timeouts having passed, is gone."""
SENT_BYTES_MAX: Final = 4 * 1024 * 1024
"""More than this is not put ahead of a server that has not read it."""
_FINE: Final = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Reply:
    """What one statement will have answered, once the pipeline has collected it."""

    __slots__ = ("result",)

    def __init__(self) -> None:
        self.result: PGresult | None = None

    @property
    def command(self) -> bytes | None:
        """The command that was done, as the server names it."""
        return self.result.command_status if self.result else None

    def rows(self) -> Iterator[list[bytes | None]]:
        """The rows, each value in its binary form."""
        found = self.result
        if found is None:
            raise ValueError("nothing was collected yet")
        columns = range(found.nfields)
        for row in range(found.ntuples):
            yield [found.get_value(row, column) for column in columns]


class Pipeline:
    """Takes a connection over for good: nothing else may use it afterwards."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        """Take a connection that no transaction is open on."""
        self._connection = connection
        self._pgconn = connection.pgconn
        self._pgconn.nonblocking = 1
        self._pgconn.enter_pipeline_mode()
        self._names: dict[str, bytes] = {}
        self._sent: deque[Reply] = deque()
        self._sent_bytes = 0
        self._poll = select.poll()

    def close(self) -> None:
        """Close the connection, and with it whatever is under way."""
        self._connection.close()

    def execute(
        self, statement: str, columns: Sequence[Value | bytes] = (), *, prepare: bool = True
    ) -> Reply:
        """Send a statement whose `%b` stand for these values; wait for nothing, unless it is much.

        Then psycopg.Error is raised for what failed so far.
        """
        del prepare
        name = self._names.get(statement)
        if name is None:
            name = self._names[statement] = b"allot_%d" % len(self._names)
            self._pgconn.send_prepare(name, _numbered(statement).encode())
            self._sent.append(Reply())
        values = [one if isinstance(one, bytes) else one.packed for one in columns]
        formats = [Format.BINARY] * len(values)
        self._pgconn.send_query_prepared(name, values, formats, Format.BINARY)
        reply = Reply()
        self._sent.append(reply)
        self._sent_bytes += sum(map(len, values))
        if self._sent_bytes > SENT_BYTES_MAX:
            self.collect()
        return reply

    def collect(self) -> None:
        """Wait for the answers to all that was sent; psycopg.Error at the first that fails."""
        if self._sent:
            self._pgconn.send_flush_request()
            self._receive()

    def sync(self) -> None:
        """The same, and end what the server sees as one: to be called behind COMMIT."""
        self._pgconn.pipeline_sync()
        self._receive()
        self._next(ExecStatus.PIPELINE_SYNC)

    def _receive(self) -> None:
        self._sent_bytes = 0
        while self._sent:
            reply = self._sent.popleft()
            reply.result = self._next(*_FINE)
            if self._pgconn.get_result() is not None:
                raise psycopg.InterfaceError("a statement had more than one answer")

    def _next(self, *fine: ExecStatus) -> PGresult:
        pgconn = self._pgconn
        is_sending = pgconn.flush()
        while pgconn.is_busy():
            self._wait(is_sending)
            is_sending = pgconn.flush()
        result = pgconn.get_result()
        if result is None:
            raise psycopg.OperationalError("the connection ended without an answer")
        if result.status not in fine:
            raise error_from_result(result)
        return result

    def _wait(self, is_sending: int) -> None:
        what = select.POLLIN | (select.POLLOUT if is_sending else 0)
        self._poll.register(self._pgconn.socket, what)
        ready = self._poll.poll(ANSWER_S * 1000)
        if not ready:
            raise psycopg.OperationalError(f"the database said nothing for {ANSWER_S} s")
        if ready[0][1] & ~select.POLLOUT:
            self._pgconn.consume_input()


def _numbered(statement: str) -> str:
    first, *others = statement.split("%b")
    return first + "".join(f"${place}{part}" for place, part in enumerate(others, start=1))
