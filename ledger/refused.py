"""Refusals as answers: the problem document that each is told as, and what is kept of it."""

from typing import Final

import msgspec
from msgspec import Struct

from ledger.asks import Answer, Ask, receipt_of
from ledger.commands import Decision
from ledger.decide.offers import Offer
from ledger.refusals import NEVER_STORED, Arithmetic, Holder, NextFree, Refusal

PROBLEM: Final = "urn:allot:problem:"
"""A problem's `type` is this and the refusal's name (RFC 9457, RFC 8141)."""

_encoder = msgspec.json.Encoder()


class RefusalBody(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A refusal as a problem document (RFC 9457).

    `position` = the head it was judged at; None, and left out, of what was not judged.
    """

    type: str
    title: str
    status: int
    code: str
    detail: str
    position: int | None = None
    leg: int | None = None
    arithmetic: Arithmetic | None = None
    next: tuple[NextFree, ...] = ()
    holders: tuple[Holder, ...] = ()
    offer: Offer | None = None


def refusal_body(
    refusal: Refusal, head: int, leg: int | None = None, instead: Offer | None = None
) -> bytes:
    """A refusal at a head as a problem document; `leg` is told of a decision's."""
    return _encoder.encode(
        RefusalBody(
            type=PROBLEM + refusal.code,
            title=refusal.TITLE,
            status=refusal.STATUS,
            code=refusal.code,
            detail=refusal.detail,
            position=head,
            leg=leg,
            arithmetic=refusal.arithmetic,
            next=refusal.next_free,
            holders=refusal.holders,
            offer=instead,
        )
    )


def no(refusal: Refusal, head: int) -> Answer:
    """A refusal of which nothing is kept."""
    body = refusal_body(refusal, head)
    return Answer(status=refusal.STATUS, body=body, position=head, code=refusal.code)


def refused(refusal: Refusal, ask: Ask, head: int, instead: Offer | None = None) -> Answer:
    """The answer to an ask that a rule, or the committer, says no to at a head."""
    leg = refusal.leg if isinstance(ask.command, Decision) else None
    body = refusal_body(refusal, head, leg, instead)
    is_kept = not ask.dry_run and refusal.code not in NEVER_STORED
    return Answer(
        status=refusal.STATUS,
        body=body,
        position=head,
        code=refusal.code,
        receipt=receipt_of(ask, refusal.STATUS, body, head, None) if is_kept else None,
    )
