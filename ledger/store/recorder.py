"""The library's PostgreSQL recorder, with receipts beside the events in one transaction."""

import os
from collections.abc import Callable, Sequence
from typing import Any, Final, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import (
    BasePostgresFactory,
    ConnectionPool,
    PostgresApplicationRecorder,
    PostgresDatastore,
)
from eventsourcing.utils import register_topic, strtobool
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL

from ledger.events import TOPICS
from ledger.log import Receipt, Seal
from ledger.log import StoredEvent as Recorded
from ledger.seal.sealing import check_covers
from ledger.store.arrays import Bigint, Bigints, Byteas, Column, Texts, Uuids, register
from ledger.store.pipeline import Pipeline
from ledger.store.statements import statements

SCHEMA: Final = "ledger"
CHANNEL: Final = "allot_log"
UNSAFE_SETTING: Final = BasePostgresFactory.POSTGRES_ENABLE_DB_FUNCTIONS
_SQL: Final = statements("recorder.sql")
_HEAD: Final = "locked AS MATERIALIZED ({}), demanded AS MATERIALIZED ({} FROM locked)".format(
    *(_SQL[part].rstrip(";") for part in ("lock", "demand_head"))
)
"""What the function looks up it sees as it is once the lock was got."""
_PARTS: Final = ("insert_events", "insert_seal", "insert_receipts")
"""PostgreSQL begins with the last: where there is no room for answers, no events are written."""
_ADDED: Final = ", ".join(f"{part} AS ({_SQL[part].rstrip(';')})" for part in _PARTS)
_WAKE: Final = f"SELECT pg_notify('{CHANNEL}', '')"
_LOCK_HEAD: Final = f"WITH {_HEAD} SELECT FROM demanded"
_RECORD: Final = f"WITH {_ADDED} {_WAKE}"
"""All that a batch with events leaves, and the wake of who follows, as one statement."""
_APPEND: Final = f"WITH {_HEAD}, {_ADDED} {_WAKE} FROM demanded"
"""The same behind the lock and the demand on the head: those come first, as they are selected."""

# The library stores a class's place in the source as its topic unless it is told a name. These
# are the names; moving a class to another file leaves what is stored readable.
for _topic, _kind in TOPICS.items():
    register_topic(_topic, _kind)


class LedgerDatastore(PostgresDatastore):
    """Connections to one database by its address, for what the library itself does."""

    def __init__(self, url: str, *, readers_max: int = 8, wait_s: float = 5.0) -> None:
        """Connect lazily: nothing is reached yet, and nothing fails."""
        super().__init__("", "", "", "", "", schema=SCHEMA)
        self.pool = ConnectionPool(
            url,
            connection_class=Connection[DictRow],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=readers_max,
            open=False,
            configure=self.after_connect_func(),
            check=_check,
            timeout=wait_s,
            # A database that is away is not given up: whoever asks next begins anew.
            reconnect_timeout=wait_s,
        )

    def register_type_adapters(self) -> None:
        """Do nothing: rows travel as binary columns, not as composite types."""

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """What the library does to a new connection, and the dumpers of columns."""
        prepare = super().after_connect_func()

        def prepared(connection: Connection[Any]) -> None:
            prepare(connection)
            register(connection)

        return prepared


