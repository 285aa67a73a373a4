"""What each unit has in hand of a pool over time: kept from one question to the next."""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate

from msgspec import Struct

from ledger.periods import Instant


class Runs(Struct, frozen=True):
    """What a unit has in hand: `held` from each of the instants on."""

    instants: list[Instant]
    held: list[int]

    def at(self, instant: Instant) -> int:
        """How much at an instant, which is none before the first."""
        return self.held[bisect_right(self.instants, instant) - 1]


Make = Callable[[], Runs]
"""What tells anew what a unit has in hand."""


def runs(since: Instant, changes: Iterable[tuple[Instant, int]]) -> Runs:
    """The runs of what changes by so much when, from nothing on, in any order."""
    sums = {since: 0}
    for instant, quantity in changes:
        sums[instant] = sums.get(instant, 0) + quantity
    instants = sorted(sums)
    return Runs(instants, list(accumulate(sums[instant] for instant in instants)))


class InHand:
    """Remembers what a unit has from an instant on until one of its grants changes.

    It holds nothing that the grants do not say: forgetting is always right. A pool that has
    nothing left is asked who holds it by everybody who is refused, each for another instant.
    What has gone by lately is kept apart: more grants have to be looked through for it.
    """

    __slots__ = ("_ahead", "_lately")

    def __init__(self) -> None:
        self._ahead: dict[str, dict[str, Runs]] = {}
        self._lately: dict[str, dict[str, Runs]] = {}

    def forget(self, pool: str, unit: str) -> None:
        """A grant of the unit has changed, or is tried."""
        for kept in (self._ahead, self._lately):
            of_pool = kept.get(pool)
            if of_pool is not None:
                of_pool.pop(unit, None)

    def forget_all(self) -> None:
        """Facts were taken back."""
        self._ahead.clear()
        self._lately.clear()

    def ahead(self, pool: str, unit: str, make: Make) -> Runs:
        """What a unit has of a pool from now on, or since before it."""
        return _kept(self._ahead, pool, unit, make)

    def lately(self, pool: str, unit: str, make: Make) -> Runs:
        """What a unit has of a pool since an instant that has gone by, or before it.

        That instant is as long ago whenever it is asked for: time goes on, so what is kept will do.
        """
        return _kept(self._lately, pool, unit, make)


def _kept(kept: dict[str, dict[str, Runs]], pool: str, unit: str, make: Make) -> Runs:
    of_pool = kept.setdefault(pool, {})
    found = of_pool.get(unit)
    if found is None:
        found = of_pool[unit] = make()
    return found
