"""Who was in a subtree when: the dated tree read as periods of membership."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ledger.periods import BEGINNING, FOREVER, Instant

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
    for run in runs:
        of[run.unit].append(run)
    found: list[Member] = []
    for unit, lived in sorted(of.items()):
        began, ended = min(run.start for run in lived), max(run.end for run in lived)
        for start, end in _joined(period for run in lived for period in _inside(top, run, of)):
            found.append(
                (unit, BEGINNING if start == began else start, FOREVER if end == ended else end)
            )
    return found


def _inside(
    top: str, run: Run, of: Mapping[str, Sequence[Run]]
) -> Iterable[tuple[Instant, Instant]]:
    """The parts of a run over which it leads up to `top`: the tree has no cycle at any instant."""
    if run.unit == top:
        yield run.start, run.end
    elif run.parent is not None:
        for above in of.get(run.parent, ()):
            start, end = max(run.start, above.start), min(run.end, above.end)
            if start < end:
                yield from _inside(top, above._replace(start=start, end=end), of)


def _joined(periods: Iterable[tuple[Instant, Instant]]) -> list[tuple[Instant, Instant]]:
    found: list[tuple[Instant, Instant]] = []
    for start, end in sorted(periods):
        if found and found[-1][1] >= start:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
