"""How much a unit has in hand of a pool over time, as believed at the end of the log."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import islice, zip_longest

from projections.holdings.numbering import unit_number
from projections.sheets import packed_text, whole_numbers


class Level:
    """A right-continuous step function, zero before its first change; instants are microseconds.

    It keeps the changes and the sum of those up to the instant asked about last: the next
    question is mostly about an instant near by.
    """

    __slots__ = (
        "_place", "_sum", "accounts", "changes", "number", "numbers", "packed", "pool", "times",
        "unit",
    )  # fmt: skip

    def __init__(self, pool: str, unit: str) -> None:
        self.pool = pool
        self.unit = unit
        self.number = unit_number(unit)
        self.packed = packed_text(pool) + packed_text(unit)
        self.accounts: dict[str, bytes] = {}
        """By class, what rows say of whose they are: `packed`, the class, and the account."""
        self.numbers: dict[str, int] = {}
        """By class, the number of the account."""
        self.times = array("q")
        self.changes = array("q")
        self._place = 0
        self._sum = 0

    def at(self, instant: int) -> int:
        """The value at an instant."""
        place = bisect_right(self.times, instant)
        last = self._place
        if place != last:
            if place > last:
                self._sum += sum(self.changes[last:place])
            else:
                self._sum -= sum(self.changes[place:last])
            self._place = place
        return self._sum

    def change(self, instant: int, quantity: int) -> None:
        """From an instant on, there is so much more."""
        times = self.times
        place = bisect_left(times, instant)
        if place < len(times) and times[place] == instant:
            self.changes[place] += quantity
        else:
            times.insert(place, instant)
            self.changes.insert(place, quantity)
            if place < self._place:
                self._place += 1
        if place < self._place:
            self._sum += quantity

    def fill(self, times: bytes, changes: bytes) -> None:
        """Begin with these changes, in order of their instants: big-endian, eight bytes each."""
        if self.times:
            raise ValueError(f"{self.unit} has changes in {self.pool} already")
        self.times, self.changes = whole_numbers(times), whole_numbers(changes)

    def copy(self) -> "Level":
        """The same, which changes no more with this one."""
        other = Level(self.pool, self.unit)
        other.times, other.changes = self.times[:], self.changes[:]
        other._place, other._sum = self._place, self._sum
        return other

    def differs_from(self, other: "Level") -> int | None:
        """The first instant at which there is another quantity; None when there is none."""
        same = self._same_as(other)
        for mine, theirs in zip_longest(self.changes_from(same), other.changes_from(same)):
            if mine != theirs:
                return min(at for at, _ in filter(None, (mine, theirs)))
        return None

    def _same_as(self, other: "Level") -> int:
        """How many changes are the same from the first on; of thousands mostly all but a few."""
        low, high = 0, min(len(self.times), len(other.times))
        pairs = ((self.times, other.times), (self.changes, other.changes))
        while low < high:
            middle = (low + high + 1) // 2
            if all(mine[low:middle] == theirs[low:middle] for mine, theirs in pairs):
                low = middle
            else:
                high = middle - 1
        return low

    def changes_from(self, place: int) -> Iterator[tuple[int, int]]:
        """The changes from one on, with their instants; what cancelled out is no change."""
        times, changes = islice(self.times, place, None), islice(self.changes, place, None)
        return (pair for pair in zip(times, changes, strict=True) if pair[1])
