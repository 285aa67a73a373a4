"""How much a unit has in hand of a pool over time, as believed at the end of the log."""

from bisect import bisect_left, bisect_right

from ledger.periods import FOREVER, Instant


class Level:
    """A right-continuous step function, zero before its first breakpoint.

    Facts come near the end of time, so that a change moves few values.
    """

    __slots__ = ("_times", "_values")

    def __init__(self) -> None:
        self._times: list[Instant] = []
        self._values: list[int] = []

    def at(self, instant: Instant) -> int:
        """The value at an instant."""
        place = bisect_right(self._times, instant)
        return self._values[place - 1] if place else 0

    def add(self, start: Instant, end: Instant, quantity: int) -> None:
        """Add a quantity over `[start, end)`."""
        if start >= end:
            return
        first = self._edge(start)
        last = len(self._values) if end == FOREVER else self._edge(end)
        for place in range(first, last):
            self._values[place] += quantity

    def _edge(self, instant: Instant) -> int:
        place = bisect_left(self._times, instant)
        if place == len(self._times) or self._times[place] != instant:
            self._times.insert(place, instant)
            self._values.insert(place, self._values[place - 1] if place else 0)
        return place
