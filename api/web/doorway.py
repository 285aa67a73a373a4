"""Who looks at a page: what is refused becomes a page, and who is unknown is asked to sign in."""

from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import psycopg
import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from msgspec import Struct
from msgspec.structs import replace
from psycopg_pool import PoolTimeout
from starlette.responses import Response

from api.problems import Problem, count_limit, invalid, unavailable
from api.reads.asked import Asked
from api.reads.look import look
from api.running import Running, running
from api.scopes import SignedIn, covers
from api.web.actors import reader
from api.web.clocks import Clocks, read_clocks
from api.web.frame import Frame, render, time_bar
from api.web.record import Record
from api.web.rendering import HEADERS, TEMPLATES, address
from api.web.sessions import COOKIE
from ledger.log import LogUnavailable
from ledger.periods import from_datetime

PASSING: Final = ("valid_at", "known_at", "before", "min_position")
"""Parameters that no link carries on: the clocks, a place in a list at them, what was awaited."""


AWAY: Final = (LogUnavailable, psycopg.OperationalError, PoolTimeout)
"""How it shows that the database cannot be reached; any other failure of it is a bug."""

_log = structlog.get_logger()


class Visit(Struct, frozen=True, kw_only=True):
    """One look at a page: by whom, at which clocks, with which other parameters."""

    running: Running
    who: SignedIn
    clocks: Clocks
    asked: Asked
    path: str
    kept: dict[str, str]
    csrf: str

    @contextmanager
    def record(self) -> Generator[Record]:
        """The record at the clocks, in one snapshot. Problem 422 for a known_at in the future."""
        with look(self.running.pool, self.asked) as seen:
            at = seen.clocks(self.asked)
            yield Record(seen, position=at.known_at, valid_at=at.valid_at)

    def after(self, position: int, *, within_s: float | None = None) -> "Visit":
        """The same visit once a position is reflected, for which it waits so long, or as usual."""
        known = {"min_position": str(position)}
        if within_s is not None:
            known["wait_s"] = f"{within_s:g}"
        scope = {"type": "http", "path": self.path, "headers": ()}
        query = urlencode(known).encode()
        return replace(self, asked=Asked(Request({**scope, "query_string": query}), known))

    def frame(
        self, section: str, record: Record, *, takes_valid: bool = True, asks: bool = False
    ) -> Frame:
        """What stands around a page that shows the record."""
        return Frame(
            path=self.path,
            section=section,
            kept=self.kept,
            clocks=time_bar(
                self.clocks,
                record.valid_at,
                record.position,
                takes_valid=takes_valid,
                now=record.now,
                recorded_at=record.recorded_at,
            ),
            person=self.who.person,
            open_mode=self.running.identity.is_open,
            csrf=self.csrf,
            invented=self.running.settings.invented,
            position=record.position,
            live=self.clocks.known_at is None,
            behind=max(0, self.running.head() - record.position),
            asks=asks,
            may_write=covers(self.who.scope, "write"),
        )


async def visit(request: Request) -> Visit:
    """The visit a request is: a dependency of every page. Problem 401, 422."""
    who = await reader(request)
    request.state.person = who.person
    asked = request.query_params
    for name in asked:
        if len(asked.getlist(name)) > 1:
            raise invalid(f"{name} is given twice.", parameter=name)
    try:
        clocks = read_clocks(asked.get("valid_at", ""), asked.get("known_at", ""))
    except ValueError as wrong:
        raise invalid(f"The time bar: {wrong}.") from wrong
    return _visit(request, who, clocks, asked.get("min_position"))


def acting(request: Request, who: SignedIn) -> Visit:
    """The visit of who sent a form: it sees the record as it is now."""
    request.state.person = who.person
    return _visit(request, who, Clocks(), None)


def _visit(request: Request, who: SignedIn, clocks: Clocks, after: str | None) -> Visit:
    return Visit(
        running=running(request),
        who=who,
        clocks=clocks,
        asked=_asked(request, clocks, after),
        path=request.url.path,
        kept=_kept(request),
        csrf=_csrf(request),
    )


def _asked(request: Request, clocks: Clocks, after: str | None) -> Asked:
    # The clocks as the API takes them: what people type is shorter than what programs send.
    known = {**clocks.kept, **({} if after is None else {"min_position": after})}
    query = urlencode(known).encode()
    return Asked(Request({**request.scope, "query_string": query}), known)


def outside(request: Request, person: str | None) -> Frame:
    """What stands around a page that shows nothing of the record."""
    now = from_datetime(datetime.now(UTC))
    bar = time_bar(Clocks(), now, 0, now=now)
    asked = request.query_params
    typed = replace(
        bar,
        answered=False,
        valid_text=asked.get("valid_at", ""),
        known_text=asked.get("known_at", ""),
    )
    # What was sent to an address cannot be asked of it anew: the time bar leads to the overview.
    is_asked = request.method != "POST"
    return Frame(
        path=request.url.path if is_asked else "/",
        section="",
        kept=_kept(request) if is_asked else {},
        clocks=typed,
        person=person,
        open_mode=running(request).identity.is_open,
        csrf=_csrf(request),
        invented=running(request).settings.invented,
        position=None,
        live=False,
        behind=0,
    )


def _kept(request: Request) -> dict[str, str]:
    return {name: text for name, text in request.query_params.items() if name not in PASSING}


def _csrf(request: Request) -> str:
    return running(request).sessions.proof(request.cookies.get(COOKIE, ""))


class PageRoute(APIRoute):
    """A route whose refusals are pages, because people read them."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        if self.methods and "GET" in self.methods:
            self.methods.add("HEAD")

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, with problems caught on their way out."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except Problem as problem:
                count_limit(request, problem)
                is_asked = problem.status == 401 and request.method != "POST"
                return _ask_who(request) if is_asked else _refused(request, problem)
            except RequestValidationError as wrong:
                names = ", ".join(str(one["loc"][-1])[:50] for one in wrong.errors())
                return _refused(request, invalid(f"Not understood: {names}."))
            except AWAY as away:
                problem = out_of_reach(request, away)
                count_limit(request, problem)
                return _refused(request, problem)

        return handle


def out_of_reach(request: Request, away: BaseException) -> Problem:
    """What a page says while the database cannot be reached, which the log is told as well."""
    _log.warning("answered 503", path=request.url.path, why=str(away))
    return unavailable(away)


def _refused(request: Request, problem: Problem) -> Response:
    leads = ("/sign-in", "Sign in") if problem.status == 401 else ("/", "To the overview")
    view = {"title": problem.title, "detail": problem.detail, "leads": leads}
    frame = outside(request, getattr(request.state, "person", None))
    page = render("refused.html", frame, view, problem.status)
    page.headers.update(problem.headers)
    return page


def _ask_who(request: Request) -> Response:
    # A link followed from elsewhere comes without the SameSite=Strict cookie. A page of ours that
    # leads to the same address makes it a step inside the site, which carries the cookie.
    target = address(request.url.path, dict(request.query_params))
    if request.headers.get("sec-fetch-site") == "cross-site":
        text = TEMPLATES.get_template("enter.html").render(target=target)
        return HTMLResponse(text, headers=HEADERS)
    return RedirectResponse(address("/sign-in", {"then": target}), 303, HEADERS)
