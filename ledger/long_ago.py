"""Which grants may have held something at an instant gone by, found without going through all."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain

from ledger.forks import HOUR_US, LEVELS_OF_HOURS, fork, way
from ledger.journal import Journal
from ledger.periods import Instant, micros
from ledger.records import GrantRecord
from ledger.resting import Grants


class _Point:
    """The grants that are forked at one point, in the order of their ends and of their starts."""

    __slots__ = ("by_end", "by_start", "ends", "starts")

    def __init__(self) -> None:
        self.ends: list[Instant] = []
        self.by_end: list[str] = []
        self.starts: list[Instant] = []
        self.by_start: list[str] = []

    def add(self, grant: GrantRecord) -> None:
        place = bisect_right(self.ends, grant.end)
        self.ends.insert(place, grant.end)
        self.by_end.insert(place, grant.grant)
        place = bisect_right(self.starts, grant.start)
        self.starts.insert(place, grant.start)
        self.by_start.insert(place, grant.grant)


class LongAgo:
    """Grants by pool and by the fork of their hours: each stands wherever it ever had a period.

    It is filled when somebody asks for the first time, also with what grants were before changes
    that may yet be taken back. What was taken back stays, and is found to hold nothing: it names
    more grants than hold something, never fewer.
    """

    __slots__ = ("_points",)

    def __init__(self) -> None:
        self._points: dict[str, dict[int, _Point]] | None = None

    def add(self, grant: GrantRecord) -> None:
        """Know a grant that was made, or has another period than before."""
        if self._points is not None:
            _file(self._points, grant)

    def around(
        self, pool: str, at: Instant, grants: Grants, journal: Journal
    ) -> list[GrantRecord]:  # fmt: skip
        """The grants of a pool that may hold something, of those at hand and at rest."""
        if self._points is None:
            self._points = defaultdict(lambda: defaultdict(_Point))
            for grant in chain(grants.at_hand(), journal.earlier(grants)):
                _file(self._points, grant)
        found = grants.of_names(self._names(self._points.get(pool, {}), at))
        if at < grants.rest.kept.horizon:
            found_at_hand = {one.grant for one in found}
            for of_pool, unit in grants.rest.holders():
                if of_pool == pool:
                    resting = grants.resting_of(pool, unit)
                    found += [one for one in resting if one.grant not in found_at_hand]
        return found

    def _names(self, points: Mapping[int, _Point], at: Instant) -> Iterable[str]:
        """The ids of those at hand that may hold something, each once."""
        hour = micros(at) // HOUR_US
        found: dict[str, None] = {}
        for number in way(hour, LEVELS_OF_HOURS):
            point = points.get(number)
            if point is None:
                continue
            # Those forked before the hour began by then, those forked behind it last beyond.
            if number <= hour:
                names = point.by_end[bisect_right(point.ends, at) :]
            else:
                names = point.by_start[: bisect_right(point.starts, at)]
            found.update(dict.fromkeys(names))
        return found


def _file(points: dict[str, dict[int, _Point]], grant: GrantRecord) -> None:
    first, last = grant.began // HOUR_US, micros(grant.end) // HOUR_US
    if first <= last:
        points[grant.pool][fork(first, last)].add(grant)
