"""What a person who is refused should know: who holds it, and when there will be more."""

from typing import Final

from ledger.decide.limits import Shortage
from ledger.holding import own_at
from ledger.periods import Instant
from ledger.refusals import Holder, NextFree
from ledger.state import State

SHOWN: Final = 10
"""So many holders and dates stand in a refusal."""


def holders(state: State, shortage: Shortage) -> tuple[Holder, ...]:
    """Who holds most of the pool at the instant of the shortage, the largest first.

    The state is the one without the decision that was refused.
    """
    held: dict[str, int] = {}
    for grant in state.live_in(shortage.pool):
        own = own_at(grant, shortage.at)
        if own:
            held[grant.unit] = held.get(grant.unit, 0) + own
    largest = sorted(held.items(), key=lambda one: (-one[1], one[0]))[:SHOWN]
    return tuple(Holder(unit=unit, quantity=quantity) for unit, quantity in largest)


def next_free(state: State, shortage: Shortage) -> tuple[NextFree, ...]:
    """From when on how much could be granted until the end asked for, each time it grows.

    The list ends with the first instant at which all that was asked could be had, if there is one.
    """
    granule = state.pools[shortage.pool].granule
    runs = list(state.free[shortage.pool].runs(shortage.start, shortage.end))
    least: list[tuple[Instant, int]] = []
    lowest = runs[-1][2]
    for start, _, value in reversed(runs):
        lowest = min(lowest, value)
        least.append((start, lowest))
    found: list[tuple[Instant, int]] = []
    best = shortage.available
    for start, quantity in reversed(least):
        grantable = quantity - quantity % granule
        if grantable > best and start > shortage.start:
            found.append((start, grantable))
            best = grantable
        if best >= shortage.asked or len(found) == SHOWN:
            break
    causes = _causes(state, shortage.pool, {at for at, _ in found})
    return tuple(
        NextFree(at=at, quantity=quantity, cause=causes.get(at, "capacity changes"))
        for at, quantity in found
    )


def _causes(state: State, pool: str, instants: set[Instant]) -> dict[Instant, str]:
    """What gives units back to the pool at each instant: the first cause, and how many more."""
    found: dict[Instant, list[str]] = {}
    for grant in state.live_in(pool) if instants else ():
        if grant.end in instants and grant.left:
            found.setdefault(grant.end, []).append(f"grant {grant.grant} of {grant.unit} ends")
        for draw in grant.draws:
            if draw.is_release and draw.quantity and draw.instant in instants:
                found.setdefault(draw.instant, []).append(
                    f"{grant.unit} releases (position {draw.position})"
                )
    return {
        at: causes[0] if len(causes) == 1 else f"{causes[0]}, and {len(causes) - 1} more"
        for at, causes in found.items()
    }
