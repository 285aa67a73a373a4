"""Step functions over time: how much there is at every instant, and is it enough in a window."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final

from ledger.blocks import Block, PackedBlock, Parts
from ledger.periods import BEGINNING, FOREVER, Instant

Delta = tuple[Instant, Instant, int]
"""`quantity` more (or less) at every instant of `[start, end)`."""

BLOCK: Final = 128
"""Breakpoints of a full block; measured best of 64, 128 and 256 from 100 to 100,000 of them."""


class Steps:
    """A right-continuous step function of time, zero before its first breakpoint.

    Kept in blocks, each with its minimum and an addition still to be spread over its values, so
    that a change costs little for what lies before it and one step a block for what follows.
    Neighbours always differ: two functions that are equal are kept alike, whatever led to them.
    """

    __slots__ = ("_blocks", "_firsts")

    def __init__(self) -> None:
        self._blocks: list[Block] = [Block([BEGINNING], [0])]
        self._firsts: list[Instant] = [BEGINNING]

    @classmethod
    def of(cls, changes: Iterable[tuple[Instant, int]]) -> "Steps":
        """Build from changes of the value, each at its instant, in any order."""
        sums: dict[Instant, int] = {}
        for instant, quantity in changes:
            sums[instant] = sums.get(instant, 0) + quantity
        steps = cls()
        steps.take_in(sums)
        return steps

    @classmethod
    def unpacked(cls, kept: Iterable[tuple[Instant, Parts]]) -> "Steps":
        """The function that was packed; each part of it is unpacked when it is needed."""
        steps = cls()
        found = list(kept)
        steps._firsts = [first for first, _ in found]
        steps._blocks = [PackedBlock(*parts) for _, parts in found]
        return steps

    def packed(self) -> list[tuple[Instant, Parts]]:
        """All of it in little room."""
        blocks = (block.packed().parts() for block in self._blocks)
        return list(zip(self._firsts, blocks, strict=True))

    def packing(self, before: Instant) -> Iterator[None]:
        """Hold in little room what lies before an instant, a part with each step."""
        place = 0
        while place < bisect_right(self._firsts, before) - 1:
            self._blocks[place] = self._blocks[place].packed()
            place += 1
            yield

    def take_in(self, changes: Mapping[Instant, int]) -> None:
        """Change the value by quantities, each from its instant on, all at once.

        Costs one step for each breakpoint behind the earliest change.
        """
        sums = {instant: quantity for instant, quantity in changes.items() if quantity}
        sums.pop(FOREVER, None)
        if not sums:
            return
        place = bisect_right(self._firsts, min(sums)) - 1
        before = self._before(place)
        times, values = self._from(place)
        level = before
        for instant, value in zip(times, values, strict=True):
            sums[instant] = sums.get(instant, 0) + value - level
            level = value
        instants = sorted(sums)
        levels = list(accumulate((sums[instant] for instant in instants), initial=before))
        kept = [n for n in range(len(instants)) if levels[n] != levels[n + 1] or not (n or place)]
        self._lay(place, [instants[n] for n in kept], [levels[n + 1] for n in kept])

    def _before(self, place: int) -> int:
        """The value just before a block."""
        if not place:
            return 0
        block = self._blocks[place - 1]
        return block.values[-1] + block.pending

    def _from(self, place: int) -> tuple[list[Instant], list[int]]:
        """The breakpoints of a block and those after it."""
        times: list[Instant] = []
        values: list[int] = []
        for block in self._blocks[place:]:
            times += block.times
            pending = block.pending
            values += [value + pending for value in block.values] if pending else block.values
        return times, values

    def _lay(self, place: int, times: list[Instant], values: list[int]) -> None:
        """Put these breakpoints where the block at a place and those after it were."""
        self._blocks[place:] = [
            Block(times[n : n + BLOCK], values[n : n + BLOCK]) for n in range(0, len(times), BLOCK)
        ]
        self._firsts[place:] = times[::BLOCK]

    def at(self, instant: Instant) -> int:
        """The value at an instant."""
        block = self._blocks[bisect_right(self._firsts, instant) - 1]
        return block.values[bisect_right(block.times, instant) - 1] + block.pending

    def add(self, start: Instant, end: Instant, quantity: int) -> None:
        """Add a quantity at every instant of `[start, end)`; FOREVER is no breakpoint."""
        if start >= end or not quantity:
            return
        self._edge(start)
        if end != FOREVER:
            self._edge(end)
        first = bisect_right(self._firsts, start) - 1
        last = len(self._blocks) if end == FOREVER else bisect_right(self._firsts, end) - 1
        blocks = self._blocks
        block = blocks[first]
        begin = bisect_left(block.times, start)
        if first == last:
            self._spread(block, begin, bisect_left(block.times, end), quantity)
        else:
            self._spread(block, begin, len(block.times), quantity)
            for place in range(first + 1, last):
                blocks[place].pending += quantity
            if last < len(blocks):
                self._spread(blocks[last], 0, bisect_left(blocks[last].times, end), quantity)
        if end != FOREVER:
            self._join(end)
        self._join(start)

    def lowest(self, start: Instant, end: Instant) -> int:
        """The least value at any instant of `[start, end)`, which is not empty."""
        return min(low for low, _, _ in self._lows(start, end))

    def first_below(self, start: Instant, end: Instant, limit: int) -> Instant | None:
        """The first instant of `[start, end)` at which the value is less than a limit."""
        for low, block, begin in self._lows(start, end):
            if low >= limit:
                continue
            for place in range(begin, len(block.times)):
                if block.values[place] + block.pending < limit:
                    return max(start, block.times[place])
        return None

    def last_below(self, start: Instant, end: Instant, limit: int) -> Instant | None:
        """Where the last run of `[start, end)` with a value below a limit ends, `end` at most."""
        firsts, blocks = self._firsts, self._blocks
        for place in range(bisect_left(firsts, end) - 1, -1, -1):
            block = blocks[place]
            if block.low + block.pending < limit:
                for index in range(bisect_left(block.times, end) - 1, -1, -1):
                    if block.values[index] + block.pending < limit:
                        return self._ends(place, index, start, end)
                    if block.times[index] <= start:
                        return None
            if firsts[place] <= start:
                return None
        return None

    def _ends(self, place: int, index: int, start: Instant, end: Instant) -> Instant | None:
        """Where the run at a breakpoint ends, `end` at most; None when that is before `start`."""
        block = self._blocks[place]
        if index + 1 < len(block.times):
            until = block.times[index + 1]
        else:
            until = self._firsts[place + 1] if place + 1 < len(self._firsts) else FOREVER
        return min(until, end) if until > start else None

    def runs(self, start: Instant, end: Instant) -> Iterator[Delta]:
        """The function over `[start, end)` as runs (from, to, value) whose neighbours differ."""
        since, value = start, self.at(start)
        for instant, level in self._breakpoints(start):
            if instant >= end:
                break
            yield since, instant, value
            since, value = instant, level
        if since < end:
            yield since, end, value

    def __eq__(self, other: object) -> bool:
        """Whether both have the same value at every instant."""
        if not isinstance(other, Steps):
            return NotImplemented
        return list(self.runs(BEGINNING, FOREVER)) == list(other.runs(BEGINNING, FOREVER))

    __hash__ = None  # pyright: ignore[reportAssignmentType]  it changes

    def _breakpoints(self, after: Instant) -> Iterator[tuple[Instant, int]]:
        """Breakpoints later than an instant, with the value from there on."""
        for place in range(bisect_right(self._firsts, after) - 1, len(self._blocks)):
            block = self._blocks[place]
            for index in range(bisect_right(block.times, after), len(block.times)):
                yield block.times[index], block.values[index] + block.pending

    def _lows(self, start: Instant, end: Instant) -> Iterator[tuple[int, Block, int]]:
        """Block by block: the least value inside `[start, end)`, and where in it that begins."""
        blocks, firsts = self._blocks, self._firsts
        first = bisect_right(firsts, start) - 1
        last = bisect_left(firsts, end) - 1
        block = blocks[first]
        begin = bisect_right(block.times, start) - 1
        stop = bisect_left(block.times, end) if first == last else len(block.times)
        yield min(block.values[begin:stop]) + block.pending, block, begin
        for place in range(first + 1, last):
            block = blocks[place]
            yield block.low + block.pending, block, 0
        if first < last:
            block = blocks[last]
            stop = bisect_left(block.times, end)
            yield min(block.values[:stop]) + block.pending, block, 0

    def _spread(self, block: Block, begin: int, stop: int, quantity: int) -> None:
        if begin >= stop:
            return
        values = block.values
        if begin == 0 and stop == len(values):
            block.pending += quantity
            return
        values[begin:stop] = [value + quantity for value in values[begin:stop]]
        block.low = min(values)

    def _edge(self, instant: Instant) -> None:
        """Make an instant a breakpoint, with the value that holds there already."""
        place = bisect_right(self._firsts, instant) - 1
        block = self._blocks[place]
        times = block.times
        index = bisect_left(times, instant)
        if index < len(times) and times[index] == instant:
            return
        times.insert(index, instant)
        block.values.insert(index, block.values[index - 1])
        if len(times) > 2 * BLOCK:
            right = Block(times[BLOCK:], block.values[BLOCK:])
            right.pending = block.pending
            del times[BLOCK:], block.values[BLOCK:]
            block.low = min(block.values)
            self._blocks.insert(place + 1, right)
            self._firsts.insert(place + 1, right.times[0])

    def _join(self, instant: Instant) -> None:
        """Drop a breakpoint at which nothing changes."""
        place = bisect_right(self._firsts, instant) - 1
        block = self._blocks[place]
        index = bisect_left(block.times, instant)
        if index:
            before = block.values[index - 1]
        elif place:
            left = self._blocks[place - 1]
            before = left.values[-1] + left.pending - block.pending
        else:
            return
        if block.values[index] != before:
            return
        del block.times[index]
        del block.values[index]
        if not block.times:
            del self._blocks[place]
            del self._firsts[place]
            return
        self._firsts[place] = block.times[0]
        block.low = min(block.values)


def net(deltas: Iterable[Delta]) -> list[Delta]:
    """The sum of deltas as runs in order, those of zero left out.

    A move that takes and gives the same quantity over the same time is nothing at all.
    """
    given = list(deltas)
    if len(given) == 2:  # as of most moves: nothing needs to be sorted to see it
        (start, end, quantity), other = given
        if other == (start, end, -quantity):
            return []
    changes: dict[Instant, int] = {}
    for start, end, quantity in given:
        if start < end:
            changes[start] = changes.get(start, 0) + quantity
            changes[end] = changes.get(end, 0) - quantity
    found: list[Delta] = []
    since, value = BEGINNING, 0
    for instant in sorted(changes):
        if not changes[instant]:
            continue
        if value:
            found.append((since, instant, value))
        since = instant
        value += changes[instant]
    return found


def peak(deltas: Iterable[Delta]) -> int:
    """The most that they sum to at any instant."""
    return max((quantity for _, _, quantity in net(deltas)), default=0)
