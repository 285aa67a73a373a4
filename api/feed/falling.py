"""Dated steps as they fall due: looked for once a second while somebody follows, told to all."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from api.feed.tail import Tail
from ledger.periods import Instant, from_datetime

LOOK_S: Final = 1.0
KEPT: Final = 1024
"""Who has not taken so many yet misses the oldest, and finds them in the calendar."""


class Fallen(Struct, frozen=True):
    """What fell due up to an instant, as JSON, by all that was recorded up to a position.

    `is_first` where nothing was looked for yet: the instant is that of this machine's clock.
    """

    upto: Instant
    known_at: int
    rows: Sequence[bytes] = ()
    is_first: bool = False


Look = Callable[[Fallen], Fallen]
"""What fell due since the look before."""


class Falling:
    """Holds what fell due last, bounded, so that a thousand followers cost one look a second.

    Each follower is told once of what falls due while it follows.
    """

    def __init__(self, look: Look, tail: Tail) -> None:
        """Take what looks, and the tail whose followers are told."""
        self._look = look
        self._tail = tail
        self._last: Fallen | None = None
        self._kept: deque[bytes] = deque(maxlen=KEPT)
        self.count = 0
        self.trouble: str | None = None

    def begin(self) -> int:
        """Have what falls due from now on looked for; returns how many were told before."""
        if self._last is None:
            self._last = Fallen(from_datetime(datetime.now(UTC)), 0, is_first=True)
        return self.count

    async def run(self, failures: type[Exception] | tuple[type[Exception], ...]) -> None:
        """Look again and again, for ever; `failures` of the database are tried again."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
                self.trouble = None
            except failures as failed:
                self.trouble = str(failed)

    async def look(self) -> None:
        """Tell what fell due since the last look, if somebody follows."""
        if not self._tail.followers:
            self._last = None
        elif self._last is not None:
            self._last = await run_in_threadpool(self._look, self._last)
            if self._last.rows:
                self._kept.extend(self._last.rows)
                self.count += len(self._last.rows)
                self._tail.stir()

    def after(self, count: int) -> list[bytes]:
        """What fell due behind the first so many, as far as it is kept."""
        new = min(self.count - count, len(self._kept))
        return list(islice(self._kept, len(self._kept) - new, None)) if new > 0 else []
