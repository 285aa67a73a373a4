"""What was known of names at a position of the log, however often it was said otherwise since."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TypeVar

T = TypeVar("T")

Told = Mapping[str, Sequence[tuple[int, T]]]
"""What was told of each name from which position on, in order."""


def by_name(told: Iterable[tuple[int, str, T]]) -> Told[T]:
    """What was told, in the order of positions, of each name."""
    found: defaultdict[str, list[tuple[int, T]]] = defaultdict(list)
    for position, name, value in told:
        found[name].append((position, value))
    return dict(found)


class Then(Mapping[str, T]):
    """What was known of each name at a position: nothing is looked at but what is asked for."""

    def __init__(self, told: Told[T], position: int) -> None:
        self._told = told
        self._position = position

    def __getitem__(self, name: str) -> T:
        told = self._told[name]
        place = bisect_right(told, self._position, key=itemgetter(0))
        if not place:
            raise KeyError(name)
        return told[place - 1][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, told in self._told.items() if told[0][0] <= self._position)

    def __len__(self) -> int:
        return sum(1 for _ in self)
