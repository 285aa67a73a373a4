"""One batch: a transaction that holds the lock, in two round trips."""

from collections.abc import Iterable, Mapping, Sequence
from struct import pack
from typing import Final
from uuid import UUID

from ledger.log import Key, LogUnavailable, Receipt, Seal, StoredEvent
from ledger.seal.sealing import check_history
from ledger.store.arrays import Texts, Uuids
from ledger.store.pipeline import Pipeline, Reply
from ledger.store.recorder import LedgerRecorder
from ledger.store.statements import statements

_SQL: Final = statements("log.sql")
_NO_SEAL: Final = (None,)


class PostgresBatch:
    """`ledger.log.Batch`: a transaction under way in the writer's pipeline."""

    def __init__(self, pipeline: Pipeline, recorder: LedgerRecorder, identity: UUID) -> None:
        """Take the pipeline; `begin` opens the transaction."""
        self._pipeline = pipeline
        self._recorder = recorder
        self._identity = identity
        self._head = 0
        self._caught_up: tuple[int, tuple[Reply, Reply]] | None = None
        self._looked_up: tuple[frozenset[Key], Reply] | None = None
        self._checked: tuple[frozenset[str], Reply] | None = None

    def begin(self, after: int | None, keys: Iterable[Key], decisions: Iterable[str]) -> None:
        """Send the beginning, the lock and what is sure to be asked first; wait for nothing."""
        self._pipeline.execute(_SQL["begin"])
        self._recorder.lock(self._pipeline)
        if after is not None:
            self._caught_up = after, self._ask_events(after)
        if named := frozenset(keys):
            self._looked_up = named, self._ask_receipts(named)
        if ids := frozenset(decisions):
            self._checked = ids, self._ask_decided(ids)

    def catch_up(self, after: int, root: bytes | None = None) -> Sequence[StoredEvent]:
        """Events that any process appended after a position; see `ledger.log.Batch`."""
        asked, self._caught_up = self._caught_up, None
        seal, reply = asked[1] if asked and asked[0] == after else self._ask_events(after)
        self._pipeline.collect()
        if after:
            (sealed,) = next(seal.rows(), _NO_SEAL)
            check_history(after, root, sealed)
        found = [_stored(*row) for row in reply.rows()]
        self._head = found[-1].position if found else after
        return found

    def receipts(self, keys: Iterable[Key]) -> Mapping[Key, Receipt]:
        """The stored answers of those keys that have one."""
        named = frozenset(keys)
        asked, self._looked_up = self._looked_up, None
        if not named:
            return {}
        reply = asked[1] if asked and asked[0] >= named else self._ask_receipts(named)
        self._pipeline.collect()
        found = [receipt_row(*row) for row in reply.rows()]
        return {(one.person, one.key): one for one in found if (one.person, one.key) in named}

    def decided(self, decisions: Iterable[str]) -> set[str]:
        """Which of these decision ids are in use already."""
        ids = frozenset(decisions)
        asked, self._checked = self._checked, None
        if not ids:
            return set()
        reply = asked[1] if asked and asked[0] >= ids else self._ask_decided(ids)
        self._pipeline.collect()
        return {str(UUID(bytes=one or b"")) for (one,) in reply.rows()} & ids

    def append(
        self,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None = None,
    ) -> None:
        """Add events (positions contiguous with the log), receipts and the seal."""
        self._head = check_follows(self._head, events)
        self._recorder.record(self._pipeline, self._identity, events, receipts, seal)

    def commit(self) -> None:
        """End the transaction; what was appended is on the disk when this returns."""
        committed = self._pipeline.execute(_SQL["commit"])
        self._pipeline.sync()
        # An aborted transaction answers ROLLBACK to it.
        if committed.command != b"COMMIT":
            raise LogUnavailable(f"COMMIT was answered by {committed.command}")

    def _ask_events(self, after: int) -> tuple[Reply, Reply]:
        at = (pack("!q", after),)
        return self._pipeline.execute(_SQL["seal_at"], at), self._pipeline.execute(
            _SQL["catch_up"], at
        )

    def _ask_receipts(self, keys: frozenset[Key]) -> Reply:
        columns = Texts([person for person, _ in keys]), Texts([key for _, key in keys])
        return self._pipeline.execute(_SQL["receipts"], columns)

    def _ask_decided(self, decisions: frozenset[str]) -> Reply:
        ids = Uuids([UUID(one).bytes for one in decisions])
        return self._pipeline.execute(_SQL["decided"], (ids,))


def check_follows(head: int, events: Sequence[StoredEvent]) -> int:
    """The head with these events behind it; ValueError when they leave a gap."""
    for event in events:
        if event.position != head + 1:
            raise ValueError(f"{event.position} does not follow the log, at {head}")
        head += 1
    return head


def _stored(*row: bytes | None) -> StoredEvent:
    position, topic, stored = (column or b"" for column in row)
    return StoredEvent(position=int.from_bytes(position), topic=topic.decode(), stored=stored)


def receipt_row(*row: bytes | None) -> Receipt:
    """A receipt of the columns that `receipts` selects, in binary."""
    person, key, fingerprint, status, body, position = (column or b"" for column in row[:6])
    return Receipt(
        person=person.decode(),
        key=key.decode(),
        fingerprint=fingerprint,
        status=int.from_bytes(status),
        body=body,
        position=int.from_bytes(position),
        decision=None if row[6] is None else str(UUID(bytes=row[6])),
    )
