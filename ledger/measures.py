"""What units with a budget hold over time, they and all below them: the measures of rule 2.

title = what guaranteed grants own, lent or not; in hand = what all grants hold; kept = title less
what is lent outside. A unit that moved counts where it stood at each instant.
"""

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from ledger.budgets import Budget
from ledger.holding import held_pieces, pieces
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.steps import Delta, Steps

Measure = Literal["title", "in_hand", "kept"]
MEASURES: Final[tuple[Measure, ...]] = ("title", "in_hand", "kept")
Place = tuple[str, str]
"""A pool and a unit that has a budget of it."""
Counted = tuple[Place, Measure, Delta]
"""So much more of a measure over a period."""


class Measures:
    """The three measures of one unit and those below it, from when on it has a budget."""

    __slots__ = ("in_hand", "kept", "limited", "since", "title")

    def __init__(self, since: Instant, limited: Iterable[Measure]) -> None:
        self.since = since
        """From when on it has a budget; before, nothing is counted."""
        self.limited = tuple(limited)
        """The measures that any of its shares limits; the others are not counted."""
        self.title = Steps()
        """Below zero, so that what is too much is found as what is too little."""
        self.in_hand = Steps()
        """Below zero likewise."""
        self.kept = Steps()

    def counts(self, measure: Measure) -> bool:
        """Whether a measure is counted."""
        return measure in self.limited

    def of(self, measure: Measure) -> tuple[Steps, int]:
        """The function of a measure, and the sign with which it is kept."""
        match measure:
            case "title":
                return self.title, -1
            case "in_hand":
                return self.in_hand, -1
            case "kept":
                return self.kept, 1


LIMITS: Final[dict[Measure, str]] = {"title": "amount", "in_hand": "cap", "kept": "floor"}
"""The limit of each measure."""


def limited(budget: Budget) -> tuple[Measure, ...]:
    """The measures that any share of a budget limits, always in the same order."""
    return tuple(
        measure
        for measure, limit in LIMITS.items()
        if any(getattr(share, limit) is not None for share in budget)
    )


def parts(grant: GrantRecord, loans: Iterable[GrantRecord]) -> Iterator[tuple[str, Delta]]:
    """What one grant adds to the measures of those above its unit: own, hold, and lent.

    `own` counts for title and kept where it is guaranteed; what it `lent` is told by the unit
    that borrows.
    """
    loans = tuple(loans)
    is_guaranteed = grant.grant_class == "guaranteed"
    if is_guaranteed:
        for piece in pieces(grant, grant.start, grant.end):
            yield "own", piece
    for piece in held_pieces(grant, loans):
        yield "hold", piece
    if is_guaranteed:
        for loan in loans:
            start, end = max(loan.start, grant.start), min(loan.end, grant.end)
            if start < end:
                for piece in pieces(loan, start, end):
                    yield loan.unit, piece
