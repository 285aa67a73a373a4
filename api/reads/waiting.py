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
        self._is_closing = False

    def close(self) -> None:
        """Have everybody who waits told so at once: the process stops. In the loop's thread."""
        self._is_closing = True
        if self._looking is not None:
            self._looking.cancel()

    async def until(self, position: int, within_s: float, *, seen: int = 0) -> None:
        """Return once a position is reflected; Problem 503 when it is not within so many seconds.

        Also, at once, when the process stops. `seen` is what was reflected when one looked last.
        """
        self._waiting += 1
        try:
            async with asyncio.timeout(within_s):
                while seen < position and not self._is_closing:
                    seen = await self._shared() or seen
        except TimeoutError as late:
            said = f"The read models reflect position {seen}, not {position} yet: ask again."
            raise not_reflected_yet(said) from late
        finally:
            self._waiting -= 1
            if not self._waiting and self._looking is not None:
                self._looking.cancel()
                self._looking = None
        if seen < position:
            said = f"The service stops, and position {position} is not reflected yet: ask again."
            raise not_reflected_yet(said)

    async def _shared(self) -> int | None:
        """What the look that is under way finds; None when it is given up, as the process stops."""
        looking = self._looking
        if looking is None or looking.done():
            looking = self._looking = asyncio.create_task(self._look())
        await asyncio.wait((looking,))  # whoever goes away does not end it for the others
        return None if looking.cancelled() else looking.result()

    async def _look(self) -> int:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._due - loop.time()))
        seen = await run_in_threadpool(self._reflected)
        self._due = loop.time() + POLL_S
        return seen
