"""Hand asks to the committer and await their answers, without a thread that waits for each."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

from api.problems import Problem
from ledger.asks import Answer, Put, may_record
from ledger.intake import Done
from ledger.replies import FATE_UNKNOWN, NOTHING_RECORDED

T = TypeVar("T")


class Committing(Protocol):
    """What the desk needs of a committer. `done` is called once, on whichever thread has it."""

    def submit(self, ask: Put, done: Callable[[Answer], None]) -> None:
        """Queue one ask."""
        ...

    def submit_many(self, asks: Sequence[Put], done: Done) -> None:
        """Queue asks that are judged in this order."""
        ...


class _Handed(Generic[T]):
    """What was handed to the committer and is not answered yet, and who awaits it."""

    __slots__ = ("answer", "began", "count", "future", "may_record", "size")

    def __init__(self, asks: Sequence[Put], size: int, future: asyncio.Future[T]) -> None:
        self.count = len(asks)
        self.size = size
        self.may_record = may_record(asks[0])  # those asked together are all dry runs, or none is
        self.future = future
        self.began = time.monotonic()
        self.answer: T | None = None


class Desk:
    """The one counter of a process: its loop asks, the committer answers.

    Answers that arrive together are handed out by one call into the loop, not one each. What
    waits is bounded by number and by bytes, and counts until the committer has answered it, also
    when nobody listens any more.
    """

    def __init__(
        self,
        committer: Committing,
        *,
        answer_s: float,
        waiting_max: int,
        waiting_bytes_max: int,
    ) -> None:
        self._committer = committer
        self._answer_s = answer_s
        self._waiting_max = waiting_max
        self._waiting_bytes_max = waiting_bytes_max
        self._loop: asyncio.AbstractEventLoop | None = None
        self._under_way: dict[_Handed[Any], None] = {}
        self._late: asyncio.TimerHandle | None = None
        """Goes off when the first of those who still wait has waited long enough: a timer for each
        took as long as to send the ask on."""
        self._arrived: deque[_Handed[Any]] = deque()
        self._is_calling = False
        self.waiting = 0
        self.waiting_bytes = 0
        self.told = 0
        """The newest position that anybody was told of here: it is committed."""
        self.committed_at: float | None = None
        """When an answer last told of something newly recorded (time.monotonic)."""
        self.has_failed = False
        """The committer's last word was that it could not store."""

    @property
    def oldest_s(self) -> float:
        """How long the oldest of what waits has waited, in seconds. For the loop's thread."""
        oldest = next(iter(self._under_way), None)
        return 0.0 if oldest is None else time.monotonic() - oldest.began

    async def ask(self, ask: Put, size: int = 0) -> Answer:
        """Return the committer's answer; Problem 503 when too much waits, or no answer comes.

        `size` = the bytes that the ask came in.
        """
        answer: Answer = await self._await(
            (ask,), size, lambda done: self._committer.submit(ask, done)
        )
        self._note(answer)
        return answer

    async def ask_in_order(self, asks: Sequence[Put], size: int = 0) -> Sequence[Answer]:
        """Return the answers to asks that are judged one after the other, in their order."""
        if not asks:
            return ()
        answers: Sequence[Answer] = await self._await(
            asks, size, lambda done: self._committer.submit_many(asks, done)
        )
        for answer in answers:
            self._note(answer)
        return answers

    def let_go(self) -> None:
        """Tell all who wait that nobody knows yet: the process stops. For the loop's thread."""
        for handed in self._under_way:
            if not handed.future.done():
                handed.future.set_exception(_unknown("The service stops", handed))

    def _note(self, answer: Answer) -> None:
        self.told = max(self.told, answer.position)
        if answer.status in (201, 202) and not answer.replayed:
            self.committed_at = time.monotonic()
            self.has_failed = False
        elif answer.status >= 500:
            self.has_failed = True

    async def _await(
        self, asks: Sequence[Put], size: int, submit: Callable[[Callable[[T], None]], None]
    ) -> T:
        count = len(asks)
        if self.waiting and (
            self.waiting + count > self._waiting_max
            or self.waiting_bytes + size > self._waiting_bytes_max
        ):
            raise self._full(asks)
        loop = self._loop = self._loop or asyncio.get_running_loop()
        handed: _Handed[T] = _Handed(asks, size, loop.create_future())

        def arrive(answer: T) -> None:
            handed.answer = answer
            self._arrived.append(handed)
            # An answer appended while the flag is up is seen by the call that is under way: it
            # takes the flag down before it looks.
            if not self._is_calling:
                self._is_calling = True
                loop.call_soon_threadsafe(self._hand_out)

        self._under_way[handed] = None
        self.waiting += count
        self.waiting_bytes += size
        if self._late is None:
            self._late = loop.call_later(self._answer_s, self._tell_late, loop)
        try:
            submit(arrive)
        except BaseException:  # nobody will answer it
            self._forget(handed)
            raise
        return await handed.future

    def _full(self, asks: Sequence[Put]) -> Problem:
        by_key = ", by the same key" if may_record(asks[0]) else ""
        return Problem(
            503,
            "TooManyWaiting",
            f"{self.waiting} commands of {self.waiting_bytes:,} bytes wait already: nothing "
            f"was recorded. Ask again in a second{by_key}.",
            headers={"Retry-After": "1"},
            limit="queue",
        )

    def _tell_late(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell who has waited long enough that nobody knows, and look again when the next has."""
        self._late = None
        by_now = time.monotonic() - self._answer_s
        for handed in self._under_way:
            if handed.future.done():
                continue
            if handed.began > by_now:
                self._late = loop.call_later(handed.began - by_now, self._tell_late, loop)
                return
            handed.future.set_exception(_unknown("No answer within the time", handed))

    def _hand_out(self) -> None:
        self._is_calling = False
        while self._arrived:
            handed = self._arrived.popleft()
            self._forget(handed)
            if not handed.future.done():
                handed.future.set_result(handed.answer)

    def _forget(self, handed: _Handed[Any]) -> None:
        """Count it no longer."""
        del self._under_way[handed]
        self.waiting -= handed.count
        self.waiting_bytes -= handed.size


def _unknown(why: str, handed: _Handed[Any]) -> Problem:
    return Problem(
        503,
        "AnswerLate",
        f"{why}: {FATE_UNKNOWN if handed.may_record else NOTHING_RECORDED}",
        headers={"Retry-After": "1"},
        limit="answer_time",
    )
