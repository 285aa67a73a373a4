"""Corrections: what an earlier event should have said; what is recorded stays (rule 8)."""

from typing import Final

from ledger.commands import Correct
from ledger.decide.cases import Case
from ledger.decide.existence import demand_unchanged
from ledger.decide.judging import Judging
from ledger.decide.notice import count_for_second
from ledger.decide.pledges_corrected import judge_pledge
from ledger.decide.rates import judge_rate
from ledger.decide.replacing import judge_capacity, judge_grants, judge_pool, judge_unit
from ledger.decide.splits import judge_split
from ledger.decide.wording import fixed_as, worded
from ledger.events import Corrected, Recorded
from ledger.facts import (
    CapacityChange,
    Correction,
    Extension,
    GrantMaking,
    PoolClosing,
    PoolOpening,
    Reallocation,
    ReleaseOfGrants,
    Splitting,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
)
from ledger.pledge_facts import PledgeMaking, RateSetting
from ledger.refusals import Impossible, NoDifference, Stale, WordsMissing
from ledger.sayings import Saying, fact_of, replacement, saying

JUDGES: Final = {
    GrantMaking: judge_grants,
    ReleaseOfGrants: judge_grants,
    Reallocation: judge_grants,
    Extension: judge_grants,
    CapacityChange: judge_capacity,
    Splitting: judge_split,
    PledgeMaking: judge_pledge,
    RateSetting: judge_rate,
    PoolOpening: judge_pool,
    PoolClosing: judge_pool,
    UnitCreation: judge_unit,
    UnitRenaming: judge_unit,
    UnitMove: judge_unit,
    UnitClosing: judge_unit,
}
"""What can be corrected; of authority, decisions on requests and the like the new thing is said."""


def correct(judging: Judging, command: Correct) -> None:
    """Record what an event says instead, or that it never happened.

    It needs the authority to record both the original and the replacement today, and words unless
    it is a revision: one that changes nothing before now, and so cancels or reschedules a plan.
    Whether holdings stay possible, and limits, is judged on the outcome of the whole decision.
    """
    event = judging.fact_at(command.corrects)
    demand_unchanged(judging, command)
    topic = str(event.__struct_config__.tag)
    kind = type(fact_of(event))
    if kind not in JUDGES:
        raise Impossible(
            f"What {topic} says at position {event.position} is not corrected: say the new thing",
            leg=judging.leg,
        )
    was = _was(judging, command, event, topic)
    now = None
    if command.replacement is not None:
        now = worded(judging, topic, command.replacement, fact_of(event))
        fixed_as(judging, fact_of(event), now.fact)
    if now == was:
        raise NoDifference(f"Position {event.position} says that already", leg=judging.leg)
    if command.acknowledge_breach:
        judging.acknowledged.add(judging.leg)
    case = JUDGES[kind](Case(judging, event.position, was, now, fact_of(event)))
    if case.pool is not None:
        count_for_second(judging, case.pool, case.most)
    if case.first < judging.now:
        if not judging.has_words:
            raise WordsMissing(
                f"It changes what was believed of {case.first}: say why in words (reason)",
                leg=judging.leg,
            )
        judging.date_back(case.first, case.pool, case.units)
    elif case.takes:
        judging.need_words("It takes something away that was promised")
    fact = Correction(
        corrects=event.position,
        topic=topic,
        supersedes=command.supersedes,
        was=replacement(was),
        replacement=replacement(now),
    )
    judging.record(Corrected, fact, judging.now)


def _was(judging: Judging, command: Correct, event: Recorded, topic: str) -> Saying | None:
    """What the event says until now. Raises Stale when another correction stands than was named."""
    standing = judging.state.corrections.get(event.position)
    if standing != command.supersedes:
        stands = "none was made yet" if standing is None else f"the one at {standing} stands"
        raise Stale(f"Position {event.position}: {stands}; say so with supersedes", leg=judging.leg)
    if standing is None:
        return Saying(event.effective_at, fact_of(event))
    correction = judging.fact_at(standing)
    if not isinstance(correction, Corrected):
        raise TypeError(f"position {standing} is no correction")
    return saying(topic, correction.data.replacement)
