"""Hand asks to the committer and await their answers, without a thread that waits for each."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from api.problems import Problem
from ledger.asks import Answer, Ask

T = TypeVar("T")


class Committing(Protocol):
    """What the desk needs of the committer. `done` is called once, on the committer's thread."""

    def submit(self, ask: Ask, done: Callable[[Answer], None]) -> None:
        """Queue one ask."""
        ...

    def submit_many(self, asks: Sequence[Ask], done: Callable[[Sequence[Answer]], None]) -> None:
        """Queue asks that are judged in this order."""
        ...


class Desk:
    """The one counter of a process: its loop asks, the committer's thread answers.

    Answers that arrive together are handed out by one call into the loop, not one each.
    """

    def __init__(self, committer: Committing, *, answer_s: float, waiting_max: int) -> None:
        self._committer = committer
        self._answer_s = answer_s
        self._waiting_max = waiting_max
        self._loop: asyncio.AbstractEventLoop | None = None
        self._arrived: deque[Callable[[], None]] = deque()
        self._is_calling = False
        self.waiting = 0
        self.told = 0
        """The newest position that anybody was told of here: it is committed."""

    async def ask(self, ask: Ask) -> Answer:
        """Return the committer's answer; Problem 429 when too many wait, 503 when none comes."""
        answer: Answer = await self._await(1, lambda done: self._committer.submit(ask, done))
        self.told = max(self.told, answer.position)
        return answer

    async def ask_in_order(self, asks: Sequence[Ask]) -> Sequence[Answer]:
        """Return the answers to asks that are judged one after the other, in their order."""
        if not asks:
            return ()
        answers: Sequence[Answer] = await self._await(
            len(asks), lambda done: self._committer.submit_many(asks, done)
        )
        self.told = max(self.told, *(answer.position for answer in answers))
        return answers

    async def _await(self, count: int, submit: Callable[[Callable[[T], None]], None]) -> T:
        if self.waiting + count > self._waiting_max and self.waiting:
            raise Problem(
                429,
                "TooManyWaiting",
                f"{self.waiting} commands wait already: ask again in a second, by the same key.",
                headers={"Retry-After": "1"},
            )
        loop = self._loop = self._loop or asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def arrive(answer: T) -> None:
            self._arrived.append(lambda: None if future.done() else future.set_result(answer))
            # An answer appended while the flag is up is seen by the call that is under way: it
            # takes the flag down before it looks.
            if not self._is_calling:
                self._is_calling = True
                loop.call_soon_threadsafe(self._hand_out)

        self.waiting += count
        try:
            async with asyncio.timeout(self._answer_s):
                submit(arrive)
                return await future
        except TimeoutError as late:
            raise Problem(
                503,
                "AnswerLate",
                "No answer within the time: whether it was recorded is unknown. Ask again by "
                "the same key.",
                headers={"Retry-After": "1"},
            ) from late
        finally:
            self.waiting -= count

    def _hand_out(self) -> None:
        self._is_calling = False
        while self._arrived:
            self._arrived.popleft()()
