"""Plans: from where could so much come by a date, with the least harm (domain: Plan).

A plan is a function of the state, of what is asked, and of the second of asking. It changes
nothing, holds nothing, and is judged anew when it is decided.
"""

from typing import Final

import msgspec
from msgspec.structs import replace

from ledger.asks import Answer, Question, Stamp
from ledger.periods import Instant, or_null
from ledger.planning.deciding import body, judged
from ledger.planning.gaining import over
from ledger.planning.gathering import Gathered, gather
from ledger.planning.room import Room
from ledger.planning.shapes import Planned
from ledger.planning.sources import Sources
from ledger.planning.telling import moves, told
from ledger.planning.window import Window, window
from ledger.refusals import Refusal, Unfounded
from ledger.refused import no
from ledger.replies import Failure
from ledger.state import State

BEHIND: Final = "NotReflectedYet"
_BEHIND: Final = Failure(503, BEHIND, "Forecasts were recorded since")
_encoder = msgspec.json.Encoder()


def planned(state: State, question: Question, stamp: Stamp) -> Answer:
    """Answer a question with a plan, or with the refusal of what it names. Nothing is kept of it.

    503 NotReflectedYet when a forecast of the pool stands that is newer than what the question
    knows: who asks looks again.
    """
    now = max(Instant(f"{stamp.recorded_at[:19]}.000000Z"), state.recorded_at)
    state.tick(now)
    head = state.position
    try:
        if state.root is None:
            raise Unfounded("The ledger has no founder yet: run `allot init`")
        asked = window(state, question.plan, now)
        if _newest_forecast(state, asked.pool.pool) > question.reflected:
            return replace(_BEHIND.told(question), position=head)
        found = _plan(state, asked, question, replace(stamp, recorded_at=now))
    except Refusal as refusal:
        return no(refusal, head)
    return Answer(status=200, body=_encoder.encode(found), position=head)


def _newest_forecast(state: State, pool: str) -> int:
    return max(
        (
            position
            for grant, position in state.forecasts.items()
            if (found := state.grants.get(grant)) is not None and found.pool == pool
        ),
        default=0,
    )


def _plan(state: State, asked: Window, question: Question, stamp: Stamp) -> Planned:
    """Plan with what is guaranteed; where an amount leaves no room for that, with what is borrowed.

    Then both are told: the limit, and that it is borrowed.
    """
    room, gathered = _gathered(state, asked, question, borrowed=False)
    limits = [*room.touched.values()]
    amounts = list(over(state, asked, gathered, "title"))
    borrowed = bool(amounts)
    if borrowed:
        room, gathered = _gathered(state, asked, question, borrowed=True)
        limits = [*room.touched.values(), *amounts]
    limits += over(state, asked, gathered, "in_hand")
    decision = body(state, asked, gathered, borrowed=borrowed)
    plan = asked.plan
    return Planned(
        position=state.position,
        asked_at=asked.now,
        pool=plan.pool,
        unit=plan.unit,
        quantity=plan.quantity,
        by=asked.start,
        ends_at=or_null(asked.end),
        request=plan.request,
        borrowed=borrowed,
        found=plan.quantity - gathered.missing,
        missing=gathered.missing,
        moves=tuple(moves(asked, gathered)),
        limits=tuple(limits),
        tell=tuple(told(state, asked, gathered)),
        verdict=None if decision is None else judged(state, question, decision, stamp),
        decision=decision,
    )


def _gathered(
    state: State, asked: Window, question: Question, *, borrowed: bool
) -> tuple[Room, Gathered]:
    room = Room(state, asked, borrowed=borrowed)
    return room, gather(room, Sources(state, asked, question.foreseen), asked.plan.quantity)
