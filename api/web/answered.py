"""What the ledger answered to a form, as a page says it: yes, wait, or no with its numbers."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from msgspec import Struct

from api.problems import Problem
from api.web.events import Events
from api.web.rendering import address
from ledger.arithmetic import Arithmetic, Holder, NextFree
from ledger.asks import Answer
from ledger.codec import canonical, decode
from ledger.events import Event
from ledger.periods import Instant

Kind = Literal["would", "recorded", "waits", "refused"]


class Said(Struct, frozen=True, kw_only=True):
    """One event of an answer; `position` is None of what is not recorded."""

    sentence: str
    flags: tuple[str, ...]
    position: int | None
    effective_at: Instant
    authority: tuple[str, ...]


class Verdict(Struct, frozen=True, kw_only=True):
    """The answer. `code`, `detail` and what follows are those of a refusal."""

    kind: Kind
    status: int
    position: int | None = None
    said: tuple[Said, ...] = ()
    makes: str | None = None
    warnings: tuple[str, ...] = ()
    needs_second: bool = False
    proposal: str | None = None
    expires_at: Instant | None = None
    title: str = ""
    code: str = ""
    detail: str = ""
    arithmetic: Arithmetic | None = None
    next: tuple[NextFree, ...] = ()
    holders: tuple[Holder, ...] = ()
    offer: str | None = None


class _Warning(Struct, frozen=True):
    detail: str


class _Yes(Struct, frozen=True, kw_only=True):
    events: tuple[dict[str, object], ...] = ()
    warnings: tuple[_Warning, ...] = ()
    needs: tuple[str, ...] = ()
    proposal: str | None = None
    expires_at: Instant | None = None


class _Offer(Struct, frozen=True, kw_only=True):
    unit: str
    pools: tuple[str, ...]
    quantity: int
    starts_at: str | None = None
    ends_at: str | None = None
    justification: str


class _No(Struct, frozen=True, kw_only=True):
    title: str
    code: str
    detail: str
    arithmetic: Arithmetic | None = None
    next: tuple[NextFree, ...] = ()
    holders: tuple[Holder, ...] = ()
    offer: _Offer | None = None


def verdict(answer: Answer, events: Events) -> Verdict:
    """An answer of the ledger in the words of the page."""
    if answer.status >= 400:
        return _no(answer)
    yes = msgspec.json.decode(answer.body, type=_Yes)
    is_recorded = answer.status != 200
    told = _events(yes.events, answer.position)
    said = tuple(
        Said(
            sentence=sentence,
            flags=flags,
            position=event.position if is_recorded else None,
            effective_at=event.effective_at,
            authority=event.authority,
        )
        for event, (sentence, flags) in zip(told, events.would_say(told), strict=True)
    )
    return Verdict(
        kind="waits" if answer.status == 202 else "recorded" if is_recorded else "would",
        status=answer.status,
        position=answer.position if is_recorded else None,
        said=said,
        makes=_made(told),
        warnings=tuple(one.detail for one in yes.warnings),
        needs_second=bool(yes.needs),
        proposal=yes.proposal,
        expires_at=yes.expires_at,
    )


def refused(problem: Problem) -> Verdict:
    """What a door said no to before the ledger was asked."""
    return Verdict(
        kind="refused",
        status=problem.status,
        title=problem.title,
        code=problem.code,
        detail=problem.detail,
    )


def _events(told: Sequence[dict[str, object]], head: int) -> list[Event]:
    """The events of an answer; those of a dry run stand where they would be recorded now."""
    return [
        decode(canonical({**one, "position": one["position"] or head + 1 + index}))
        for index, one in enumerate(told)
    ]


def _made(told: Sequence[Event]) -> str | None:
    """The request or grant that the answer is about, if it is about one."""
    for event in told:
        for name in ("request", "grant"):
            found = getattr(event.data, name, None)
            if isinstance(found, str):
                return found
    return None


def _no(answer: Answer) -> Verdict:
    no = msgspec.json.decode(answer.body, type=_No)
    offer = None
    if no.offer is not None:
        asked = {**msgspec.structs.asdict(no.offer), "pools": " ".join(no.offer.pools)}
        offer = address("/act", {"do": "request", **asked})
    return Verdict(
        kind="refused",
        status=answer.status,
        title=no.title,
        code=no.code,
        detail=no.detail,
        arithmetic=no.arithmetic,
        next=no.next,
        holders=no.holders,
        offer=offer,
    )
