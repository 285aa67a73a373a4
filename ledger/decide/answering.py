"""Answers to requests: by a decider over the unit, who did not ask for it (rules 6 and 11)."""

from ledger.decide.awards import granted
from ledger.decide.existence import (
    demand_granule,
    demand_open_unit,
    demand_unchanged,
    pool_at,
    request_named,
)
from ledger.decide.grants import mind_self_dealing
from ledger.decide.judging import Judging
from ledger.decide.notice import entitle
from ledger.decide.requests import demand_waiting
from ledger.events import RequestDecided
from ledger.periods import BEGINNING, FOREVER, Instant
from ledger.records import RequestRecord
from ledger.refusals import Arithmetic, BeyondAward, Impossible, OwnRequest
from ledger.request_facts import (
    Award,
    RequestDecision,
)
from ledger.requesting import DecideRequest


def decide_request(judging: Judging, command: DecideRequest) -> None:
    """Record an answer. What is awarded is the total so far; it holds nothing until granted."""
    asked = request_named(judging, command.request)
    awards = _awards(judging, command, asked)
    _demand_right(judging, asked, awards)
    demand_unchanged(judging, command)
    demand_waiting(judging, asked)
    demand_open_unit(judging, judging.state.units[asked.unit])
    if command.until is not None and command.until <= judging.now:
        raise Impossible(f"{command.until} has gone by", leg=judging.leg)
    _demand_sound(judging, command, asked, awards)
    if command.outcome == "denied":
        judging.need_words("A denial takes a hope away")
    elif command.outcome == "partly" and command.rest == "closed":
        judging.need_words("The rest is denied")
    elif any(awards.get(pool, 0) < quantity for pool, quantity in asked.awarded):
        judging.need_words("A smaller award takes something away")
    data = RequestDecision(
        request=asked.request,
        outcome=command.outcome,
        awarded=tuple(Award(pool=pool, quantity=quantity) for pool, quantity in awards.items()),
        rest=command.rest or "closed",
        until=None if command.until is None else Instant(command.until),
        priority=command.priority,
    )
    judging.record(RequestDecided, data, judging.now)


def _awards(judging: Judging, command: DecideRequest, asked: RequestRecord) -> dict[str, int]:
    """The total awarded by pool: as said, else all of the only pool, else what was granted."""
    if command.awarded is not None:
        return {
            pool_at(judging, award.pool, judging.now).pool: award.quantity
            for award in command.awarded
        }
    if command.outcome == "approved" and len(asked.pools) == 1:
        return {asked.pools[0]: asked.quantity}
    return {pool: first for pool, first in granted(judging.state, asked).items() if first}


def _demand_right(judging: Judging, asked: RequestRecord, awards: dict[str, int]) -> None:
    """A decider over the unit for every pool concerned; raises OwnRequest of whoever asked."""
    before = dict(asked.awarded)
    changed = {
        pool: awards.get(pool, 0) - before.get(pool, 0)
        for pool in (*awards, *before)
        if awards.get(pool, 0) != before.get(pool, 0)
    }
    for pool in changed or dict.fromkeys(asked.pools):
        added = max(0, changed.get(pool, 0))
        entitle(judging, asked.unit, pool, [(BEGINNING, FOREVER, added)])
    person = judging.actor.person
    if person in asked.askers:
        raise OwnRequest(f"{person} asked for this: another decider answers", leg=judging.leg)
    if asked.appealed > asked.decided and person in asked.answered_by:
        raise OwnRequest(
            f"{person} gave the answer that is appealed, or confirmed it: another decider answers",
            leg=judging.leg,
        )
    for pool, added in changed.items():
        if added > 0:
            mind_self_dealing(judging, asked.unit, (), pool)


def _demand_sound(
    judging: Judging, command: DecideRequest, asked: RequestRecord, awards: dict[str, int]
) -> None:
    """Refuse awards that were not asked for, that mean another outcome, or are granted already."""
    given = granted(judging.state, asked)
    for pool, quantity in awards.items() if command.awarded is not None else ():
        if pool not in asked.pools and pool not in given:
            raise Impossible(f"Request {asked.request} asks for no {pool}", leg=judging.leg)
        demand_granule(judging, judging.state.pools[pool], quantity)
    for pool, first in given.items():
        if first > awards.get(pool, 0):
            raise BeyondAward(
                f"{first} of {pool} are granted for request {asked.request}: "
                f"the award cannot be {awards.get(pool, 0)}",
                arithmetic=Arithmetic(
                    measure="granted", pool=pool, unit=asked.unit, limit=awards.get(pool, 0),
                    after=first,
                ),
                leg=judging.leg,
            )  # fmt: skip
    total = sum(awards.values())
    outcome = command.outcome
    if (outcome == "approved" and total != asked.quantity) or (
        outcome == "partly" and total >= asked.quantity
    ):
        raise Impossible(
            f"{total} of {asked.quantity} would be awarded, of {len(asked.pools)} pools: say how "
            f"much of each; that is not {outcome}",
            arithmetic=Arithmetic(
                measure="awarded", unit=asked.unit, asked=asked.quantity, after=total
            ),
            leg=judging.leg,
        )
    if outcome == "partly" and total < asked.least:
        judging.warn("BelowLeast", f"{total} are awarded, and less than {asked.least} is no use")