class LedgerRecorder(PostgresApplicationRecorder):
    """Records one stream. The events' table is made by migrations, never by the library.

    Positions are the library's notification ids as well, so that both are without holes.
    """

    def __init__(self, datastore: PostgresDatastore) -> None:
        """Raise ValueError where the library would leave out its lock."""
        if datastore.enable_db_functions or strtobool(os.environ.get(UNSAFE_SETTING) or "no"):
            raise ValueError(
                f"{UNSAFE_SETTING} makes the library append without its lock, and readers then "
                "pass over events: take it out of the environment"
            )
        super().__init__(datastore, events_table_name="events")
        self.channel_name = CHANNEL
        self.lock_table_statements = [_SQL["lock"]]
        self.insert_events_statement = SQL(_SQL["insert_events"])

    def create_table(self) -> None:
        """Refuse: `ledger.store.migrations` makes the tables."""
        raise RuntimeError("the tables of the ledger are made by its migrations")

    def insert_events(
        self, stored_events: Sequence[StoredEvent], **kwargs: Any
    ) -> Sequence[int] | None:
        """Append in a transaction of its own, once.

        The library repeats this up to ten times when the connection fails. Whether the first
        attempt was stored is then unknown, and the receipts are there to tell.
        """
        once: Any = getattr(PostgresApplicationRecorder.insert_events, "__wrapped__")  # noqa: B009
        return cast("Sequence[int] | None", once(self, stored_events, **kwargs))

    def lock(self, pipeline: "Pipeline | Cursor[DictRow]") -> None:
        """Become the one writer until the end of the transaction."""
        pipeline.execute(_SQL["lock"], prepare=True)

    def record(
        self,
        pipeline: Pipeline,
        identity: UUID,
        events: Sequence[Recorded],
        receipts: Sequence[Receipt],
        seal: Seal | None,
        *,
        head: tuple[int, bytes] | None = None,
    ) -> None:
        """Append inside the transaction of a pipeline.

        What the library's own `insert_events` does by the hooks below, as one statement. Nothing is
        waited for: what the database thinks of it shows when the transaction commits. The pipeline
        holds the lock, or it is told at which `head` the log has to end, and what its newest seal
        says then (whatever it is for an empty log): the lock is taken first, and the transaction
        fails if the log ends elsewhere. Raises ValueError for events without their seal.
        """
        check_covers(seal, events[-1].position if events else None)
        if head is None:
            statement, demanded = _RECORD, ()
        else:
            statement, demanded = _APPEND, (Bigint(head[0]), head[1] if head[0] else b"")
        if seal is not None:
            columns = (
                Uuids([identity.bytes] * len(events)),
                Bigints([event.position for event in events]),
                Texts([event.topic for event in events]),
                Byteas([event.stored for event in events]),
            )
            values = *demanded, *columns, *_values(seal), *_columns(receipts)
            pipeline.execute(statement, values)
        else:
            if head is not None:
                pipeline.execute(_LOCK_HEAD, demanded)
            self._insert_events(pipeline, (), receipts=receipts)

    def _insert_events(
        self,
        curs: Cursor[DictRow] | Pipeline,
        stored_events: Sequence[StoredEvent],
        *,
        receipts: Sequence[Receipt] = (),
        **_: Any,
    ) -> None:
        del stored_events
        if receipts:
            curs.execute(_SQL["insert_receipts"], _columns(receipts), prepare=True)

    def _insert_stored_events(
        self,
        curs: Cursor[DictRow] | Pipeline,
        stored_events: Sequence[StoredEvent],
        *,
        seal: Seal | None = None,
        **_: Any,
    ) -> None:
        self.lock(curs)
        columns = (
            Uuids([_bytes_of(event.originator_id) for event in stored_events]),
            Bigints([event.originator_version for event in stored_events]),
            Texts([event.topic for event in stored_events]),
            Byteas([event.state for event in stored_events]),
        )
        self._insert_columns(curs, columns, seal)

    def _insert_columns(
        self, curs: Cursor[DictRow] | Pipeline, columns: tuple[Column, ...], seal: Seal | None
    ) -> None:
        # The ids of the events are read from this cursor afterwards, so what belongs beside them
        # goes ahead of them. The table of the events looks for their seal.
        if seal is not None:
            curs.execute(_SQL["insert_seal"], _values(seal), prepare=True)
        curs.execute(_SQL["notify"], prepare=True)
        curs.execute(_SQL["insert_events"], columns, prepare=True)


def _bytes_of(identity: UUID | str) -> bytes:
    return identity.bytes if isinstance(identity, UUID) else UUID(identity).bytes


def _columns(receipts: Sequence[Receipt]) -> tuple[Texts | Byteas | Bigints | Uuids, ...]:
    return (
        Texts([receipt.person for receipt in receipts]),
        Texts([receipt.key for receipt in receipts]),
        Byteas([receipt.fingerprint for receipt in receipts]),
        Bigints([receipt.status for receipt in receipts]),
        Byteas([receipt.body for receipt in receipts]),
        Bigints([receipt.position for receipt in receipts]),
        Uuids([_decision(receipt) for receipt in receipts]),
    )


def _values(seal: Seal) -> tuple[Bigint | bytes, ...]:
    return Bigint(seal.size), Bigint(seal.previous or 0), seal.root, seal.frontier


def _decision(receipt: Receipt) -> bytes | None:
    return None if receipt.decision is None else bytes.fromhex(receipt.decision.replace("-", ""))


def _check(connection: Connection[Any]) -> None:
    ConnectionPool.check_connection(connection)
