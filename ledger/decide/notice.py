"""What may not happen at once, or not by one person alone: notice, `most`, the second person."""

from collections.abc import Sequence
from datetime import timedelta

from ledger.authority import DECIDER, LEAD
from ledger.decide.judging import Judging
from ledger.periods import Instant, shifted
from ledger.quantities import LARGEST
from ledger.refusals import Arithmetic, NoticeNeeded, NotYoursToDecide
from ledger.steps import Delta, peak


def give_notice(judging: Judging, at: Instant, pool: str, what: str) -> None:
    """Demand that what is taken from a holder at an instant is told early enough (rule 5).

    Raises NoticeNeeded unless the decision overrides it; then the event says so.
    """
    days = judging.state.setting("notice_days", pool, judging.now)
    if not days:
        return
    earliest = shifted(judging.now, timedelta(days=days))
    if at >= earliest or judging.overrides("notice"):
        return
    raise NoticeNeeded(
        f"{what} at {at} needs {days} days of notice in {pool}: "
        f'from {earliest} on, or with overrides ["notice"]',
        arithmetic=Arithmetic(measure="notice", pool=pool, at=at, limit=days),
        leg=judging.leg,
    )


def is_holder(judging: Judging, unit: str, pool: str) -> bool:
    """Whether the person acts for the unit that holds: as a lead over it."""
    return bool(judging.actor.covering(LEAD, unit, pool))


def count_for_second(judging: Judging, pool: str, quantity: int) -> None:
    """Count what a decision gives or takes of a pool, which may need a second person (rule 6).

    That is from `second_person_from` of the pool on.
    """
    limit = judging.state.setting("second_person_from", pool, judging.now)
    if limit is None:
        return
    counted = judging.counted[pool] = judging.counted.get(pool, 0) + quantity
    if counted >= limit:
        judging.second.append(f"{counted} of {pool} in one decision, from {limit} on")


def entitle(judging: Judging, unit: str, pool: str, added: Sequence[Delta]) -> None:
    """Rest on the narrowest decider's delegation whose `most` has room for what is added (rule 6).

    What one decision adds to awards, at all times, and raises amounts by, is counted together at
    each instant.
    """
    held = judging.actor.require(DECIDER, unit, pool, judging.leg)
    for one in held:
        used = [*judging.entitled.get((one.delegation, pool), ()), *added]
        if one.most is None or peak(used) <= one.most:
            judging.entitled[one.delegation, pool] = used
            judging.allow_one_of((one,), unit, pool)
            return
    most, asked = max(one.most or 0 for one in held), peak(added)
    more = "this clears an amount" if asked >= LARGEST else f"this is {asked} more"
    raise NotYoursToDecide(
        f"{judging.actor.person} may award, or raise amounts by, {most} of {pool} in one decision "
        f"over {unit}, and {more}",
        arithmetic=Arithmetic(measure="most", pool=pool, unit=unit, asked=asked, limit=most),
        leg=judging.leg,
    )
