"""Limits are judged once, on the outcome of the whole decision, at every instant it touches."""

from msgspec import Struct

from ledger.decide.judging import Judging
from ledger.periods import FOREVER, Instant, or_null
from ledger.quantities import LARGEST
from ledger.refusals import Arithmetic, Impossible, NotEnoughFree
from ledger.steps import Delta, net


class Shortage(Struct, frozen=True):
    """Where a decision asks for more than there is: `asked` more over `[start, end)` of a pool."""

    pool: str
    start: Instant
    end: Instant
    asked: int
    available: int
    at: Instant


def judge_limits(judging: Judging) -> Shortage | None:
    """Refuse what is impossible; return the first shortage of any pool, None when there is none.

    Rule 2: held may not be raised at an instant at which it then exceeds what is allocatable.
    What makes nothing worse passes, however bad it is already. Rule 3: capacity is a fact, and
    refused only when it cannot be (Impossible).
    """
    if not (judging.raised or judging.recounted):
        return None
    for pool, leg in judging.recounted.items():
        _demand_possible(judging, pool, leg)
    found: Shortage | None = None
    for pool in dict.fromkeys(one.pool for one in judging.raised):
        shortage = _shortage(judging, pool)
        if shortage is not None and (found is None or shortage.at < found.at):
            found = shortage
    for pool in judging.recounted:
        _warn_of_overcommitment(judging, pool)
    return found


def not_enough(judging: Judging, shortage: Shortage) -> NotEnoughFree:
    """The refusal with its arithmetic; the leg is the last that raises what is held there.

    `before` and `after` are what is held; `available` is the least over the whole period asked.
    """
    pool, at = shortage.pool, shortage.at
    state = judging.state
    allocatable = state.capacity[pool].at(at).allocatable
    after = allocatable - state.free[pool].at(at)
    leg = max(
        one.leg
        for one in judging.raised
        if one.pool == pool and one.free[0] <= at < one.free[1] and one.free[2] < 0
    )
    until = "" if shortage.end == FOREVER else f" until {shortage.end}"
    return NotEnoughFree(
        f"{shortage.asked} of {pool} asked from {shortage.start}{until}, {shortage.available} "
        f"free: {after - shortage.asked} of {allocatable} are held at {at}",
        arithmetic=Arithmetic(
            measure="held", pool=pool, at=at, until=or_null(shortage.end), asked=shortage.asked,
            available=shortage.available, limit=allocatable, before=after - shortage.asked,
            after=after,
        ),
        leg=leg,
    )  # fmt: skip


def _shortage(judging: Judging, pool: str) -> Shortage | None:
    free = judging.state.free[pool]
    granule = judging.state.pools[pool].granule
    for start, end, less in net(_free_of(judging, pool)):
        if less >= 0:
            continue
        at = free.first_below(start, end, 0)
        if at is not None:
            available = max(0, free.lowest(start, end) - less)
            available -= available % granule
            return Shortage(pool, start, end, -less, available, at)
    return None


def _free_of(judging: Judging, pool: str) -> list[Delta]:
    return [one.free for one in judging.raised if one.pool == pool]


def _demand_possible(judging: Judging, pool: str, leg: int) -> None:
    wrong = judging.state.capacity[pool].first_impossible()
    if wrong is None:
        return
    at, level = wrong
    if level.installed > LARGEST:
        why, measure, limit, after = f": at most {LARGEST}", "installed", LARGEST, level.installed
    else:
        why, measure, limit, after = "", "lost", level.installed, level.lost
    raise Impossible(
        f"{pool} would have {level.installed} installed, {level.lost} lost and "
        f"{level.headroom} held back at {at}{why}",
        arithmetic=Arithmetic(measure=measure, pool=pool, at=at, limit=limit, after=after),
        leg=leg,
    )


def _warn_of_overcommitment(judging: Judging, pool: str) -> None:
    free = judging.state.free[pool]
    at = free.first_below(judging.now, FOREVER, 0)
    if at is not None:
        short = -free.at(at)
        judging.warn("Overcommitted", f"{short} of {pool} more are held than there are at {at}")
