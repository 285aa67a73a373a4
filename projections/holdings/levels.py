"""How much a unit has in hand of a pool over time, as believed at the end of the log."""

import sys
from array import array
from bisect import bisect_left, bisect_right

from projections.sheets import packed_text


class Level:
    """A right-continuous step function, zero before its first change; instants are microseconds.

    It keeps the changes and the sum of those up to the instant asked about last: the next
    question is mostly about an instant near by.
    """

    __slots__ = ("_changes", "_place", "_sum", "_times", "accounts", "packed", "pool", "unit")

    def __init__(self, pool: str, unit: str) -> None:
        self.pool = pool
        self.unit = unit
        self.packed = packed_text(pool) + packed_text(unit)
        self.accounts: dict[str, bytes] = {}
        """By class, what rows say of whose they are: `packed`, the class, and the account."""
        self._times = array("q")
        self._changes = array("q")
        self._place = 0
        self._sum = 0

    def at(self, instant: int) -> int:
        """The value at an instant."""
        place = bisect_right(self._times, instant)
        last = self._place
        if place != last:
            if place > last:
                self._sum += sum(self._changes[last:place])
            else:
                self._sum -= sum(self._changes[place:last])
            self._place = place
        return self._sum

    def change(self, instant: int, quantity: int) -> None:
        """From an instant on, there is so much more."""
        times = self._times
        place = bisect_left(times, instant)
        if place < len(times) and times[place] == instant:
            self._changes[place] += quantity
        else:
            times.insert(place, instant)
            self._changes.insert(place, quantity)
            if place < self._place:
                self._place += 1
        if place < self._place:
            self._sum += quantity

    def fill(self, times: bytes, changes: bytes) -> None:
        """Begin with these changes, in order of their instants: big-endian, eight bytes each."""
        for kept, given in ((self._times, times), (self._changes, changes)):
            if kept:
                raise ValueError(f"{self.unit} has changes in {self.pool} already")
            kept.frombytes(given)
            if sys.byteorder == "little":
                kept.byteswap()

    def copy(self) -> "Level":
        """The same, which changes no more with this one."""
        other = Level(self.pool, self.unit)
        other._times, other._changes = self._times[:], self._changes[:]
        other._place, other._sum = self._place, self._sum
        return other

    def differs_from(self, other: "Level") -> int | None:
        """The first instant at which there is another quantity; None when there is none."""
        mine, theirs = self.steps(), other.steps()
        for one in sorted(mine.keys() | theirs.keys()):
            if mine.get(one, 0) != theirs.get(one, 0):
                return one
        return None

    def steps(self) -> dict[int, int]:
        """The changes by their instants."""
        return {at: change for at, change in zip(self._times, self._changes, strict=True) if change}
