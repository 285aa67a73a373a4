"""The log in memory: the port's promises on the library's plain-object recorder."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import RLock
from uuid import uuid4

from eventsourcing.persistence import IntegrityError
from eventsourcing.persistence import StoredEvent as RecordedEvent
from eventsourcing.popo import POPOApplicationRecorder

from ledger.log import Key, LogUnavailable, Overtaken, Receipt, Seal, StoredEvent
from ledger.seal.merkle import EMPTY_ROOT
from ledger.seal.sealing import check_covers, check_history


class MemoryLog:
    """`ledger.log.Log` for as long as the object lives.

    `now` is the clock of the database that it stands for.
    """

    def __init__(self, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.recorder = POPOApplicationRecorder()
        self._identity = uuid4()
        self._receipts: dict[Key, Receipt] = {}
        self._seals: dict[int, Seal] = {}
        self._snapshot: tuple[int, bytes] | None = None
        self._locked = RLock()
        self._now = now

    def head(self) -> int:
        """The position of the last committed event, 0 when there is none."""
        return self.recorder.max_notification_id() or 0

    def read(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Up to `limit` committed events after a position."""
        found = self.recorder.select_notifications(after, limit, inclusive_of_start=False)
        return [
            StoredEvent(position=one.originator_version, topic=one.topic, stored=one.state)
            for one in found
        ]

    def lines(self, after: int, limit: int) -> bytes:
        """Their stored bytes."""
        return b"\n".join(one.stored for one in self.read(after, limit))

    def seal(self) -> Seal | None:
        """The newest seal."""
        return next(reversed(self._seals.values()), None)

    def receipt(self, key: Key) -> Receipt | None:
        """The stored answer of a key."""
        return self._receipts.get(key)

    def is_decided(self, decision: str) -> bool:
        """Whether the id of a decision is in use."""
        return any(one.decision == decision for one in self._receipts.values())

    def now(self) -> datetime:
        """The clock that the committer's is held against."""
        return self._now()

    def snapshot(self) -> tuple[int, bytes] | None:
        """The newest snapshot."""
        return self._snapshot

    def keep_snapshot(self, position: int, state: bytes) -> None:
        """Keep a snapshot, unless a newer one is kept."""
        if self._snapshot is None or position >= self._snapshot[0]:
            self._snapshot = position, state

    @contextmanager
    def batch(
        self, after: int | None = None, keys: Iterable[Key] = (), decisions: Iterable[str] = ()
    ) -> Generator["MemoryBatch"]:
        """A transaction; see `ledger.log.Log.batch`. What is named ahead is asked again."""
        with self._locked:
            batch = MemoryBatch(self, self._receipts, self._seals)
            yield batch
            self._commit(batch)

    def append(
        self,
        after: int,
        root: bytes,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None,
    ) -> "MemoryAppending":
        """See `ledger.log.Log.append`. It is done at once."""
        with self._locked:
            newest = self.seal()
            if (after, root) != ((newest.size, newest.root) if newest else (0, EMPTY_ROOT)):
                return MemoryAppending(Overtaken(f"the log does not end at {after}"))
            batch = MemoryBatch(self, self._receipts, self._seals)
            batch.append(events, receipts, seal)
            try:
                self._commit(batch)
            except LogUnavailable as taken:
                return MemoryAppending(Overtaken(str(taken)))
            return MemoryAppending(None)

    def _commit(self, batch: "MemoryBatch") -> None:
        keys = [(one.person, one.key) for one in batch.added]
        chosen = [one.decision for one in batch.added if one.decision is not None]
        if len(set(keys)) < len(keys) or self._receipts.keys() & set(keys):
            raise LogUnavailable("a key is taken")
        if len(set(chosen)) < len(chosen) or batch.decided(chosen):
            raise LogUnavailable("a decision's id is taken")
        try:
            self.recorder.insert_events(
                [
                    RecordedEvent(self._identity, one.position, one.topic, one.stored)
                    for one in batch.events
                ]
            )
        except IntegrityError as taken:
            raise LogUnavailable(str(taken)) from taken
        self._receipts.update(zip(keys, batch.added, strict=True))
        self._seals.update((seal.size, seal) for seal in batch.sealed)


class MemoryAppending:
    """`ledger.log.Appending` whose end is known."""

    def __init__(self, refused: Exception | None) -> None:
        self._refused = refused

    def is_done(self, within_s: float = 0.0) -> bool:
        """It is."""
        del within_s
        return True

    def wait(self) -> None:
        """Say how it ended."""
        if self._refused is not None:
            raise self._refused


class MemoryBatch:
    """`ledger.log.Batch`: what is added shows when the block ends."""

    def __init__(
        self, log: MemoryLog, receipts: Mapping[Key, Receipt], seals: Mapping[int, Seal]
    ) -> None:
        self._log = log
        self._kept = receipts
        self._seals = seals
        self._head = log.head()
        self.events: list[StoredEvent] = []
        self.added: list[Receipt] = []
        self.sealed: list[Seal] = []

    def catch_up(self, after: int, root: bytes | None = None) -> Sequence[StoredEvent]:
        """Events after a position."""
        if after:
            seal = self._seals.get(after)
            check_history(after, root, None if seal is None else seal.root)
        return self._log.read(after, self._head + 1)

    def receipts(self, keys: Iterable[Key]) -> Mapping[Key, Receipt]:
        """The stored answers of those keys that have one."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def decided(self, decisions: Iterable[str]) -> set[str]:
        """Which of these decision ids are in use already."""
        return set(decisions) & {one.decision for one in self._kept.values() if one.decision}

    def append(
        self,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None = None,
    ) -> None:
        """Add events, receipts and the seal to the transaction."""
        for event in events:
            self._head += 1
            if event.position != self._head:
                raise ValueError(f"{event.position} does not follow the log, at {self._head - 1}")
        check_covers(seal, self._head if events else None)
        if seal is not None:
            self.sealed.append(seal)
        self.events += events
        self.added += receipts
