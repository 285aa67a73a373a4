"""Who was in a subtree when: the dated tree read as periods of membership."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ledger.periods import BEGINNING, FOREVER, Instant

Period = tuple[Instant, Instant]
Member = tuple[str, Instant, Instant]
"""A unit and the period `[start, end)` over which it was in the subtree."""


class Run(NamedTuple):
    """Where a unit stood over `[start, end)`."""

    unit: str
    parent: str | None
    start: Instant
    end: Instant


def members(top: str, runs: Iterable[Run]) -> list[Member]:
    """When each unit was `top` or below it, by unit and time; periods that meet are one.

    Who is there when its life begins or ends was there since BEGINNING, or stays until FOREVER:
    outside its life nothing is of it, and by beginning or ending it neither joins nor leaves.
    """
    of: defaultdict[str, list[Run]] = defaultdict(list)
    below: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        of[run.unit].append(run)
        if run.parent is not None:
            below[run.parent].append(run)
    found: list[Member] = []
    for unit, periods in sorted(_inside(top, of, below).items()):
        lived = of[unit]
        began, ended = min(run.start for run in lived), max(run.end for run in lived)
        for start, end in _joined(periods):
            found.append(
                (unit, BEGINNING if start == began else start, FOREVER if end == ended else end)
            )
    return found


def _inside(
    top: str, of: Mapping[str, Sequence[Run]], below: Mapping[str, Sequence[Run]]
) -> Mapping[str, Sequence[Period]]:
    """When each unit was `top` or below it, from the top down, however deep the tree is.

    It has no cycle at any instant.
    """
    found: defaultdict[str, list[Period]] = defaultdict(list)
    waiting = [
        (top, *period) for period in _joined((run.start, run.end) for run in of.get(top, ()))
    ]
    while waiting:
        unit, start, end = waiting.pop()
        found[unit].append((start, end))
        for run in below.get(unit, ()):
            since, until = max(run.start, start), min(run.end, end)
            if since < until:
                waiting.append((run.unit, since, until))
    return found


def _joined(periods: Iterable[Period]) -> list[Period]:
    found: list[Period] = []
    for start, end in sorted(periods):
        if found and found[-1][1] >= start:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
