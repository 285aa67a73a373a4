"""Above which units a unit stood, and when: the tree over time (rule 7)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.records import Said, UnitRecord

Stay = tuple[str, Instant, Instant]
"""A unit above (or the unit itself), over `[from, to)`."""


def lineage(units: Mapping[str, UnitRecord], unit: str) -> list[Stay]:
    """The unit itself and everyone it ever stood below, each with the periods it did.

    Before its first parent was said it stood where that says. What a decision on trial says of
    units may go round in a circle, until it is refused: nobody is found above himself.
    """
    return list(_above(units, unit, BEGINNING, FOREVER))


def within(
    units: Mapping[str, UnitRecord], unit: str, above: str, start: Instant, end: Instant
) -> Iterator[tuple[Instant, Instant]]:
    """The periods of `[start, end)` in which a unit stood below another, or was it."""
    for name, since, until in _above(units, unit, start, end):
        if name == above:
            yield since, until


def ever_below(children: Mapping[str, Sequence[Stay]], unit: str) -> list[str]:
    """A unit and everyone who ever stood below it, given who stood right below whom, and when."""
    top = unit, BEGINNING, FOREVER
    found = {top: None}
    waiting = [top]
    while waiting:
        above, start, end = waiting.pop()
        for child, since, until in children.get(above, ()):
            stay = child, max(start, since), min(end, until)
            if stay[1] < stay[2] and stay not in found:
                found[stay] = None
                waiting.append(stay)
    return list(dict.fromkeys(below for below, _, _ in found))


def children_ever(units: Mapping[str, UnitRecord]) -> dict[str, list[Stay]]:
    """Who stood right below each unit, and when."""
    found: defaultdict[str, list[Stay]] = defaultdict(list)
    for unit, record in units.items():
        stays = [one for one in record.said if one.what == "parent"]
        if len(stays) > 1:
            for parent, since, until in _ways(stays, BEGINNING, FOREVER):
                found[parent].append((unit, since, until))
        elif record.parent is not None:
            found[record.parent].append((unit, BEGINNING, FOREVER))
    return dict(found)


def _above(
    units: Mapping[str, UnitRecord], unit: str, start: Instant, end: Instant
) -> Iterator[Stay]:
    """However high the tree is: the ways up wait their turn, none of them inside another."""
    waiting: list[tuple[str, Instant, Instant, frozenset[str]]] = [(unit, start, end, frozenset())]
    while waiting:
        at, since, until, below = waiting.pop()
        seen = set(below)
        above: str | None = at
        while above is not None:
            yield above, since, until
            seen.add(above)
            record = units[above]
            stays = [one for one in record.said if one.what == "parent"]
            if len(stays) > 1:
                ways = list(_ways(stays, since, until))
                passed = frozenset(seen)
                waiting += [(*way, passed) for way in reversed(ways) if way[0] not in seen]
                break
            above = None if record.parent in seen else record.parent


def _ways(stays: Iterable[Said], start: Instant, end: Instant) -> Iterator[Stay]:
    """Under whom a unit that moved stood, in `[start, end)`."""
    ordered = sorted(stays, key=lambda one: (one.at, one.position))
    edges = [BEGINNING, *(one.at for one in ordered[1:]), FOREVER]
    for (since, until), stay in zip(pairwise(edges), ordered, strict=True):
        first, last = max(since, start), min(until, end)
        if first < last and stay.value is not None:
            yield stay.value, first, last
