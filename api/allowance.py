"""How much one person may ask of a process: so many a second, with room for a burst."""

import math
import time
from collections.abc import Callable
from typing import Final

from api.limits import LimitName
from api.problems import Problem

_KEPT: Final = 10_000


class _Left:
    """What a person has left, as it was at an instant; below zero it is owed."""

    __slots__ = ("at", "left")

    def __init__(self, left: float, at: float) -> None:
        self.left = left
        self.at = at


class Allowance:
    """A bucket for each person, which fills by `per_s` up to `burst`; 0 a second is no limit.

    Whoever has something left may take more than that at once, and owes the rest: a long bulk
    request is never refused for its length, only the next one for coming too soon.
    """

    def __init__(
        self,
        per_s: float,
        burst: int,
        limit: LimitName,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells seconds that never run backwards."""
        self._per_s = per_s
        self._full = float(burst - 1)
        self._limit: LimitName = limit
        self._clock = clock
        self._people: dict[str, _Left] = {}
        self._looked_through_at = _KEPT

    def take(self, person: str, count: int = 1) -> None:
        """Take so many; 0 only looks whether anything is left. Problem 429 when nothing is."""
        if not self._per_s:
            return
        now = self._clock()
        has = self._people.get(person)
        if has is None:
            has = self._people[person] = _Left(self._full, now)
            if len(self._people) > self._looked_through_at:
                self._forget(now)
        has.left = min(self._full, has.left + (now - has.at) * self._per_s)
        has.at = now
        if has.left < 0:
            raise self._too_many(person, max(1, math.ceil(-has.left / self._per_s)))
        has.left -= count

    def _forget(self, now: float) -> None:
        """Let go of whoever has all of it again: somebody unknown has as much."""
        self._people = {
            person: has
            for person, has in self._people.items()
            if has.left + (now - has.at) * self._per_s < self._full or has.at == now
        }
        self._looked_through_at = max(_KEPT, 2 * len(self._people))

    def _too_many(self, person: str, wait_s: int) -> Problem:
        return Problem(
            429,
            "TooManyRequests",
            f"{person} asks more than {self._per_s:g} a second: ask again in {wait_s} s.",
            headers={"Retry-After": str(wait_s)},
            limit=self._limit,
        )
