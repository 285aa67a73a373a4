"""What is left of a limit over time, less what a plan has taken of it so far.

What is taken of a grant advances the releases that are scheduled of it (rule 5): so much left it
anyway from then on.
"""

from collections.abc import Iterable, Iterator

from ledger.budgets import runs
from ledger.holding import scheduled_releases
from ledger.measures import LIMITS, Measure
from ledger.periods import FOREVER, Instant
from ledger.quantities import LARGEST
from ledger.records import GrantRecord
from ledger.state import State
from ledger.steps import Delta, Steps


class Left:
    """A function of time from an instant on, which is taken from."""

    __slots__ = ("_steps",)

    def __init__(self, pieces: Iterable[Delta]) -> None:
        """Take its runs, in order."""
        self._steps = Steps.of(_changes(pieces))

    def least(self, start: Instant, end: Instant) -> int:
        """The least over a time, below zero where the limit is broken; LARGEST of no time."""
        return self._steps.lowest(start, end) if start < end else LARGEST

    def take(self, start: Instant, end: Instant, quantity: int) -> None:
        """Have so much less over a time."""
        self._steps.add(start, end, -quantity)


def of_pool(state: State, pool: str, start: Instant) -> Left:
    """What a pool has free."""
    return Left(state.free[pool].runs(start, FOREVER))


def to_limit(state: State, pool: str, unit: str, measure: Measure, start: Instant) -> Left:
    """By how much a measure may still change for the worse; LARGEST where nothing limits it."""
    return Left(_to_limit(state, pool, unit, measure, start))


def above_amount(state: State, pool: str, unit: str, start: Instant) -> Left:
    """By how much a unit owns more than its amount; nothing where it has none."""
    return Left(
        (since, until, 0 if room >= LARGEST else -room)
        for since, until, room in _to_limit(state, pool, unit, "title", start)
    )


def _to_limit(
    state: State, pool: str, unit: str, measure: Measure, start: Instant
) -> Iterator[Delta]:  # fmt: skip
    measures = state.measures[pool][unit]
    steps, sign = measures.of(measure)
    for since, until, share in runs(state.budgets[pool, unit], start, FOREVER):
        limit: int | None = None if share is None else getattr(share, LIMITS[measure])
        if limit is None:
            yield since, until, LARGEST
            continue
        for begin, end, value in steps.runs(since, until):
            # Kept with the sign with which less is worse.
            yield begin, end, value - sign * limit


def times(grant: GrantRecord, start: Instant, end: Instant) -> Iterator[Delta]:
    """The times between the releases scheduled of a grant, and how much has left it by then."""
    since, released = start, 0
    for draw in scheduled_releases(grant, start):
        if draw.instant >= end:
            break
        yield since, draw.instant, released
        since, released = draw.instant, released + draw.quantity
    if since < end:
        yield since, end, released


def losses(
    grant: GrantRecord, start: Instant, quantity: int, before: int = 0
) -> Iterator[Delta]:  # fmt: skip
    """How much less a grant owns over time, of which a quantity is taken, so much `before` that."""
    for since, until, released in times(grant, start, grant.end):
        advanced = min(before + quantity, released) - min(before, released)
        yield since, until, quantity - advanced


def _changes(pieces: Iterable[Delta]) -> Iterator[tuple[Instant, int]]:
    before = 0
    for since, _, value in pieces:
        yield since, value - before
        before = value
