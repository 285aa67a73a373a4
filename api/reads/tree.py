"""Who belongs to whom: the dated tree, as it was at each instant or as it is now.

In the tree of now a closed unit stands where it last stood, so that what it once held is still
counted somewhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from api.reads.asked import Org
from api.reads.look import Clocks, Look
from api.reads.reading import unknown
from ledger.periods import BEGINNING, FOREVER, Instant
from projections.organisation import read as organisation
from projections.organisation.tree import Member


class Belonging(Struct, frozen=True):
    """A unit stands under a parent over `[start, end)`; the root has none."""

    unit: str
    parent: str | None
    start: Instant
    end: Instant


def refuse_unknown(
    look: Look, known_at: int, *, pool: str | None = None, units: Iterable[str | None] = ()
) -> None:
    """Raise Problem 404 for an id that nothing recorded by a position has named."""
    if pool is not None and not organisation.pool_known(look.connection, pool, known_at):
        raise unknown("pool", pool, known_at)
    for unit in units:
        if unit is not None and not organisation.unit_known(look.connection, unit, known_at):
            raise unknown("unit", unit, known_at)


def members(look: Look, clocks: Clocks, org: Org, under: str) -> list[str]:
    """A unit and all below it at an instant, by id."""
    if org == "now":
        return [unit for unit, _, _ in _now_below(look, under)]
    found = organisation.units(
        look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at, under=under
    )
    return [one.unit for one in found]


def parents(look: Look, clocks: Clocks, org: Org) -> dict[str, str | None]:
    """The parent of each unit at an instant."""
    if org == "now":
        return _now(look)
    found = organisation.units(look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at)
    return {one.unit: one.parent for one in found}


def memberships(look: Look, known_at: int, org: Org, under: str) -> Sequence[Member]:
    """Which units were in a subtree, each with its periods."""
    if org == "now":
        return _now_below(look, under)
    return organisation.subtree_over_time(look.connection, under, known_at)


def belongings(look: Look, known_at: int, org: Org) -> Mapping[str, Sequence[Belonging]]:
    """Where each unit stood over time."""
    if org == "now":
        return {
            unit: (Belonging(unit, parent, BEGINNING, FOREVER),)
            for unit, parent in _now(look).items()
        }
    found: defaultdict[str, list[Belonging]] = defaultdict(list)
    for run in organisation.runs(look.connection, known_at):
        found[run.unit].append(Belonging(run.unit, run.parent, run.valid_from, run.valid_to))
    return found


def _now(look: Look) -> dict[str, str | None]:
    """The parent of each unit now, or when it closed. Runs come by unit and time."""
    return {
        run.unit: run.parent
        for run in organisation.runs(look.connection, look.head)
        if run.valid_from <= look.now
    }


def _now_below(look: Look, under: str) -> list[Member]:
    above = _now(look)
    below: defaultdict[str, list[str]] = defaultdict(list)
    for unit, parent in above.items():
        if parent is not None:
            below[parent].append(unit)
    found: list[str] = []
    waiting = [under] if under in above else []
    while waiting:
        unit = waiting.pop()
        found.append(unit)
        waiting += below[unit]
    return [(unit, BEGINNING, FOREVER) for unit in sorted(found)]
