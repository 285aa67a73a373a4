"""Judge one ask against the state and build the bytes of its answer, once."""

from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import force_setattr, replace

from ledger.asks import Answer, Ask, Stamp, receipt_of
from ledger.codec import EVENT_BYTES_MAX, encode
from ledger.commands import Decision
from ledger.decide import decide
from ledger.decide.findings import Confirmed
from ledger.decide.judging import Judging
from ledger.decide.limits import Shortage, not_enough
from ledger.decide.offers import offer
from ledger.decide.proposals import SECOND_PERSON, close_proposal, command_of, propose, waiting
from ledger.decide.seen import changed_since, demand_recorded
from ledger.decide.shortage import holders, next_free
from ledger.events import Recorded
from ledger.log import StoredEvent
from ledger.organising import CloseProposal, Confirm
from ledger.periods import Instant
from ledger.refusals import (
    NotYoursToDecide,
    Refusal,
    TooManyLegs,
    Unfounded,
)
from ledger.refused import refused
from ledger.state import State

RECORDED: Final = b'{"decision":"%b","position":%d,"events":['
"""How the answer to what was recorded begins; its events follow as they are stored."""
WARNED: Final = b'],"warnings":'
"""What stands after its events, before the warnings and a brace."""
_ANSWER: Final = RECORDED + b"%b" + WARNED + b"%b}"

_encoder = msgspec.json.Encoder()


class Waits(Struct, frozen=True, kw_only=True):
    """What is answered when a second person has to confirm."""

    proposal: str
    needs: tuple[str, ...]
    position: int
    expires_at: Instant


def answer(state: State, ask: Ask, stamp: Stamp) -> Answer:
    """Decide and evolve the state, or refuse and leave it as it was.

    Returns status 201 (200 for a dry run) with the events to store, or the refusal's status with
    an RFC 9457 problem as body; 202 when a second person has to confirm it, with the event that
    says so. A dry run leaves the state as it was too. Whatever is raised, the state is as it was
    before.
    """
    state.tick(stamp.recorded_at)
    head = state.position
    journal = state.journal
    try:
        if state.root is None:
            raise Unfounded("The ledger has no founder yet: run `allot init`")
        judging, events = _decided(state, ask, stamp)
        stored = tuple([_stored(event) for event in events])
        if ask.dry_run:
            journal.undo()
            return Answer(status=200, body=_tried(judging, ask, events), position=head)
        if _waits(judging, ask):
            journal.undo()
            return _proposed(state, ask, stamp)
    except Refusal as refusal:
        if journal.trying:
            journal.undo()
        return refused(refusal, ask, head, offer(ask.command, refusal, stamp.recorded_at))
    except BaseException:
        if journal.trying:
            journal.undo()
        raise
    journal.keep()
    return _recorded(judging, ask, stored)


def _decided(state: State, ask: Ask, stamp: Stamp) -> tuple[Judging, tuple[Recorded, ...]]:
    """Try a command on the state: its judging, and the events. Raises what refuses it."""
    if isinstance(ask.command, Confirm):
        return _confirmed(state, ask, ask.command, stamp)
    if isinstance(ask.command, CloseProposal):
        return _closed(state, ask, ask.command, stamp)
    return _tried_on(state, ask, stamp)


def _tried_on(
    state: State, ask: Ask, stamp: Stamp, confirmed: Confirmed | None = None
) -> tuple[Judging, tuple[Recorded, ...]]:
    state.journal.begin()
    judging = Judging(state, ask, stamp, confirmed=confirmed)
    events, shortage = decide(judging, ask.command)
    if shortage is not None:
        raise _too_little(judging, shortage)
    return judging, events


def _too_little(judging: Judging, shortage: Shortage) -> Refusal:
    """The refusal for a shortage, with who holds and what comes free once the trial is undone."""
    # Whoever raises it does not name it: it and its traceback would keep each other alive.
    refusal = not_enough(judging, shortage)
    judging.state.journal.undo()
    refusal.holders = holders(judging.state, shortage)
    refusal.next_free = next_free(judging.state, shortage)
    return refusal


def _waits(judging: Judging, ask: Ask) -> bool:
    """Whether a command is to wait for a second person, who has not confirmed it yet."""
    return judging.confirmed is None and (bool(judging.second) or ask.command.propose)


