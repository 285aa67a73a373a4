"""Budgets limit what a decision leaves: title, in hand and kept of every unit above (rule 2)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from ledger.authority import DECIDER
from ledger.budgets import ShareRecord, runs
from ledger.decide.findings import Counted
from ledger.decide.judging import Judging
from ledger.decide.worse import by_some, worse
from ledger.measures import LIMITS, Measure, Place
from ledger.periods import Instant
from ledger.refusals import Arithmetic, BelowFloor, OverAmount, OverCap, Refusal
from ledger.steps import Delta

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
    leg: int
    """The last that makes it worse there; of a floor the last that takes from the holder."""


Changes = defaultdict[tuple[Place, Measure], list[Counted]]


def judge_budgets(judging: Judging) -> None:
    """Refuse with OverAmount, OverCap or BelowFloor what a decision makes worse.

    Whatever makes nothing worse passes. Below a floor only what takes from the holder is judged,
    unless a decider over the parent of the split that set it overrides it. What corrections alone
    make worse may be acknowledged, and nothing else.
    """
    changes: Changes = defaultdict(list)
    for one in judging.counted_measures:
        changes[one.place, one.measure].append(one)
    corrections = judging.acknowledged
    for excess in _found(judging, changes, lambda leg: leg not in corrections):
        if excess.measure == "kept" and _overrides(judging, excess):
            continue
        raise _refusal(judging, excess)
    if corrections:
        breach = next(iter(_found(judging, changes, lambda leg: leg in corrections)), None)
        if breach is not None:
            judging.acknowledge_breach(breach.at)


def _found(judging: Judging, changes: Changes, counts: Callable[[int], bool]) -> list[Excess]:
    """Where these legs make worse what the decision does, in order of time."""
    found = [
        excess
        for (place, measure), counted in changes.items()
        for excess in _excesses(judging, place, measure, counted, counts)
    ]
    return sorted(found, key=lambda one: (one.at, one.place, _ORDER.index(one.measure)))


def _excesses(
    judging: Judging,
    place: Place,
    measure: Measure,
    counted: Sequence[Counted],
    counts: Callable[[int], bool],
) -> Iterator[Excess]:
    """Where a measure is changed for the worse and beyond its limit, by the decision and by legs.

    The first instant of each time over which it changes alike under one share. Of a floor only
    legs that take from the holder count.
    """
    steps, sign = judging.state.measures[place[0]][place[1]].of(measure)
    theirs = [
        one
        for one in counted
        if counts(one.leg) and (measure != "kept" or one.leg in judging.taking)
    ]
    if not theirs:
        return
    of_all = _worse(counted, sign)
    by_them = of_all if len(theirs) == len(counted) else _worse(theirs, sign)
    for start, end, (_, _, change) in by_some(of_all, by_them):
        for since, until, share in runs(judging.state.budgets[place], start, end):
            limit: int | None = None if share is None else getattr(share, LIMITS[measure])
            if share is None or limit is None:
                continue
            at = steps.first_below(since, until, sign * limit)
            if at is not None:
                leg = max(
                    one.leg
                    for one in theirs
                    if one.delta[0] <= at < one.delta[1] and sign * one.delta[2] < 0
                )
                yield Excess(place, measure, at, limit, sign * change, share, leg)


def _worse(counted: Iterable[Counted], sign: int) -> list[Delta]:
    """Where these changes together are for the worse; less than zero is worse."""
    return worse((start, end, sign * more) for start, end, more in (one.delta for one in counted))


def _overrides(judging: Judging, excess: Excess) -> bool:
    pool = excess.place[0]
    if not judging.actor.covering(DECIDER, excess.share.parent, pool):
        return False
    judging.leg = excess.leg
    return judging.overrides_afterwards("floor")


def _refusal(judging: Judging, excess: Excess) -> Refusal:
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
        leg=excess.leg,
    )  # fmt: skip
