"""Which grants may have held something at an instant gone by, found without going through all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from ledger.forks import HOUR_US, LEVELS_OF_HOURS, fork, way
from ledger.periods import Instant, micros
from ledger.records import GrantRecord


class LongAgo:
    """Grants by pool and by the fork of their hours: each stands wherever it ever had a period.

    It is filled when somebody asks for the first time. What was taken back stays, and is found to
    hold nothing: it names more grants than hold something, never fewer.
    """

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[str, dict[int, list[str]]] | None = None

    def add(self, grant: GrantRecord) -> None:
        """Know a grant that was made, or has another period than before."""
        if self._names is not None:
            self._file(self._names, grant)

    def around(
        self, pool: str, at: Instant, grants: Callable[[], Iterable[GrantRecord]]
    ) -> Iterator[str]:
        """The ids of those that may hold something, each once; `grants` gives all there are."""
        if self._names is None:
            self._names = defaultdict(lambda: defaultdict(list))
            for grant in grants():
                self._file(self._names, grant)
        points = self._names.get(pool, {})
        hour = micros(at) // HOUR_US
        seen = dict.fromkeys(
            name for point in way(hour, LEVELS_OF_HOURS) for name in points.get(point, ())
        )
        return iter(seen)

    def _file(self, names: dict[str, dict[int, list[str]]], grant: GrantRecord) -> None:
        first, last = grant.began // HOUR_US, micros(grant.end) // HOUR_US
        if first <= last:
            names[grant.pool][fork(first, last)].append(grant.grant)
