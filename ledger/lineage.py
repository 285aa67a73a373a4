"""Above which units a unit stood, and when: the tree over time (rule 7)."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.records import UnitRecord

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


def _above(
    units: Mapping[str, UnitRecord],
    unit: str,
    start: Instant,
    end: Instant,
    below: tuple[str, ...] = (),
) -> Iterator[Stay]:
    yield unit, start, end
    record = units[unit]
    below = (*below, unit)
    stays = [one for one in record.said if one.what == "parent"]
    if len(stays) <= 1:
        if record.parent is not None and record.parent not in below:
            yield from _above(units, record.parent, start, end, below)
        return
    ordered = sorted(stays, key=lambda one: (one.at, one.position))
    edges = [BEGINNING, *(one.at for one in ordered[1:]), FOREVER]
    for (since, until), stay in zip(pairwise(edges), ordered, strict=True):
        first, last = max(since, start), min(until, end)
        if first < last and stay.value is not None and stay.value not in below:
            yield from _above(units, stay.value, first, last, below)
