"""Decisions made on a page: tried first, shown in words, and recorded under the form's key."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Final, TypeVar
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Query, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.decisions.parsing import Parsed, parse_command
from api.problems import Problem, invalid
from api.reads.reading import once_reflected
from api.scopes import SignedIn
from api.web.actors import actor, sent_by
from api.web.answered import Verdict, refused, verdict
from api.web.catching_up import SOON_S, Late, once_caught_up
from api.web.confirming import Confirming, who_may
from api.web.doorway import PageRoute, Visit, acting
from api.web.facts import EventRow
from api.web.forms import Form, Sent, wrong_field
from api.web.frame import render
from api.web.offered import form_for
from api.web.pools import Link
from api.web.reads import UUID
from api.web.record import Record
from api.web.rendering import address
from api.web.showing import View, Visiting, shown
from api.web.typed import fields_of, is_as_it_was
from ledger.asks import Answer, Ask
from ledger.facts import Via

T = TypeVar("T")
router = APIRouter(route_class=PageRoute, include_in_schema=False)

RECORD: Final = "record"
NEWS: Final = 10
_ANEW: Final = ("csrf", "key", "seen", "step", "tried_as")
"""What a page that shows an answer says anew of a form; all else it hands on as it came."""


class Lead(Struct, frozen=True):
    """Where a page leads on to."""

    href: str
    says: str


class Tried(Struct, frozen=True, kw_only=True):
    """What came of a form: the ledger's answer, or what was wrong with it before it was asked.

    `news` were recorded about the same request after the person looked: then it was only tried.
    `key` is the idempotency key under which it is recorded next, by whom it was `tried_as`.
    """

    answer: Answer | None
    wrong: Problem | None
    news: tuple[EventRow, ...]
    confirming: Confirming | None
    key: str
    tried_as: str


@router.get("/act")
async def show_form(visit: Visiting, do: Annotated[str, Query()] = "") -> Response:
    """One form by itself, begun with what the link says. Problem 404."""
    given = Sent(
        {
            name: text.split() if name == "pools" else [text]
            for name, text in visit.kept.items()
        }
    )  # fmt: skip

    def show(record: Record, _: Link) -> View:
        form = form_for(record, do, given).begun(given)
        return {"title": form.title, "form": form}

    return await shown(visit, "form.html", "", show, asks=True)


@router.post("/act")
async def act(request: Request) -> Response:
    """Try what a form says, or with `step` = record have it recorded; say what came of it."""
    sent = await sent_by(request)
    who = await actor(request, sent)
    seen = acting(request, who)
    tried = await _tried(seen, who, sent)

    def build(visit: Visit, late: Late | None = None) -> Response:
        with visit.record() as record:
            found = _verdict(tried, record)
            view = _view(record, sent, tried, found, late)
            frame = visit.frame("", record)
        return render("act.html", frame, view, 200 if found.kind == "would" else found.status)

    if tried.answer is None:
        return await _reflected(seen, build)
    # In words that the read models may still lack, such as what the units of a new pool are called.
    shown = await once_caught_up(
        seen,
        tried.answer.position,
        lambda visit: _reflected(visit, build),
        within_s=SOON_S if tried.answer.status in (201, 202) else None,
    )
    if isinstance(shown, Late):
        # It is recorded whatever can be read, and the page says so all the same.
        return await _reflected(seen, partial(build, late=shown))
    return shown


async def _reflected(visit: Visit, build: Callable[[Visit], T]) -> T:
    """What is found once what a visit asks for is reflected. Problem 503 if late."""
    return await once_reflected(visit.running, visit.asked, lambda: build(visit))


async def _tried(seen: Visit, who: SignedIn, sent: Sent) -> Tried:
    do = sent.text("do")
    try:
        parsed = parse_command(msgspec.json.encode(fields_of(do, sent)), do)
        if not UUID.match(sent.text("key")):
            raise invalid("The form has no key of its own: open it anew.", parameter="key")
        _demand_same(who, sent)
    except Problem as problem:
        if problem.status != 422:
            raise
        return Tried(
            answer=None, wrong=problem, news=(), confirming=None, key="", tried_as=who.person
        )
    news = await _news(seen, sent)
    is_meant = sent.text("step") == RECORD and not news
    key = sent.text("key") if is_meant else await _unused(seen, who, parsed, sent.text("key"))
    answer = await _asked(seen, who, parsed, key if is_meant else None)
    confirming = await _confirming(seen, answer) if answer.status == 202 else None
    return Tried(
        answer=answer, wrong=None, news=news, confirming=confirming, key=key, tried_as=who.person
    )


def _demand_same(who: SignedIn, sent: Sent) -> None:
    """Problem 422 for a form that was tried as one person and is sent as another."""
    tried_as = sent.text("tried_as")
    if sent.text("step") == RECORD and tried_as not in ("", who.person):
        raise invalid(f"This was tried as {tried_as}, and you act as {who.person}: try it anew.")


async def _unused(seen: Visit, who: SignedIn, parsed: Parsed, key: str) -> str:
    """The key of a form; another one where it was used for something else, by going back to it."""
    found = await run_in_threadpool(seen.running.log.receipt, (who.person, key))
    return key if found is None or found.fingerprint == parsed.fingerprint else str(uuid4())


async def _confirming(seen: Visit, answer: Answer) -> Confirming | None:
    """Who may confirm what now waits; None when the read models do not know of it in time."""
    proposal = _proposal(answer)
    found = await once_caught_up(
        seen, answer.position, lambda visit: who_may(visit, proposal), within_s=SOON_S
    )
    return None if isinstance(found, Late) else found


async def _asked(seen: Visit, who: SignedIn, parsed: Parsed, key: str | None) -> Answer:
    """The ledger's answer, by the same desk as that of every other door; without a key, tried."""
    ask = Ask(
        command=parsed.command,
        by=who.person,
        via=Via(tool="page", credential=who.credential),
        key=key or "",
        fingerprint=parsed.fingerprint,
        dry_run=key is None,
    )
    return await seen.running.desk.ask(ask)


