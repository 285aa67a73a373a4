"""The port to where facts are kept: read the log, and append to it in one transaction a batch."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from msgspec import Struct

Key = tuple[str, str]
"""(person, idempotency key): the key belongs to the person (domain, rule 9)."""


class StoredEvent(Struct, frozen=True, kw_only=True, gc=False):
    """One event as it lies in the log: `stored` are the canonical bytes, never derived again."""

    position: int
    topic: str
    stored: bytes


class Receipt(Struct, frozen=True, kw_only=True, gc=False):
    """What was answered to a key, for ever.

    `fingerprint` = SHA-256 of the canonical command; `status` and `body` are the HTTP answer as
    first given; `decision` the uuid of the decision when events were recorded, else None;
    `position` the position the answer reflects.
    """

    person: str
    key: str
    fingerprint: bytes
    status: int
    body: bytes
    position: int
    decision: str | None


class Seal(Struct, frozen=True, kw_only=True):
    """What stands for the first `size` events, as it was stored with the last of them.

    `root` = the hash of the tree over them (RFC 9162), `frontier` what it takes to go on from
    there, `previous` the size of the seal that this one continues, None for the first.
    """

    size: int
    previous: int | None
    root: bytes
    frontier: bytes


class Batch(Protocol):
    """One transaction that holds the ledger's advisory lock until it commits or rolls back."""

    def catch_up(self, after: int, root: bytes | None = None) -> Sequence[StoredEvent]:
        """Events that any process appended after a position, in order.

        Raises LogUnavailable unless a batch ended at that position (or it is 0), and when what
        was sealed there has another root: then this is not the log that was read.
        """
        ...

    def receipts(self, keys: Iterable[Key]) -> Mapping[Key, Receipt]:
        """The stored answers of those keys that have one."""
        ...

    def decided(self, decisions: Iterable[str]) -> set[str]:
        """Which of these decision ids are in use already."""
        ...

    def append(
        self,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None = None,
    ) -> None:
        """Add events (positions contiguous with the log) and receipts to the transaction.

        Events need the seal of the log as it is with them; without events there is none.
        """
        ...


class Appending(Protocol):
    """What is on its way into the log: it will be stored as a whole, or not at all."""

    def is_done(self, within_s: float = 0.0) -> bool:
        """Whether its fate is known, so that `wait` does not wait, now or within so long."""
        ...

    def wait(self) -> None:
        """Return once everything is stored; to be called once, before anything else is appended.

        Raises Overtaken when nothing was stored, and LogUnavailable when nobody knows.
        """
        ...


class Log(Protocol):
    """The ledger's one stream. Reads never block writes."""

    def head(self) -> int:
        """The position of the last committed event, 0 when there is none."""
        ...

    def read(self, after: int, limit: int) -> Sequence[StoredEvent]:
        """Up to `limit` committed events after a position, in order, without gaps."""
        ...

    def lines(self, after: int, limit: int) -> bytes:
        """Their stored bytes alone, a line feed between them; nothing behind the last event."""
        ...

    def batch(
        self, after: int | None = None, keys: Iterable[Key] = (), decisions: Iterable[str] = ()
    ) -> AbstractContextManager[Batch]:
        """A transaction: committed when the block ends, rolled back when it raises.

        The block may ask anything of the batch; what it is sure to ask first (`catch_up` after
        that position, `receipts` of those keys, `decided` of those ids) costs no round trip of
        its own when it is named here.

        Raises LogUnavailable when the database cannot be reached or fails; then the fate of
        what was appended is unknown and must be asked again by key.
        """
        ...

    def append(
        self,
        after: int,
        root: bytes,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None,
    ) -> Appending:
        """Begin to add to a log that ends `after` a position, where its seal has that root.

        One transaction in one round trip, for who knows the log's end: nothing is asked of it
        first, and if it ends elsewhere, or a key or a decision's id is taken, nothing is stored.
        Raises LogUnavailable.
        """
        ...

    def seal(self) -> Seal | None:
        """The newest seal, which covers all that is committed; None of an empty log."""
        ...

    def receipt(self, key: Key) -> Receipt | None:
        """The stored answer of a key."""
        ...

    def is_decided(self, decision: str) -> bool:
        """Whether the id of a decision is in use."""
        ...

    def now(self) -> datetime:
        """The database's clock, for the comparison that ClockUnsure rests on."""
        ...

    def snapshot(self) -> tuple[int, bytes] | None:
        """The newest usable snapshot of the core's state: (position, bytes)."""
        ...

    def keep_snapshot(self, position: int, state: bytes) -> None:
        """Keep a snapshot of the state at a position."""
        ...


class Overtaken(Exception):
    """Nothing was stored: the log does not end where it was said to, or a key is taken."""


class LogUnavailable(Exception):
    """The database could not be reached, or failed in mid-transaction: fate unknown."""
