"""Decisions made on a page: tried first, shown in words, and recorded under the form's key."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Final, TypeVar
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.decisions.parsing import Parsed, parse_command
from api.problems import Problem, invalid
from api.reads.reading import once_reflected
from api.scopes import SignedIn
from api.web.acted import Tried, looked_at, verdict_on, view_of
from api.web.actors import actor, sent_by
from api.web.again import RECORD, UNANSWERED, ask_again, unanswered
from api.web.catching_up import SOON_S, Late, once_caught_up
from api.web.confirming import Confirming, who_may
from api.web.doorway import AWAY, PageRoute, Visit, acting, out_of_reach
from api.web.facts import EventRow
from api.web.forms import Sent
from api.web.frame import render
from api.web.offered import form_for
from api.web.pools import Link
from api.web.reads import UUID
from api.web.record import Record
from api.web.showing import View, Visiting, shown
from api.web.typed import Fields, fields_of
from ledger.asks import Answer, Ask
from ledger.facts import Via

T = TypeVar("T")
router = APIRouter(route_class=PageRoute, include_in_schema=False)

NEWS: Final = 10


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
    try:
        return await _acted(request, sent)
    except Problem as problem:
        if problem.status not in UNANSWERED:
            raise
        return ask_again(request, sent, problem)
    except AWAY as away:
        return ask_again(request, sent, out_of_reach(request, away))


async def _acted(request: Request, sent: Sent) -> Response:
    who = await actor(request, sent)
    seen = acting(request, who)
    tried = await _tried(seen, who, sent)

    def build(visit: Visit, late: Late | None = None) -> Response:
        with visit.record() as record:
            found = verdict_on(tried, record)
            view = view_of(record, sent, tried, found, late)
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
    fields: Fields | None = None
    try:
        fields = fields_of(do, sent)
        parsed = parse_command(msgspec.json.encode(fields), do)
        if not UUID.match(sent.text("key")):
            raise invalid("The form has no key of its own: open it anew.", parameter="key")
        _demand_same(who, sent)
    except Problem as problem:
        if problem.status != 422:
            raise
        news = await _news(seen, sent)
        return Tried(
            fields=fields, answer=None, wrong=problem, news=news, confirming=None, key="",
            tried_as=who.person,
        )  # fmt: skip
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
    """The ledger's answer, by the same desk as that of every other door; without a key, tried.

    Problem 500, 503 where it could not judge.
    """
    ask = Ask(
        command=parsed.command,
        by=who.person,
        via=Via(tool="page", credential=who.credential),
        key=key or "",
        fingerprint=parsed.fingerprint,
        dry_run=key is None,
    )
    answer = await seen.running.desk.ask(ask)
    if answer.status >= 500:
        raise unanswered(answer)
    return answer


async def _news(seen: Visit, sent: Sent) -> tuple[EventRow, ...]:
    """What was recorded about a request after the position of the page that its form stood on.

    Problem 503 where that cannot be read in time: then nothing is recorded. Of the units that a
    command names the ledger itself says whether they changed.
    """
    request, position = sent.text("request"), looked_at(sent)
    if not UUID.match(request) or position is None or sent.text("do") == "grant":
        return ()

    def find(visit: Visit) -> tuple[EventRow, ...]:
        with visit.record() as record:
            found = record.events.recent(NEWS, request=request)
        return tuple(event for event in reversed(found) if event.position > position)

    found = await once_caught_up(seen, seen.running.head(), lambda visit: _reflected(visit, find))
    if isinstance(found, Late):
        raise found.why
    return found


def _proposal(answer: Answer) -> str:
    return str(msgspec.json.decode(answer.body, type=dict[str, object])["proposal"])
