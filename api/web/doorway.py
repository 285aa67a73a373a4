"""Who looks at a page: what is refused becomes a page, and who is unknown is asked to sign in."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from msgspec import Struct
from starlette.responses import Response

from api.problems import Problem, invalid
from api.running import Running, running
from api.web.clocks import Clocks, read_clocks
from api.web.frame import Frame, render, time_bar
from api.web.rendering import HEADERS, TEMPLATES, address
from api.web.sessions import COOKIE
from ledger.periods import Instant, from_datetime

CLOCKS = ("valid_at", "known_at")


class Visit(Struct, frozen=True, kw_only=True):
    """One look at a page: by whom, at which clocks, with which other parameters."""

    running: Running
    person: str
    clocks: Clocks
    path: str
    kept: dict[str, str]
    csrf: str

    def frame(
        self, section: str, valid_at: Instant, position: int, *, takes_valid: bool = True
    ) -> Frame:
        """What stands around the page, whose answer reflects a position."""
        return Frame(
            path=self.path,
            section=section,
            kept=self.kept,
            clocks=time_bar(self.clocks, valid_at, position, takes_valid=takes_valid),
            person=self.person,
            open_mode=self.running.identity.is_open,
            csrf=self.csrf,
            invented=self.running.settings.invented,
            position=position,
            live=self.clocks.known_at is None,
        )


async def visit(request: Request) -> Visit:
    """The visit a request is: a dependency of every page. Problem 401, 422."""
    person = (await running(request).identity.of(request)).person
    request.state.person = person
    asked = request.query_params
    for name in asked:
        if len(asked.getlist(name)) > 1:
            raise invalid(f"{name} is given twice.", parameter=name)
    try:
        clocks = read_clocks(asked.get("valid_at", ""), asked.get("known_at", ""))
    except ValueError as wrong:
        raise invalid(f"The time bar: {wrong}.") from wrong
    return Visit(
        running=running(request),
        person=person,
        clocks=clocks,
        path=request.url.path,
        kept={name: text for name, text in asked.items() if name not in CLOCKS},
        csrf=running(request).sessions.proof(request.cookies.get(COOKIE, "")),
    )


def outside(request: Request, person: str | None) -> Frame:
    """What stands around a page that shows nothing of the record."""
    now = from_datetime(datetime.now(UTC))
    return Frame(
        path=request.url.path,
        section="",
        kept={},
        clocks=time_bar(Clocks(), now, 0),
        person=person,
        open_mode=running(request).identity.is_open,
        csrf=running(request).sessions.proof(request.cookies.get(COOKIE, "")),
        invented=running(request).settings.invented,
        position=None,
        live=False,
    )


class PageRoute(APIRoute):
    """A route whose refusals are pages, because people read them."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The endpoint, with problems caught on their way out."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except Problem as problem:
                if problem.status == 401:
                    return _ask_who(request)
                view = {"title": problem.title, "detail": problem.detail}
                frame = outside(request, getattr(request.state, "person", None))
                page = render("refused.html", frame, view, problem.status)
                page.headers.update(problem.headers)
                return page

        return handle


def _ask_who(request: Request) -> Response:
    # A link followed from elsewhere comes without the SameSite=Strict cookie. A page of ours that
    # leads to the same address makes it a step inside the site, which carries the cookie.
    target = address(request.url.path, dict(request.query_params))
    if request.headers.get("sec-fetch-site") == "cross-site":
        text = TEMPLATES.get_template("enter.html").render(target=target)
        return HTMLResponse(text, headers=HEADERS)
    return RedirectResponse(address("/sign-in", {"then": target}), 303, HEADERS)