async def _news(seen: Visit, sent: Sent) -> tuple[EventRow, ...]:
    """What was recorded about a request after the position of the page that its form stood on.

    Problem 503 where that cannot be read in time: then nothing is recorded. Of the units that a
    command names the ledger itself says whether they changed.
    """
    request, looked_at = sent.text("request"), sent.whole("seen", "The position looked at")
    if not UUID.match(request) or looked_at is None or sent.text("do") == "grant":
        return ()

    def find(visit: Visit) -> tuple[EventRow, ...]:
        with visit.record() as record:
            found = record.events.recent(NEWS, request=request)
        return tuple(event for event in reversed(found) if event.position > looked_at)

    found = await once_caught_up(seen, seen.running.head(), lambda visit: _reflected(visit, find))
    if isinstance(found, Late):
        raise found.why
    return found


def _verdict(tried: Tried, record: Record) -> Verdict:
    if tried.wrong is not None:
        return refused(tried.wrong)
    if tried.answer is None:
        raise LookupError("a form was neither read nor refused")
    return verdict(tried.answer, record.events)


def _view(
    record: Record, sent: Sent, tried: Tried, found: Verdict, late: Late | None
) -> dict[str, object]:
    do = sent.text("do")
    is_over = found.kind in ("recorded", "waits")
    wrong = None if tried.wrong is None else wrong_field(tried.wrong)
    form = None if is_over else _filled(form_for(record, do, sent), sent, wrong)
    rights = dict.fromkeys(one for said in found.said for one in said.authority)
    return {
        "title": _TITLES[found.kind],
        "verdict": found,
        "form": form,
        "hidden": [
            *(pair for pair in sent.items() if pair[0] not in _ANEW),
            ("key", tried.key),
            ("tried_as", tried.tried_as),
        ],
        "seen": record.position,
        "news": tried.news,
        "rights": record.events.rights(tuple(rights)),
        "confirming": tried.confirming,
        "leads": _leads(do, sent, found, late),
        "late": late if is_over else None,
        "names": record.names,
    }


def _filled(form: Form, sent: Sent, wrong: str | None) -> Form:
    return form.filled(sent, wrong, lambda name: is_as_it_was(sent, name))


def _leads(do: str, sent: Sent, found: Verdict, late: Late | None) -> Sequence[Lead]:
    """Where to go on: to what a form was about, as it is once this is reflected.

    As it is now where nobody feeds the read models: a page would wait in vain.
    """
    is_awaited = found.position is not None and (late is None or late.is_fed)
    after = {"min_position": found.position} if is_awaited else {}
    leads: list[Lead] = []
    if found.proposal is not None:
        href = address("/proposal", {"proposal": found.proposal, **after})
        leads.append(Lead(href, "The proposal"))
    if do == "grant" and found.kind == "recorded" and found.makes is not None:
        leads.append(Lead(address("/grant", {"grant": found.makes, **after}), "The grant"))
    if sent.text("grant"):
        leads.append(Lead(address("/grant", {"grant": sent.text("grant"), **after}), "The grant"))
    request = found.makes if do == "request" and found.kind == "recorded" else sent.text("request")
    if request:
        leads.append(Lead(address("/request", {"request": request, **after}), "The request"))
    if do == "decision":
        href = address("/unit", {"unit": sent.text("unit"), **after})
        leads.append(Lead(href, sent.text("unit")))
    if do == "split":
        href = address("/unit", {"unit": sent.text("parent"), **after})
        leads.append(Lead(href, f"Budgets of {sent.text('parent')}"))
    if sent.text("proposal"):
        href = address("/proposal", {"proposal": sent.text("proposal"), **after})
        leads.append(Lead(href, "The proposal"))
    return leads


def _proposal(answer: Answer) -> str:
    return str(msgspec.json.decode(answer.body, type=dict[str, object])["proposal"])


_TITLES: Final = {
    "would": "This is what will be recorded",
    "recorded": "Recorded",
    "waits": "It waits for a second person",
    "refused": "Refused",
}
