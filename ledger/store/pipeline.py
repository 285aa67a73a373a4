"""A connection that sends several statements before it waits: libpq's pipeline, with no more.

psycopg's own pipeline sends statement by statement, and spends as much on each as the database
does. Here all leave at once, prepared once a connection, with their values in binary.
"""

import select
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import count
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, Format, TransactionStatus
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
        self._fresh: list[str] = []
        """What was prepared since the last end, and counts only if that is answered well."""
        self._named = count()
        self._is_between = False
        self._is_ended: bool | None = None
        """Whether the server answered up to the end; None while none was sent."""
        self._failed: psycopg.Error | None = None
        self._sent: deque[Reply] = deque()
        self._sent_bytes = 0
        self._poll = select.poll()

    def close(self) -> None:
        """Close the connection, and with it whatever is under way."""
        self._connection.close()

    def execute(
        self, statement: str, columns: Sequence[Value | bytes | None] = (), *, prepare: bool = True
    ) -> Reply:
        """Send a statement whose `%b` stand for these values; wait for nothing.

        Unless much was sent already: then first for that, and psycopg.Error is raised for what
        failed of it.
        """
        del prepare
        if self._sent_bytes > SENT_BYTES_MAX:
            self.collect()
        name = self._names.get(statement)
        if name is None:
            name = self._names[statement] = b"allot_%d" % next(self._named)
            self._fresh.append(statement)
            self._pgconn.send_prepare(name, _numbered(statement).encode())
            self._sent.append(Reply())
        values = [one.packed if isinstance(one, Value) else one for one in columns]
        formats = [Format.BINARY] * len(values)
        self._pgconn.send_query_prepared(name, values, formats, Format.BINARY)
        reply = Reply()
        self._sent.append(reply)
        self._sent_bytes += sum([len(value) for value in values if value is not None])
        return reply

    def flush(self) -> None:
        """Let the server begin with what was sent; wait for nothing."""
        self._pgconn.flush()

    def collect(self) -> None:
        """Wait for the answers to all that was sent; psycopg.Error at the first that fails."""
        if self._sent:
            self._pgconn.send_flush_request()
            self._sent_bytes = 0
            while self._sent or self._is_between:
                self._wait_for_one()

    def sync(self) -> None:
        """The same, and end what the server sees as one: to be called behind COMMIT."""
        self.end()
        self.finish()

    def end(self) -> None:
        """Say that the server is to take all that was sent as one; wait for nothing.

        Without BEGIN, that is a transaction, committed when `finish` returns.
        """
        self._pgconn.pipeline_sync()
        self._is_ended = False
        self._pgconn.flush()

    def is_finished(self, within_s: float = 0.0) -> bool:
        """Whether `finish` need not wait: all is answered, or the connection is broken.

        Waits for that no longer than it is told.
        """
        until = monotonic() + within_s
        try:
            self._look()
            while self._is_ended is False and (left := until - monotonic()) > 0:
                self._poll.register(self._pgconn.socket, select.POLLIN)
                self._poll.poll(max(1, left * 1000))
                self._look()
        except psycopg.Error as broken:
            self._break(broken)
        return self._is_ended is not False

    def _look(self) -> None:
        """Take in what has come so far."""
        self._pgconn.flush()
        self._pgconn.consume_input()
        while self._is_ended is False and not self._pgconn.is_busy():
            self._take()

    def finish(self) -> None:
        """Wait for the answers to all that was sent up to the end.

        Raises psycopg.Error for the first statement that failed: then all of it is undone, and
        the connection may be used again if it `is_idle`.
        """
        while self._is_ended is False:
            self._wait_for_one()
        self._is_ended = None
        self._sent_bytes = 0
        fresh, self._fresh = self._fresh, []
        failed, self._failed = self._failed, None
        if failed is not None:
            # What stood behind the statement that failed was never prepared.
            for statement in fresh:
                del self._names[statement]
            raise failed

    @property
    def is_idle(self) -> bool:
        """Whether the connection is there, with no transaction open on it."""
        return self._pgconn.transaction_status == TransactionStatus.IDLE

    def _wait_for_one(self) -> None:
        pgconn = self._pgconn
        is_sending = pgconn.flush()
        while pgconn.is_busy():
            self._wait(is_sending)
            is_sending = pgconn.flush()
        self._take()
        # Not between answers: the mark behind one is lost when more is sent before it is taken.
        if self._failed is not None and self._is_ended is None and not self._is_between:
            raise self._failed

    def _take(self) -> None:
        """Take in one answer that is there."""
        result = self._pgconn.get_result()
        if self._is_between:
            # Nothing stands between the answers to one statement and the next.
            if result is not None:
                raise psycopg.InterfaceError("a statement had more than one answer")
            self._is_between = False
        elif result is None:
            self._break(psycopg.OperationalError("the connection ended without an answer"))
        elif result.status == ExecStatus.PIPELINE_SYNC:
            self._is_ended = True
        elif not self._sent:
            # The server takes its leave where no statement is left to be answered.
            self._break(error_from_result(result))
        else:
            self._is_between = True
            reply = self._sent.popleft()
            if result.status in _FINE:
                reply.result = result
            elif result.status != ExecStatus.PIPELINE_ABORTED:
                self._failed = self._failed or error_from_result(result)
                if self._pgconn.status == ConnStatus.BAD:
                    self._break(self._failed)

    def _break(self, why: psycopg.Error) -> None:
        """Nothing more will be answered."""
        self._failed = self._failed or why
        if self._is_ended is False:
            self._is_ended = True

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
