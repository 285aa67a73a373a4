"""What a decision does before a split in it: counted for the units that have a budget only then.

A measure is counted from when on something limits it. So that limits are judged on the outcome of
the whole decision (rule 2), what earlier legs did to grants is kept until a split follows.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ledger.budgets import Budget, begins
from ledger.commands import Correct, Single
from ledger.decide.findings import Counted
from ledger.events import Corrected, Recorded, SplitDecided
from ledger.evolve.counting import Sums, add_counted
from ledger.facts import Splitting
from ledger.measures import Measure, Place, limited
from ledger.organising import Split
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.sayings import grants_about, sayings
from ledger.state import State
from ledger.steps import net

Counting = tuple[Instant, tuple[Measure, ...]]
"""From when on a unit's measures are counted, and which."""


class _Noted(Struct, frozen=True):
    """A grant with its loans as a leg found it (sign -1), or left it (1)."""

    leg: int
    sign: int
    grant: GrantRecord
    loans: tuple[GrantRecord, ...]


class Unseen:
    """The grants that a decision touched, before and after each event of it."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._noted: list[_Noted] = []
        self._before: dict[Place, Counting] = {}

    def before(self, event: Recorded, leg: int) -> None:
        """Look at what an event is about to change."""
        self._note(event, leg, -1)
        self._before = {place: _counting(self._state, place) for place in _places(event)}

    def after(self, event: Recorded, leg: int, counted: list[Counted]) -> list[Counted]:
        """What was counted so far, with what a split has made count from before on."""
        self._note(event, leg, 1)
        fresh = [
            place for place, was in self._before.items() if _counting(self._state, place) != was
        ]
        if not fresh:
            return counted
        kept = [one for one in counted if one.place not in fresh]
        return kept + [one for place in fresh for one in self._of(place)]

    def _note(self, event: Recorded, leg: int, sign: int) -> None:
        grants = self._state.grants
        there = [grants[name] for name in grants_about(event) if name in grants]
        lenders = [grants[one.lender] for one in there if one.lender is not None]
        for grant in {one.grant: one for one in (*there, *lenders)}.values():
            loans = tuple(self._state.loans_of(grant))
            self._noted.append(_Noted(leg, sign, grant, loans))

    def _of(self, place: Place) -> Iterator[Counted]:
        """What each leg did to the measures of a place."""
        measures = self._state.measures[place[0]][place[1]]
        for leg in dict.fromkeys(one.leg for one in self._noted):
            sums: Sums = {}
            for one in self._noted:
                if one.leg == leg and one.grant.pool == place[0]:
                    add_counted(self._state, sums, one.grant, one.loans, one.sign, only=place)
            for (_, measure), deltas in sums.items():
                if measures.counts(measure):
                    for delta in net(deltas):
                        yield Counted(leg, place, measure, delta)


def needed(legs: Sequence[Single]) -> bool:
    """Whether any leg but the first may split a pool."""
    return len(legs) > 1 and any(isinstance(leg, Split | Correct) for leg in legs[1:])


def _places(event: Recorded) -> list[Place]:
    """The places whose shares an event says."""
    if isinstance(event, SplitDecided):
        said = [event.data]
    elif isinstance(event, Corrected):
        told = [one.fact for one in sayings(event.data) if one is not None]
        said = [one for one in told if isinstance(one, Splitting)]
    else:
        return []
    return [(one.pool, share.unit) for one in said for share in one.shares]


def _counting(state: State, place: Place) -> Counting:
    budget: Budget = state.budgets.get(place, ())
    return begins(budget), limited(budget)
