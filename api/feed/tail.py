"""The end of the log as this process has seen it: read once, handed to everyone who follows."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from itertools import islice
from typing import Final

import msgspec
import structlog
from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from ledger.log import StoredEvent

READ_AT_ONCE: Final = 1000
POLL_S: Final = 1.0
REST_S: Final = 0.1
"""While nobody follows, appends are heard of no more often."""
KEPT_EVENTS: Final = 8_192
KEPT_BYTES: Final = 8 * 1024 * 1024

_log = structlog.get_logger()

Read = Callable[[int, int], Sequence[StoredEvent]]
"""Events after a position, at most so many, in order without gaps."""


class Tail:
    """Holds the newest events, bounded, so that a thousand followers cost one read of the log.

    There is no queue for each follower: each asks for what comes after its own position, from
    here while it keeps up, from the log while it does not. While there is none, only the head is
    looked up: what nobody follows is not read.
    """

    def __init__(self, read: Read, head: Callable[[], int]) -> None:
        """Take the log's reading; `run` starts at its head."""
        self._read = read
        self._read_head = head
        self.head = 0
        self._kept: deque[StoredEvent] = deque()
        self._kept_bytes = 0
        self._woken = asyncio.Event()
        self._grown = asyncio.Event()
        self._sought = asyncio.Event()
        self._awaited_by = 0
        self._taking_in = asyncio.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_closing = False
        self.trouble: str | None = None
        self.followers = 0
        """How many live subscribers there are."""
        self._last: StoredEvent | None = None
        self.log_number = 1
        """Counts the logs that were read: another one may have been put in a log's place."""

    def wake(self) -> None:
        """Look for new events now. Any thread may call it."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    async def rest(self) -> None:
        """Return at once if somebody follows, else when somebody comes, or after a while."""
        if not self.is_followed:
            self._sought.clear()
            await _within(REST_S, self._sought.wait())

    def stir(self) -> None:
        """Have every follower look for something else than events. Called in the loop's thread."""
        self._announce()

    def close(self) -> None:
        """End every follower: the process stops. Called in the loop's thread."""
        self.is_closing = True
        self._announce()

    async def begin(self) -> None:
        """Look up the head. Before this nothing is waited for."""
        self._loop = asyncio.get_running_loop()
        self.head = await run_in_threadpool(self._read_head)

    async def run(self, failures: type[Exception] | tuple[type[Exception], ...]) -> None:
        """Take in what is appended, for ever; `failures` of the database are tried again."""
        while not self.is_closing:
            await _within(POLL_S, self._woken.wait())
            self._woken.clear()
            try:
                await self.catch_up()
                self.trouble = None
            except failures as failed:
                self.trouble = str(failed)

    async def catch_up(self) -> None:
        """Take in everything that is committed by now."""
        async with self._taking_in:
            if self.is_followed:
                while await self._take_in() == READ_AT_ONCE:
                    pass
            else:
                await self._look_how_far()

    async def _look_how_far(self) -> None:
        self._forget()
        head = await run_in_threadpool(self._read_head)
        if head != self.head:
            self.head = head
            self._announce()  # to who came while it was looked up

    @property
    def is_followed(self) -> bool:
        """Whether somebody subscribes, or waits for something to be appended."""
        return self.followers > 0 or self._awaited_by > 0

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0
        self._last = None

    async def _take_in(self) -> int:
        """Take in what comes next, if the event before it is still the one that was seen."""
        before = min(1, self.head)
        events = await run_in_threadpool(self._read, self.head - before, READ_AT_ONCE + before)
        if before:
            if not events or (self._last is not None and events[0].stored != self._last.stored):
                await self._begin_anew()
                return 0
            self._last, events = events[0], events[1:]
        if events:
            self._last = events[-1]
            self._kept.extend(events)
            self._kept_bytes += sum(len(event.stored) for event in events)
            while len(self._kept) > KEPT_EVENTS or self._kept_bytes > KEPT_BYTES:
                self._kept_bytes -= len(self._kept.popleft().stored)
            self.head = events[-1].position
            self._announce()
        return len(events)

    async def _begin_anew(self) -> None:
        """Read another log from its end on: who follows the old one is to resume where it was."""
        self._forget()
        self.head = await run_in_threadpool(self._read_head)
        self.log_number += 1
        _log.error("this is not the log that was followed: begun anew", head=self.head)
        self._announce()

    def _announce(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def grown(
        self, after: int, within_s: float, or_else: Callable[[], bool] = lambda: False
    ) -> bool:  # fmt: skip
        """Wait until something stands after a position; False when the time is up first.

        Also when `or_else` says so, which is asked whenever the followers are stirred.
        """
        self._awaited_by += 1
        self._sought.set()
        try:
            async with asyncio.timeout(within_s):
                while self.head <= after and not self.is_closing and not or_else():
                    await self._grown.wait()
        except TimeoutError:
            return False
        finally:
            self._awaited_by -= 1
        return self.head > after

    async def after(self, position: int, limit: int) -> Sequence[StoredEvent]:
        """Up to `limit` events after a position, but whole decisions: more or fewer if need be."""
        events = await self._after(position, limit)
        if not events:
            return events
        leg = _leg.decode(events[-1].stored)
        here, missing = leg.leg[0] + 1, leg.leg[1] - leg.leg[0] - 1
        if not missing:
            return events
        if here < len(events):
            return events[:-here]
        return (*events, *await self._after(events[-1].position, missing))

    async def _after(self, position: int, limit: int) -> Sequence[StoredEvent]:
        if position >= self.head:
            return ()
        first = self._kept[0].position if self._kept else self.head + 1
        if position + 1 >= first:
            start = position + 1 - first
            return tuple(islice(self._kept, start, start + limit))
        found = await run_in_threadpool(self._read, position, limit)
        if not found:
            await self.catch_up()  # the log ends before what was its head
        return found


class _Leg(Struct, frozen=True):
    leg: tuple[int, int]


_leg = msgspec.json.Decoder(_Leg)


def is_last_leg(event: StoredEvent) -> bool:
    """Whether a decision ends with an event."""
    here, legs = _leg.decode(event.stored).leg
    return here + 1 == legs


async def _within(seconds: float, happening: Coroutine[None, None, bool]) -> None:
    """Wait for something to happen, though no longer than so many seconds."""
    try:
        async with asyncio.timeout(seconds):
            await happening
    except TimeoutError:
        pass
