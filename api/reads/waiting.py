"""Waits until the read models reflect a position, with one look at them for all who wait."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.concurrency import run_in_threadpool

from api.problems import not_reflected_yet

POLL_S: Final = 0.003
"""The pause between two looks while somebody waits. A standby server has no NOTIFY to hear."""


class Waiting:
    """Those of one process who wait for the read models."""

    def __init__(self, reflected: Callable[[], int]) -> None:
        """Take the look-up of the position that every read model reflects."""
        self._reflected = reflected
        self._looking: asyncio.Task[int] | None = None
        self._waiting = 0
        self._due = 0.0

    async def until(self, position: int, within_s: float, *, seen: int = 0) -> None:
        """Return once a position is reflected; Problem 503 when the time is up before.

        `seen` is what was reflected when one looked last.
        """
        self._waiting += 1
        try:
            async with asyncio.timeout(within_s):
                while seen < position:
                    seen = await self._shared()
        except TimeoutError as late:
            said = f"The read models reflect position {seen}, not {position} yet: ask again."
            raise not_reflected_yet(said) from late
        finally:
            self._waiting -= 1
            if not self._waiting and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _shared(self) -> int:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def _look(self) -> int:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._due - loop.time()))
        seen = await run_in_threadpool(self._reflected)
        self._due = loop.time() + POLL_S
        return seen
