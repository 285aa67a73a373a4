"""What a person who is refused should know: who holds it, and when there will be more."""

from heapq import nsmallest
from typing import Final

from ledger.decide.limits import Shortage
from ledger.holders import in_hand_at
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.refusals import Holder, NextFree
from ledger.state import State

SHOWN: Final = 10
"""So many holders and dates stand in a refusal."""


def holders(state: State, shortage: Shortage) -> tuple[Holder, ...]:
    """Who holds most of the pool at the instant of the shortage, the largest first.

    The state is the one without the decision that was refused.
    """
    sums = in_hand_at(state, shortage.pool, shortage.at)
    largest = nsmallest(SHOWN, sums, key=lambda one: (-one[1], one[0]))
    return tuple(Holder(unit=unit, quantity=quantity) for unit, quantity in largest)


def next_free(state: State, shortage: Shortage) -> tuple[NextFree, ...]:
    """From when on how much could be granted until the end asked for, each time it grows.

    The list ends with the first instant at which all that was asked could be had, if there is one.
    """
    free = state.free[shortage.pool]
    granule = state.pools[shortage.pool].granule
    found: list[NextFree] = []
    best = shortage.available
    while best < shortage.asked and len(found) < SHOWN:
        at = free.last_below(shortage.start, shortage.end, best + granule)
        if at is None or at >= shortage.end:
            break
        lowest = free.lowest(at, shortage.end)
        best = lowest - lowest % granule
        found.append(NextFree(at=at, quantity=best, cause=_cause(state, shortage.pool, at)))
    return tuple(found)


def _cause(state: State, pool: str, at: Instant) -> str:
    """What gives units back to the pool at an instant: the first cause, and how many more."""
    count = 0
    first = None
    for grant in state.changing(pool, at):
        causes = _causes(grant, at)
        count += len(causes)
        if causes and (first is None or grant.grant < first[0]):
            first = grant.grant, causes[0]
    if first is None:
        return "capacity changes"
    return first[1] if count == 1 else f"{first[1]}, and {count - 1} more"


def _causes(grant: GrantRecord, at: Instant) -> list[str]:
    if grant.end == at:
        return [f"grant {grant.grant} of {grant.unit} ends"] if grant.left else []
    return [
        f"{grant.unit} releases (position {draw.position})"
        for draw in grant.draws
        if draw.is_release and draw.quantity and draw.instant == at < grant.end
    ]
