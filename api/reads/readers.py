"""Places to read from: as many at once as there are connections, and a bounded wait for one."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from anyio import CapacityLimiter, to_thread

from api.problems import Problem

T = TypeVar("T")
_RETRY: Final = {"Retry-After": "1"}


class Readers:
    """The reads of one process. Who finds no place waits here, and not in a thread.

    So a rush of reads takes no thread from health, tokens, the feed and the committer's answers.
    """

    def __init__(self, places: int, wait_s: float) -> None:
        self._places = asyncio.Semaphore(places)
        self._threads = CapacityLimiter(places)
        self._wait_s = wait_s
        self._many = places
        self.running = 0
        self.waiting = 0

    async def run(self, find: Callable[[], T]) -> T:
        """What a function finds, in a thread. Problem 503 when no place comes free in time."""
        try:
            return await self._in_turn(find, self._wait_s)
        except _NoPlace as full:
            raise Problem(
                503,
                "ReadersBusy",
                f"{self._many} reads are under way, and none ended within {self._wait_s:g} s: "
                "ask again.",
                headers=_RETRY,
                limit="reads",
            ) from full

    async def run_at_leisure(self, find: Callable[[], T]) -> T:
        """The same for the parts of an answer that has begun: they wait for as long as it takes."""
        return await self._in_turn(find, None)

    async def _in_turn(self, find: Callable[[], T], within_s: float | None) -> T:
        self.waiting += 1
        try:
            async with asyncio.timeout(within_s):
                await self._places.acquire()
        except TimeoutError as late:
            raise _NoPlace from late
        finally:
            self.waiting -= 1
        self.running += 1
        try:
            return await to_thread.run_sync(find, limiter=self._threads)
        finally:
            self.running -= 1
            self._places.release()


class _NoPlace(Exception):
    pass
