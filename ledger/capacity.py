"""How much of a pool there is over time (domain, section 3 and rule 3)."""

from bisect import bisect_left, bisect_right
from typing import NamedTuple

from ledger.facts import CapacityChange
from ledger.periods import FOREVER, Instant
from ledger.quantities import LARGEST
from ledger.vocabulary import CapacityKind


class Change(NamedTuple):
    """One capacity fact: in the order of (effective_at, position)."""

    effective_at: Instant
    position: int
    kind: CapacityKind
    amount: int


def change_of(position: int, at: Instant, fact: CapacityChange) -> Change:
    """What a capacity fact at a position changes. Raises ValueError when it has no amount."""
    amount = fact.total if fact.total is not None else fact.quantity
    if amount is None:
        raise ValueError(f"capacity at position {position} has no amount")
    return Change(at, position, fact.kind, amount)


class Level(NamedTuple):
    """What a pool has after a change. Quantities are whole units."""

    installed: int
    lost: int
    headroom: int

    @property
    def allocatable(self) -> int:
        """max(0, installed - lost - headroom)."""
        return max(0, self.installed - self.lost - self.headroom)

    @property
    def possible(self) -> bool:
        """Rule 3: 0 <= lost <= installed and headroom >= 0; nothing beyond the largest quantity."""
        return 0 <= self.lost <= self.installed <= LARGEST and self.headroom >= 0


NOTHING = Level(0, 0, 0)


def after(level: Level, change: Change) -> Level:
    """The level once a change has taken effect: `counted` and `headroom` set, others move."""
    installed, lost, headroom = level
    match change.kind:
        case "counted":
            return Level(change.amount, lost, headroom)
        case "headroom":
            return Level(installed, lost, change.amount)
        case "installed":
            return Level(installed + change.amount, lost, headroom)
        case "retired":
            return Level(installed - change.amount, lost, headroom)
        case "lost":
            return Level(installed, lost + change.amount, headroom)
        case "restored":
            return Level(installed, lost - change.amount, headroom)


class CapacityBook:
    """The capacity facts of one pool in the order of (effective_at, position), with levels."""

    __slots__ = ("changes", "levels")

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.levels: list[Level] = []

    def insert(self, change: Change) -> list[tuple[Instant, Instant, int]]:
        """Take in a change; returns what it adds to allocatable as [start, end) deltas."""
        place = bisect_right(self.changes, change)
        before = self._runs(place)
        self.changes.insert(place, change)
        self._recount(place)
        return [(s, e, -n) for s, e, n in before] + self._runs(place)

    def exchange(
        self, old: Change | None, new: Change | None
    ) -> list[tuple[Instant, Instant, int]]:
        """Take out a change and take in another; returns what that adds to allocatable."""
        before = self._runs(0)
        if old is not None:
            self.remove(old)
        if new is not None:
            self.insert(new)
        return [(start, end, -count) for start, end, count in before] + self._runs(0)

    def remove(self, change: Change) -> None:
        """Forget a change that was tried and refused."""
        place = self.changes.index(change)
        del self.changes[place]
        self._recount(place)

    def first_impossible(self, since: Instant) -> tuple[Instant, Level] | None:
        """The first instant from one on at which rule 3 is broken, once all of it has netted out.

        What was before, and did not change, is not looked at again.
        """
        first = bisect_left(self.changes, since, key=lambda change: change.effective_at)
        for place in range(first, len(self.changes)):
            change = self.changes[place]
            is_last = place + 1 == len(self.changes)
            if not is_last and self.changes[place + 1].effective_at == change.effective_at:
                continue
            if not self.levels[place].possible:
                return change.effective_at, self.levels[place]
        return None

    def at(self, instant: Instant) -> Level:
        """The level at an instant."""
        place = bisect_right(self.changes, instant, key=lambda change: change.effective_at)
        return self.levels[place - 1] if place else NOTHING

    def _recount(self, place: int) -> None:
        level = self.levels[place - 1] if place else NOTHING
        del self.levels[place:]
        for change in self.changes[place:]:
            level = after(level, change)
            self.levels.append(level)

    def _runs(self, place: int) -> list[tuple[Instant, Instant, int]]:
        """Allocatable from the change before `place` on, as runs up to FOREVER."""
        place = max(0, place - 1)
        runs: list[tuple[Instant, Instant, int]] = []
        for index in range(place, len(self.changes)):
            start = self.changes[index].effective_at
            is_last = index + 1 == len(self.changes)
            end = FOREVER if is_last else self.changes[index + 1].effective_at
            runs.append((start, end, self.levels[index].allocatable))
        return runs
