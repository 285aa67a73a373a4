"""Above which units a unit stood, and when: the tree over time (rule 7)."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.records import UnitRecord

Stay = tuple[str, Instant, Instant]
"""A unit above (or the unit itself), over `[from, to)`."""


def lineage(units: Mapping[str, UnitRecord], unit: str) -> list[Stay]:
    """The unit itself and everyone it ever stood below, each with the periods it did.

    Before its first parent was said it stood where that says.
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
    units: Mapping[str, UnitRecord], unit: str, start: Instant, end: Instant
) -> Iterator[Stay]:  # fmt: skip
    yield unit, start, end
    record = units[unit]
    stays = [one for one in record.said if one.what == "parent"]
    if len(stays) <= 1:
        if record.parent is not None:
            yield from _above(units, record.parent, start, end)
        return
    ordered = sorted(stays, key=lambda one: (one.at, one.position))
    edges = [BEGINNING, *(one.at for one in ordered[1:]), FOREVER]
    for (since, until), stay in zip(pairwise(edges), ordered, strict=True):
        if max(since, start) < min(until, end) and stay.value is not None:
            yield from _above(units, stay.value, max(since, start), min(until, end))
