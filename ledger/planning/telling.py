"""A plan in words: where each part comes from, and who answers for those who give it."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from ledger.planning.gathering import Gathered, Taken
from ledger.planning.shapes import TIERS, Affected, Move
from ledger.planning.sources import day
from ledger.planning.window import Window
from ledger.state import State
from ledger.vocabulary import Role

ANSWERS: Final[tuple[Role, ...]] = ("lead", "decider")
"""Who answers for a unit: its leads, else who decides there, else the same of the unit above."""


def moves(window: Window, gathered: Gathered) -> Iterator[Move]:
    """What comes from where, in the order in which it was taken."""
    of = f"{window.pool.unit_label} of {window.pool.pool}"
    if gathered.free:
        until = "" if window.plan.ends_at is None else f" until {day(window.end)}"
        yield Move(
            tier=1, harm="free", unit=None, grant=None, quantity=gathered.free,
            sentence=f"{gathered.free} {of} are free from {day(window.start)} on{until}",
        )  # fmt: skip
    for one in gathered.taken:
        source = one.source
        yield Move(
            tier=TIERS.index(source.harm) + 1,
            harm=source.harm,
            unit=source.grant.unit,
            grant=source.grant.grant,
            quantity=one.quantity,
            sentence=f"{one.quantity} {of} of {source.grant.unit}: its grant {source.why}",
        )


def told(state: State, window: Window, gathered: Gathered) -> Iterator[Affected]:
    """The people who answer for each unit that gives something, by unit."""
    lost: defaultdict[str, int] = defaultdict(int)
    for one in gathered.taken:
        lost[_loser(one)] += one.quantity
    people = _people(state, window)
    for unit, quantity in sorted(lost.items()):
        for role, person in _answering(state, unit, people):
            yield Affected(unit=unit, quantity=quantity, person=person, role=role)


def _loser(one: Taken) -> str:
    return one.source.grant.unit


def _people(state: State, window: Window) -> dict[tuple[str, Role], list[str]]:
    """Who leads or decides, by the unit over which they do."""
    found: defaultdict[tuple[str, Role], list[str]] = defaultdict(list)
    for one in state.delegations.values():
        is_of_pool = one.pools is None or window.pool.pool in one.pools
        if one.role in ANSWERS and is_of_pool and window.now < one.until:
            found[one.unit, one.role].append(one.to)
    return found


def _answering(
    state: State, unit: str, people: dict[tuple[str, Role], list[str]]
) -> list[tuple[Role, str]]:
    for above in state.path(unit):
        for role in ANSWERS:
            if (above, role) in people:
                return [(role, person) for person in sorted(set(people[above, role]))]
    return []
