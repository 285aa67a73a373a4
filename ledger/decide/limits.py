"""Limits are judged once, on the outcome of the whole decision, at every instant it touches."""

from collections.abc import Sequence

from msgspec import Struct

from ledger.decide.findings import Raised
from ledger.decide.judging import Judging
from ledger.decide.touching import counted_from
from ledger.decide.worse import by_some, worse
from ledger.periods import FOREVER, Instant, or_null
from ledger.quantities import LARGEST
from ledger.refusals import Arithmetic, Impossible, NotEnoughFree
from ledger.steps import Delta


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
    What makes nothing worse passes, however bad it is already, and so does what corrections alone
    make worse and acknowledge. Rule 3: capacity is a fact, and refused only when it cannot be
    (Impossible).
    """
    if not (judging.raised or judging.recounted):
        return None
    for pool, leg in judging.recounted.items():
        _demand_possible(judging, pool, leg)
    found = _first_shortage(judging, judging.raised)
    if found is not None and judging.acknowledged:
        judging.acknowledge_breach(found.at)
        found = _first_shortage(judging, _ordinary(judging))
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
        for one in _ordinary(judging)
        if one.pool == pool and one.free[0] <= at < one.free[1] and one.free[2] < 0
    )
    until = "" if shortage.end == FOREVER else f" until {shortage.end}"
    before = after - shortage.asked
    # The least that is free may be so later than the first instant that is short.
    free = allocatable - before
    is_least = free - free % state.pools[pool].granule <= shortage.available
    later = "" if is_least else ", and more later"
    return NotEnoughFree(
        f"{shortage.asked} of {pool} asked from {shortage.start}{until}, {shortage.available} "
        f"free: {before} of {allocatable} are held at {at}{later}",
        arithmetic=Arithmetic(
            measure="held", pool=pool, at=at, until=or_null(shortage.end), asked=shortage.asked,
            available=shortage.available, limit=allocatable, before=before,
            after=after,
        ),
        leg=leg,
    )  # fmt: skip


def _ordinary(judging: Judging) -> list[Raised]:
    """What legs did that do not acknowledge the breach of a limit."""
    return [one for one in judging.raised if one.leg not in judging.acknowledged]


def _first_shortage(judging: Judging, by: Sequence[Raised]) -> Shortage | None:
    """The first shortage that these changes make, where the whole decision makes it, too."""
    found: Shortage | None = None
    for pool in dict.fromkeys(one.pool for one in by):
        shortage = _shortage(judging, pool, by)
        if shortage is not None and (found is None or shortage.at < found.at):
            found = shortage
    return found


def _shortage(judging: Judging, pool: str, by: Sequence[Raised]) -> Shortage | None:
    free = judging.state.free[pool]
    granule = judging.state.pools[pool].granule
    of_all = _worse(judging.raised, pool)
    by_them = of_all if by is judging.raised else _worse(by, pool)
    for since, until, (start, end, less) in by_some(of_all, by_them):
        at = free.first_below(since, until, 0)
        if at is not None:
            available = max(0, free.lowest(start, end) - less)
            available -= available % granule
            return Shortage(pool, start, end, -less, available, at)
    return None


def _worse(raised: Sequence[Raised], pool: str) -> list[Delta]:
    """Over which times these changes together leave less free."""
    return worse(one.free for one in raised if one.pool == pool)


def _demand_possible(judging: Judging, pool: str, leg: int) -> None:
    changed = [at for _, event in judging.drafts for at in counted_from(event, pool)]
    wrong = judging.state.capacity[pool].first_impossible(min(changed))
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
