"""The log in PostgreSQL: one transaction a batch, in one round trip, or two under the lock."""

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from threading import Lock
from types import TracebackType
from typing import Final, Self
from uuid import UUID

import psycopg
import structlog
from eventsourcing.persistence import PersistenceError
from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool, PoolTimeout

from ledger.log import Batch, Key, LogUnavailable, Overtaken, Receipt, Seal, StoredEvent
from ledger.store import appending, migrations, reading
from ledger.store.batch import PostgresBatch
from ledger.store.embedded.server import Durability, durability_of
from ledger.store.patience import patient, soon_away
from ledger.store.pipeline import ANSWER_S, Pipeline
from ledger.store.recorder import LedgerDatastore, LedgerRecorder
from ledger.store.roles import WRITER, as_role, with_options
from ledger.store.safety import check_durability, check_rights
from ledger.store.shape import shape
from ledger.store.statements import statements

READERS_MAX: Final = 8
WAIT_S: Final = 5.0
TIMEOUTS: Final = (
    "-c statement_timeout=30s -c lock_timeout=15s -c idle_in_transaction_session_timeout=60s"
)
_SQL: Final = statements("log.sql")
_log = structlog.get_logger()


class PostgresLog:
    """`ledger.log.Log` in a migrated database, with the writer's rights and no others.

    Any thread may use it; batches of one process follow one another. Connections are made when
    they are needed and made anew when they break. Everything raises LogUnavailable while the
    database is away, and when it is unsafe to write to (see `ledger.store.safety`).
    """

    def __init__(self, url: str, *, durability: Durability | None = None) -> None:
        """Take the address; nothing is reached yet. ALLOT_DURABILITY decides unless it is given.

        Raises ValueError where the environment tells the library to append without its lock.
        """
        self._durability = durability or durability_of(os.environ)
        self._url = soon_away(with_options(as_role(url, WRITER), TIMEOUTS))
        self._datastore = LedgerDatastore(self._url)
        self.recorder = LedgerRecorder(self._datastore)
        self._readers: ConnectionPool[Connection[TupleRow]] = ConnectionPool(
            self._url,
            kwargs={"autocommit": True},
            connection_class=patient(ANSWER_S),
            min_size=1,
            max_size=READERS_MAX,
            open=False,
            check=ConnectionPool.check_connection,
            timeout=WAIT_S,
            # A database that is away is not given up: whoever asks next begins anew.
            reconnect_timeout=WAIT_S,
        )
        self._writing = Lock()
        self._writer: Pipeline | None = None
        self._identity: UUID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        with self._writing:
            self._drop_writer()
        self._readers.close()
        self._datastore.close()

    def check(self) -> None:
        """Raise WrongSchema or Unsafe when a service must not start on this database.

        They are LogUnavailable too, which is raised by itself when it cannot be reached.
        """
        with self._reader() as connection:
            self._check(connection)

    def head(self) -> int:
        """The position of the last committed event, 0 when there is none."""
        with self._reader() as connection:
            return reading.head(connection)

    def read(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Up to `limit` committed events after a position, in order, without gaps."""
        with self._reader() as connection:
            return reading.read_after(connection, after, limit)

    def lines(self, after: int, limit: int) -> bytes:
        """Their stored bytes alone, a line feed between them; nothing behind the last event."""
        with self._reader() as connection:
            return reading.read_lines(connection, after, after + limit)

    def seal(self) -> Seal | None:
        """The newest seal, which covers all that is committed; None of an empty log."""
        with self._reader() as connection, connection.cursor(binary=True) as cursor:
            found = cursor.execute(_SQL["seal"]).fetchone()
        if found is None:
            return None
        size, previous, root, frontier = found
        return Seal(size=size, previous=previous, root=root, frontier=frontier)

    def receipt(self, key: Key) -> Receipt | None:
        """The stored answer of a key."""
        with self._reader() as connection:
            return reading.receipt(connection, key)

    def is_decided(self, decision: str) -> bool:
        """Whether the id of a decision is in use."""
        with self._reader() as connection:
            return reading.is_decided(connection, decision)

    def now(self) -> datetime:
        """The database's clock."""
        with self._reader() as connection:
            found = connection.execute(_SQL["now"]).fetchone()
        if found is None:
            raise LogUnavailable("the database told no time")
        return found[0]

    def snapshot(self) -> tuple[int, bytes] | None:
        """The newest snapshot that this code can read; a damaged one is passed over, and said."""
        state = bytearray()
        position, digest = 0, b""
        with self._reader() as connection, connection.cursor() as cursor:
            # Piece by piece: a connection keeps for good the room of the largest row it read.
            for row in cursor.stream(_SQL["snapshot"], {"shape": shape()}, binary=True):
                position, digest, piece = row
                state += piece
        if not state:
            return None
        if sha256(state).digest() != digest:
            _log.error("a snapshot is damaged: the log is folded instead", position=position)
            return None
        return position, bytes(state)

    def snapshot_position(self) -> int:
        """The position of the newest snapshot that this code can read, 0 when there is none."""
        with self._reader() as connection:
            found = connection.execute(_SQL["snapshot_position"], {"shape": shape()}).fetchone()
        return found[0] if found else 0

    def keep_snapshot(self, position: int, state: bytes) -> None:
        """Keep a snapshot of the state at a position, and let go of old ones."""
        row = {
            "shape": shape(),
            "position": position,
            "sha256": sha256(state).digest(),
            "state": state,
        }
        with self._reader() as connection, connection.transaction():
            connection.execute(_SQL["keep_snapshot"], row)
            connection.execute(_SQL["drop_snapshots"], {"shape": shape()})

    @contextmanager
    def batch(
        self, after: int | None = None, keys: Iterable[Key] = (), decisions: Iterable[str] = ()
    ) -> Generator[Batch]:
        """A transaction that holds the ledger's lock; see `ledger.log.Log.batch`."""
        with self._writing, _unavailable():
            try:
                batch = PostgresBatch(*self._connected())
                batch.begin(after, keys, decisions)
                yield batch
                batch.commit()
            except BaseException:
                # Whatever the transaction had done goes with its connection.
                self._drop_writer()
                raise

    def append(
        self,
        after: int,
        root: bytes,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None,
    ) -> "PostgresAppending":
        """Begin to add to a log that ends after a position; see `ledger.log.Log.append`."""
        self._writing.acquire()
        try:
            with _unavailable():
                pipeline, recorder, identity = self._connected()
                appending.send(
                    pipeline, recorder, after, root,
                    identity=identity, events=events, receipts=receipts, seal=seal,
                )  # fmt: skip
        except BaseException:
            self._drop_writer()
            self._writing.release()
            raise
        return PostgresAppending(pipeline, self._appended)

    def _appended(self, is_sound: bool) -> None:
        if not is_sound:
            self._drop_writer()
        self._writing.release()

    def _connected(self) -> tuple[Pipeline, LedgerRecorder, UUID]:
        if self._writer is None or self._identity is None:
            connection = psycopg.connect(self._url, autocommit=True)
            try:
                self._check(connection)
                (self._identity,) = connection.execute(_SQL["identity"]).fetchone() or (None,)
                self._writer = Pipeline(connection)
            except BaseException:
                connection.close()
                raise
            if self._identity is None:
                raise LogUnavailable("the database does not say which ledger it keeps")
        return self._writer, self.recorder, self._identity

    def _check(self, connection: Connection[TupleRow]) -> None:
        migrations.check(connection)
        check_rights(connection)
        if self._durability is Durability.FULL:
            check_durability(connection)

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    @contextmanager
    def _reader(self) -> Generator[Connection[TupleRow]]:
        with _unavailable():
            self._readers.open()
            with self._readers.connection() as connection:
                yield connection


class PostgresAppending:
    """`ledger.log.Appending`: nothing else is written meanwhile."""

    def __init__(self, pipeline: Pipeline, ended: Callable[[bool], None]) -> None:
        """Take the pipeline; `ended` is told whether it may be used again."""
        self._pipeline = pipeline
        self._ended = ended

    def is_done(self, within_s: float = 0.0) -> bool:
        """Whether `wait` does not wait."""
        return self._pipeline.is_finished(within_s)

    def wait(self) -> None:
        """Return once everything is stored."""
        is_sound = False
        try:
            with _unavailable():
                appending.finish(self._pipeline)
            is_sound = True
        except Overtaken:
            is_sound = True
            raise
        finally:
            self._ended(is_sound)


@contextmanager
def _unavailable() -> Generator[None]:
    """Say by LogUnavailable that the database is away, or failed."""
    try:
        yield
    except (psycopg.Error, PersistenceError, PoolTimeout) as failed:
        raise LogUnavailable(f"{type(failed).__name__}: {failed}".strip()) from failed
