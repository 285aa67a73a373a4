"""Words for asking a committer in tests, and logs that fail when they are told to."""

import queue
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from typing import ParamSpec, TypeVar

import msgspec

from ledger.asks import Answer, Ask
from ledger.clocks import Clock, system_clock
from ledger.codec import canonical
from ledger.commands import AnyCommand, Grant
from ledger.committer import Committer
from ledger.decide.founding import found as founding
from ledger.facts import Via
from ledger.founding import found
from ledger.log import (
    Appending,
    Batch,
    Key,
    Log,
    LogUnavailable,
    Receipt,
    Seal,
    StoredEvent,
)
from ledger.organising import ChangeCapacity, CreateUnit, OpenPool
from tests.support.memory_log import MemoryAppending

P = ParamSpec("P")
T = TypeVar("T")
FOUNDER = "founder@lab"
POOL = "phoenix/h100"
LONG_S = 60
"""A test that waits so long for an answer has failed."""
_keys = count(1)


def ask(
    command: AnyCommand, key: str | None = None, *, by: str = FOUNDER, dry_run: bool = False
) -> Ask:
    """An ask as a door would hand it over, under a new key unless one is given."""
    return Ask(
        command=command,
        by=by,
        via=Via(tool="test"),
        key="" if dry_run else key or f"test-{next(_keys)}",
        fingerprint=sha256(canonical(command)).digest(),
        dry_run=dry_run,
    )


def grant(quantity: int = 1, *, unit: str = "vision", decision: str | None = None) -> Grant:
    """A grant out of the one pool."""
    return Grant(pool=POOL, unit=unit, quantity=quantity, decision=decision)


def furniture(total: int = 64) -> list[AnyCommand]:
    """A pool with so much in it, and two units."""
    return [
        OpenPool(pool=POOL),
        ChangeCapacity(pool=POOL, kind="counted", total=total),
        CreateUnit(unit="vision"),
        CreateUnit(unit="reasoning"),
    ]


def found_log(log: Log, clock: Clock = system_clock) -> int:
    """Found a ledger whose founder is FOUNDER."""
    decided = partial(founding, founder=FOUNDER, root="lab", via=Via(tool="test"))
    return found(log, decided, clock=clock)


def told(committer: Committer, *asks: Ask) -> list[Answer]:
    """Submit asks one by one, and wait for all their answers."""
    waiting = [queued(committer, one) for one in asks]
    return [answer() for answer in waiting]


def queued(committer: Committer, one: Ask) -> Callable[[], Answer]:
    """Submit an ask; call what is returned to wait for its answer."""
    answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
    committer.submit(one, answers.put)
    return lambda: answers.get(timeout=LONG_S)


def asked_together(committer: Committer, *asks: Ask) -> list[Answer]:
    """Answers to asks that are judged in one batch, by a committer that had not begun."""
    waiting = [queued(committer, one) for one in asks]
    with committing(committer):
        return [given() for given in waiting]


@contextmanager
def committing(committer: Committer) -> Generator[Committer]:
    """The committer works while the block runs."""
    committer.start()
    try:
        yield committer
    finally:
        committer.stop()


def until(holds: Callable[[], bool], within_s: float = LONG_S) -> None:
    """Wait until something holds that will hold by itself."""
    pause = threading.Event()
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.01)


class Said(msgspec.Struct, frozen=True):
    """What an answer's body says, as far as tests look."""

    code: str | None = None
    detail: str | None = None
    decision: str | None = None


def said(answer: Answer) -> Said:
    """The body of an answer."""
    return msgspec.json.decode(answer.body, type=Said)


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The instant it stands at."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass, or set it back."""
        self.now += timedelta(seconds=seconds)


class FailingLog:
    """A log that is cut off at a moment of one's choice; all else is the log's that it wraps.

    `before` and `after` a commit: how many of the next batches fail there. `is_away`: nothing
    is reached at all. `batches` counts those begun.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self.before = 0
        self.after = 0
        self.is_away = False
        self.batches = 0
        self.head = self._reached(log.head)
        self.read = self._reached(log.read)
        self.lines = self._reached(log.lines)
        self.seal = self._reached(log.seal)
        self.receipt = self._reached(log.receipt)
        self.is_decided = self._reached(log.is_decided)
        self.now = self._reached(log.now)
        self.snapshot = self._reached(log.snapshot)
        self.keep_snapshot = self._reached(log.keep_snapshot)

    @contextmanager
    def batch(
        self, after: int | None = None, keys: Iterable[Key] = (), decisions: Iterable[str] = ()
    ) -> Generator[Batch]:
        """A transaction that fails when it is told to."""
        self._reach()
        self.batches += 1
        with self._log.batch(after, keys, decisions) as batch:
            yield batch
            if self.before:
                self.before -= 1
                raise LogUnavailable("cut off before the commit")
        if self.after:
            self.after -= 1
            raise LogUnavailable("cut off after the commit")

    def append(
        self,
        after: int,
        root: bytes,
        events: Sequence[StoredEvent],
        receipts: Sequence[Receipt],
        seal: Seal | None,
    ) -> Appending:
        """The same in one go: it fails when it is waited for."""
        self._reach()
        self.batches += 1
        if self.before:
            self.before -= 1
            return MemoryAppending(LogUnavailable("cut off before the commit"))
        under_way = self._log.append(after, root, events, receipts, seal)
        if self.after:
            self.after -= 1
            under_way.wait()
            return MemoryAppending(LogUnavailable("cut off after the commit"))
        return under_way

    def _reach(self) -> None:
        if self.is_away:
            raise LogUnavailable("away")

    def _reached(self, call: Callable[P, T]) -> Callable[P, T]:
        def reached(*args: P.args, **kwargs: P.kwargs) -> T:
            self._reach()
            return call(*args, **kwargs)

        return reached


def statuses(answers: Sequence[Answer]) -> list[int]:
    """The statuses of answers."""
    return [answer.status for answer in answers]
