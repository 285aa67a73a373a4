"""One batch: a transaction that holds the lock, asked and told in a pipeline."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent as RecordedEvent
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, args_row, tuple_row

from ledger.log import Key, LogUnavailable, Receipt, StoredEvent
from ledger.store.arrays import Texts, Uuids
from ledger.store.recorder import LedgerRecorder
from ledger.store.statements import statements

_RECEIPT: Final = ("person", "key", "fingerprint", "status", "body", "position", "decision")
_SQL: Final = statements("log.sql")


class PostgresBatch:
    """`ledger.log.Batch`: a transaction under way on the pinned connection, in its pipeline."""

    def __init__(
        self, connection: Connection[DictRow], recorder: LedgerRecorder, identity: UUID
    ) -> None:
        """Take the connection, which is in pipeline mode."""
        self._connection = connection
        self._recorder = recorder
        self._identity = identity
        self._head = 0
        self._caught_up: tuple[int, Cursor[StoredEvent]] | None = None
        self._looked_up: tuple[frozenset[Key], Cursor[Receipt]] | None = None
        self._checked: tuple[frozenset[str], Cursor[tuple[str]]] | None = None

    def begin(self, after: int | None, keys: Iterable[Key], decisions: Iterable[str]) -> None:
        """Send the beginning, the lock and what is sure to be asked first; wait for nothing."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN")
        self._recorder.lock(cursor)
        if after is not None:
            self._caught_up = after, self._send_catch_up(after)
        if named := frozenset(keys):
            self._looked_up = named, self._send_receipts(named)
        if ids := frozenset(decisions):
            self._checked = ids, self._send_decided(ids)

    def catch_up(self, after: int) -> Sequence[StoredEvent]:
        """Events that any process appended after a position, in order."""
        asked, self._caught_up = self._caught_up, None
        cursor = asked[1] if asked and asked[0] == after else self._send_catch_up(after)
        found = cursor.fetchall()
        if after and (not found or found[0].position != after):
            raise LogUnavailable(f"the log ends before {after}: it is not the log that was read")
        self._head = found[-1].position if found else 0
        return found[1:] if after else found

    def receipts(self, keys: Iterable[Key]) -> Mapping[Key, Receipt]:
        """The stored answers of those keys that have one."""
        named = frozenset(keys)
        asked, self._looked_up = self._looked_up, None
        if not named:
            return {}
        cursor = asked[1] if asked and asked[0] >= named else self._send_receipts(named)
        return {(one.person, one.key): one for one in cursor.fetchall()}

    def decided(self, decisions: Iterable[str]) -> set[str]:
        """Which of these decision ids are in use already."""
        ids = frozenset(decisions)
        asked, self._checked = self._checked, None
        if not ids:
            return set()
        cursor = asked[1] if asked and asked[0] >= ids else self._send_decided(ids)
        return {one for (one,) in cursor.fetchall()}

    def append(self, events: Sequence[StoredEvent], receipts: Sequence[Receipt]) -> None:
        """Add events (positions contiguous with the log) and receipts to the transaction."""
        recorded: list[RecordedEvent] = []
        for event in events:
            self._head += 1
            if event.position != self._head:
                raise ValueError(f"{event.position} does not follow the log, at {self._head - 1}")
            recorded.append(
                RecordedEvent(self._identity, event.position, event.topic, event.stored)
            )
        self._recorder.record(recorded, receipts)

    def _send_catch_up(self, after: int) -> Cursor[StoredEvent]:
        cursor = self._connection.cursor(binary=True, row_factory=args_row(_stored_row))
        return cursor.execute(_SQL["catch_up"], (after,), prepare=True)

    def _send_receipts(self, keys: frozenset[Key]) -> Cursor[Receipt]:
        columns = Texts([person for person, _ in keys]), Texts([key for _, key in keys])
        cursor = self._connection.cursor(binary=True, row_factory=args_row(receipt_row))
        return cursor.execute(_SQL["receipts"], columns, prepare=True)

    def _send_decided(self, decisions: frozenset[str]) -> Cursor[tuple[str]]:
        ids = Uuids([UUID(one).bytes for one in decisions])
        cursor = self._connection.cursor(binary=True, row_factory=tuple_row)
        return cast("Cursor[tuple[str]]", cursor.execute(_SQL["decided"], (ids,), prepare=True))


def _stored_row(position: int, topic: str, stored: bytes) -> StoredEvent:
    return StoredEvent(position=position, topic=topic, stored=stored)


def receipt_row(*columns: Any) -> Receipt:
    """A receipt of the columns that `receipts` selects."""
    return Receipt(**dict(zip(_RECEIPT, columns, strict=True)))