def _confirmed(
    state: State, ask: Ask, command: Confirm, stamp: Stamp
) -> tuple[Judging, tuple[Recorded, ...]]:
    """Carry out a proposal: both persons are entitled to it now, and every rule is judged anew."""
    record = waiting(state, command.proposal, stamp.recorded_at, 0)
    if record.by == ask.by:
        raise NotYoursToDecide(f"{ask.by} made the proposal: another person confirms it")
    demand_recorded(state, command.seen)
    waits = command_of(record)
    changed = changed_since(state, waits, command, ask.facts)
    confirmed = Confirmed(record.proposal, ask.by, changed)
    proposed = replace(waits, decision=command.decision)
    second, of_second = _tried_on(state, replace(ask, command=proposed), stamp, confirmed)
    if second.self_dealing is not None:
        raise NotYoursToDecide(f"{second.self_dealing}; another person confirms it")
    state.journal.undo()
    first = replace(ask, command=proposed, by=record.by)
    judging, events = _tried_on(state, first, stamp, confirmed)
    for event, theirs in zip(events, of_second, strict=True):
        both = tuple(dict.fromkeys((*event.authority, *theirs.authority)))
        force_setattr(event, "authority", both)
    return judging, events


def _closed(
    state: State, ask: Ask, command: CloseProposal, stamp: Stamp
) -> tuple[Judging, tuple[Recorded, ...]]:
    """Close a proposal; only who may give the command rejects it."""
    record = waiting(state, command.proposal, stamp.recorded_at, 0)
    waits = command_of(record)
    if record.by != ask.by:
        _demand_right(state, replace(ask, command=waits), stamp)
    state.journal.begin()
    judging = Judging(state, ask, stamp)
    judging.stale = changed_since(state, waits, command, ask.facts)
    close_proposal(judging, command)
    return judging, judging.events()


def _demand_right(state: State, ask: Ask, stamp: Stamp) -> None:
    """Refuse whoever may not give a command, or a leg of it. Any other refusal is none here."""
    if _is_refused(state, ask, stamp) and isinstance(ask.command, Decision):
        # The first leg that fails hides whether the others are theirs.
        for leg in ask.command.legs:
            _is_refused(state, replace(ask, command=replace(ask.command, legs=(leg,))), stamp)


def _is_refused(state: State, ask: Ask, stamp: Stamp) -> bool:
    """Whether anything refuses a command on trial. Raises what says that it is not theirs."""
    try:
        _tried_on(state, ask, stamp)
    except Refusal as refusal:
        if refusal.STATUS == 403:
            raise
        return True
    finally:
        if state.journal.trying:
            state.journal.undo()
    return False


def _proposed(state: State, ask: Ask, stamp: Stamp) -> Answer:
    """Have a command wait for a second person, which was judged and would pass with one."""
    state.journal.begin()
    command = replace(ask.command, decision=None, propose=False)
    judging = Judging(state, replace(ask, command=command), stamp)
    proposal, expires_at = propose(judging, command)
    stored = tuple([_stored(event) for event in judging.events()])
    state.journal.keep()
    position = stored[-1].position
    body = _encoder.encode(
        Waits(proposal=proposal, needs=(SECOND_PERSON,), position=position, expires_at=expires_at)
    )
    receipt = receipt_of(ask, 202, body, position, judging.decision)
    return Answer(status=202, body=body, position=position, events=stored, receipt=receipt)


def _recorded(judging: Judging, ask: Ask, stored: tuple[StoredEvent, ...]) -> Answer:
    position = stored[-1].position
    body = _ANSWER % (
        judging.decision.encode(),
        position,
        b",".join([event.stored for event in stored]),
        _encoder.encode(judging.warnings) if judging.warnings else b"[]",
    )
    return Answer(
        status=201,
        body=body,
        position=position,
        events=stored,
        receipt=receipt_of(ask, 201, body, position, judging.decision),
    )


def _tried(judging: Judging, ask: Ask, events: tuple[Recorded, ...]) -> bytes:
    """The body of a dry run: what would be recorded, every position null."""
    return _encoder.encode(
        {
            "decision": judging.decision,
            "position": None,
            "events": [msgspec.json.decode(encode(event)) | {"position": None} for event in events],
            "warnings": judging.warnings,
            "dry_run": True,
        }
        | ({"needs": [SECOND_PERSON]} if _waits(judging, ask) else {})
    )


def _stored(event: Recorded) -> StoredEvent:
    stored = encode(event)
    if len(stored) > EVENT_BYTES_MAX:
        raise TooManyLegs(
            f"An event of {len(stored)} bytes: at most {EVENT_BYTES_MAX} fit, make it several",
            leg=event.leg[0],
        )
    return StoredEvent(
        position=event.position, topic=str(event.__struct_config__.tag), stored=stored
    )
