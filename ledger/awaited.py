"""Which grants end, or give something away, at which instants ahead."""

from collections.abc import Collection, Iterator
from heapq import heapify, heappop, heappush
from typing import Final

from ledger.journal import Journal
from ledger.periods import Instant

SPARE: Final = 1000
"""So many instants that nobody waits for any more, and as many as are waited for, are let be."""

_Turn = tuple[Instant, str]
"""An instant and a pool."""


class Awaited:
    """Grants by instant and pool. Whatever is taken back is waited for as it was before."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._names: dict[_Turn, set[str]] = {}
        self._order: list[_Turn] = []
        """A heap of all that are waited for, and of some that no longer are."""

    def at(self, pool: str, instant: Instant) -> Collection[str]:
        """The grants of a pool that wait for an instant, in no order."""
        return self._names.get((instant, pool), ())

    def between(self, pool: str, after: Instant, until: Instant) -> set[str]:
        """The grants of a pool that wait for an instant after one and up to another."""
        found: set[str] = set()
        for (instant, of_pool), names in self._names.items():
            if of_pool == pool and after < instant <= until:
                found |= names
        return found

    def wait(self, pool: str, instant: Instant, name: str) -> None:
        """A grant changes at an instant ahead."""
        turn = instant, pool
        if name not in self._names.get(turn, ()):
            self._add(turn, name)
            self._journal.on_undo(self._remove, turn, name)

    def cease(self, pool: str, instant: Instant, name: str) -> None:
        """It does not, as was said before."""
        turn = instant, pool
        if name in self._names.get(turn, ()):
            self._remove(turn, name)
            self._journal.on_undo(self._add, turn, name)

    def past(self, now: Instant) -> Iterator[str]:
        """The grants whose instants have come, which wait for them no longer."""
        while self._order and self._order[0][0] <= now:
            turn = heappop(self._order)
            for name in sorted(self._names.pop(turn, ())):
                self._journal.on_undo(self._add, turn, name)
                yield name

    def _add(self, turn: _Turn, name: str) -> None:
        names = self._names.get(turn)
        if names is None:
            names = self._names[turn] = set()
            heappush(self._order, turn)
        names.add(name)

    def _remove(self, turn: _Turn, name: str) -> None:
        names = self._names[turn]
        names.remove(name)
        if not names:
            del self._names[turn]
            if len(self._order) > 2 * len(self._names) + SPARE:
                self._order = list(self._names)
                heapify(self._order)
