"""Judge one ask against the state and build the bytes of its answer, once."""

from typing import Final

import msgspec
from msgspec import Struct

from ledger.asks import Answer, Ask, Stamp
from ledger.codec import EVENT_BYTES_MAX, encode
from ledger.commands import Decision
from ledger.decide import decide
from ledger.decide.judging import Judging
from ledger.decide.limits import not_enough
from ledger.decide.shortage import holders, next_free
from ledger.events import Recorded
from ledger.log import Receipt, StoredEvent
from ledger.refusals import (
    NEVER_STORED,
    Arithmetic,
    Holder,
    NextFree,
    Refusal,
    TooManyLegs,
    Unfounded,
)
from ledger.state import State

PROBLEM: Final = "urn:allot:problem:"
"""A problem's `type` is this and the refusal's name (RFC 9457, RFC 8141)."""

_encoder = msgspec.json.Encoder()


class RefusalBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal as a problem document (RFC 9457). `position` = the head it was judged at."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    position: int
    leg: int | None = None
    arithmetic: Arithmetic | None = None
    next: tuple[NextFree, ...] = ()
    holders: tuple[Holder, ...] = ()


def answer(state: State, ask: Ask, stamp: Stamp) -> Answer:
    """Decide and evolve the state, or refuse and leave it as it was.

    Returns status 201 (200 for a dry run) with the events to store, or the refusal's status with
    an RFC 9457 problem as body. A dry run leaves the state as it was too. Whatever is raised, the
    state is as it was before.
    """
    state.tick(stamp.recorded_at)
    head = state.position
    journal = state.journal
    journal.begin()
    try:
        if state.root is None:
            raise Unfounded("The ledger has no founder yet: run `allot init`")
        judging = Judging(state, ask, stamp)
        events, shortage = decide(judging, ask.command)
        if shortage is not None:
            refusal = not_enough(judging, shortage)
            journal.undo()
            refusal.holders = holders(state, shortage)
            refusal.next_free = next_free(state, shortage)
            raise refusal
        stored = tuple([_stored(event) for event in events])
    except Refusal as refusal:
        journal.undo()
        return refused(refusal, ask, head)
    except BaseException:
        journal.undo()
        raise
    if ask.dry_run:
        journal.undo()
        return Answer(status=200, body=_tried(judging, events), position=head)
    journal.keep()
    return _recorded(judging, ask, stored)


def refused(refusal: Refusal, ask: Ask, head: int) -> Answer:
    """The answer to an ask that a rule, or the committer, says no to at a head."""
    body = _encoder.encode(
        RefusalBody(
            type=PROBLEM + refusal.code,
            title=refusal.TITLE,
            status=refusal.STATUS,
            code=refusal.code,
            detail=refusal.detail,
            position=head,
            leg=refusal.leg if isinstance(ask.command, Decision) else None,
            arithmetic=refusal.arithmetic,
            next=refusal.next_free,
            holders=refusal.holders,
        )
    )
    is_kept = not ask.dry_run and refusal.code not in NEVER_STORED
    return Answer(
        status=refusal.STATUS,
        body=body,
        position=head,
        code=refusal.code,
        receipt=_receipt(ask, refusal.STATUS, body, head, None) if is_kept else None,
    )


def _recorded(judging: Judging, ask: Ask, stored: tuple[StoredEvent, ...]) -> Answer:
    position = stored[-1].position
    body = b'{"decision":"%b","position":%d,"events":[%b],"warnings":%b}' % (
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
        receipt=_receipt(ask, 201, body, position, judging.decision),
    )


def _tried(judging: Judging, events: tuple[Recorded, ...]) -> bytes:
    """The body of a dry run: what would be recorded, every position null."""
    return _encoder.encode(
        {
            "decision": judging.decision,
            "position": None,
            "events": [msgspec.json.decode(encode(event)) | {"position": None} for event in events],
            "warnings": judging.warnings,
            "dry_run": True,
        }
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


def _receipt(ask: Ask, status: int, body: bytes, position: int, decision: str | None) -> Receipt:
    return Receipt(
        person=ask.by,
        key=ask.key,
        fingerprint=ask.fingerprint,
        status=status,
        body=body,
        position=position,
        decision=decision,
    )
