"""Budgets limit what a decision leaves: title, in hand and kept of every unit above (rule 2)."""

from collections import defaultdict
from typing import Final

from msgspec import Struct

from ledger.authority import DECIDER
from ledger.budgets import ShareRecord, runs
from ledger.decide.judging import Judging
from ledger.measures import LIMITS, Measure, Place
from ledger.periods import Instant
from ledger.refusals import Arithmetic, BelowFloor, OverAmount, OverCap, Refusal
from ledger.steps import Delta, net

_REFUSALS: Final[dict[Measure, type[Refusal]]] = {
    "title": OverAmount,
    "in_hand": OverCap,
    "kept": BelowFloor,
}


_ORDER: Final = tuple(LIMITS)


class Excess(Struct, frozen=True):
    """Where a decision worsens a measure beyond its limit."""

    place: Place
    measure: Measure
    at: Instant
    limit: int
    change: int
    share: ShareRecord


def judge_budgets(judging: Judging) -> None:
    """Refuse with OverAmount, OverCap or BelowFloor what a decision makes worse.

    Whatever makes nothing worse passes. Below a floor only what takes from the holder is judged,
    unless a decider over the parent of the split that set it overrides it.
    """
    changes: defaultdict[tuple[Place, Measure], list[Delta]] = defaultdict(list)
    for one in judging.counted_measures:
        changes[one.place, one.measure].append(one.delta)
    found = [
        excess
        for (place, measure), deltas in changes.items()
        if (excess := _excess(judging, place, measure, net(deltas))) is not None
    ]
    for excess in sorted(found, key=lambda one: (one.at, one.place, _ORDER.index(one.measure))):
        leg = _leg(judging, excess)
        if leg is None:
            continue  # the holder gives it back itself
        if excess.measure == "kept" and _overrides(judging, excess, leg):
            continue
        if judging.acknowledges_breach(excess.at):
            continue
        raise _refusal(judging, excess, leg)


def _excess(
    judging: Judging, place: Place, measure: Measure, changes: list[Delta]
) -> Excess | None:  # fmt: skip
    """The first instant at which a measure is changed for the worse, and beyond its limit."""
    steps, sign = judging.state.measures[place[0]][place[1]].of(measure)
    for start, end, change in changes:
        worse = sign * change
        if worse >= 0:
            continue
        for since, until, share in runs(judging.state.budgets[place], start, end):
            limit: int | None = None if share is None else getattr(share, LIMITS[measure])
            if share is None or limit is None:
                continue
            at = steps.first_below(since, until, sign * limit)
            if at is not None:
                return Excess(place, measure, at, limit, change, share)
    return None


def _leg(judging: Judging, excess: Excess) -> int | None:
    """The last leg that makes it worse there; of a floor the last that takes from the holder."""
    sign = judging.state.measures[excess.place[0]][excess.place[1]].of(excess.measure)[1]
    legs = [
        one.leg
        for one in judging.counted_measures
        if (one.place, one.measure) == (excess.place, excess.measure)
        and one.delta[0] <= excess.at < one.delta[1]
        and sign * one.delta[2] < 0
        and (excess.measure != "kept" or one.leg in judging.taking)
    ]
    return max(legs, default=None)


def _overrides(judging: Judging, excess: Excess, leg: int) -> bool:
    pool = excess.place[0]
    if not judging.actor.covering(DECIDER, excess.share.parent, pool):
        return False
    judging.leg = leg
    return judging.overrides_afterwards("floor")


def _refusal(judging: Judging, excess: Excess, leg: int) -> Refusal:
    (pool, unit), measure, at = excess.place, excess.measure, excess.at
    steps, sign = judging.state.measures[pool][unit].of(measure)
    after = sign * steps.at(at)
    words = {
        "title": f"{unit} and those below would own {after} of {pool}, and are entitled to",
        "in_hand": f"{unit} and those below would have {after} of {pool} in hand, and may have",
        "kept": f"{unit} and those below would keep {after} of {pool}, and cannot be left with "
        "less than",
    }[measure]
    return _REFUSALS[measure](
        f"{words} {excess.limit} at {at}",
        arithmetic=Arithmetic(
            measure=measure, pool=pool, unit=unit, at=at, asked=abs(excess.change),
            available=max(0, -sign * (excess.limit - after + excess.change)),
            limit=excess.limit, before=after - excess.change, after=after,
        ),
        leg=leg,
    )  # fmt: skip
