"""Sign in with a token, sign out, and in open mode say as whom to act: each proves its origin."""

import secrets
from collections.abc import Sequence
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.issuers import PERSON_LENGTH_MAX
from api.problems import Problem, invalid
from api.running import running
from api.web.actors import AS_COOKIE, demand_ours, sent_by
from api.web.doorway import PageRoute, outside
from api.web.forms import Sent
from api.web.frame import render
from api.web.record import Record
from api.web.rendering import HEADERS
from api.web.sessions import ANONYMOUS_COOKIE, COOKIE, HOURS, TooLong
from api.web.showing import View, Visiting, shown
from ledger.terms import person

ROLES_SAID: Final = 6
"""Of so many of a person's roles a list of people tells, and of how many more there are."""

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/sign-in")
async def form(request: Request, then: Annotated[str, Query()] = "/") -> Response:
    """The form; in open mode there is nothing to sign in to."""
    if running(request).identity.is_open:
        return RedirectResponse("/", 303, HEADERS)
    return _form(request, then)


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Swap a token for a session cookie."""
    sent = await sent_by(request)
    visit = request.cookies.get(ANONYMOUS_COOKIE, "")
    if not visit or not running(request).sessions.proves(visit, sent.text("csrf")):
        return _form(request, _then(sent), "The form had gone stale. Try once more.", 403)
    token = sent.text("token")
    try:
        await running(request).identity.of_token(token)
    except Problem as problem:
        if problem.status not in (401, 403):
            raise
        return _form(request, _then(sent), problem.detail, problem.status)
    try:
        session = running(request).sessions.seal(token)
    except TooLong:
        return _form(request, _then(sent), "The token is too long for a session.", 422)
    answer = RedirectResponse(_inside(_then(sent)), 303, HEADERS)
    _keep(request, answer, COOKIE, session)
    answer.delete_cookie(ANONYMOUS_COOKIE)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Forget the session cookie."""
    sent = await sent_by(request)
    cookie = request.cookies.get(COOKIE, "")
    if not running(request).sessions.proves(cookie, sent.text("csrf")):
        raise Problem(403, "Forged", "This form does not come from a page of yours.")
    answer = RedirectResponse("/sign-in", 303, HEADERS)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/act-as")
async def choose(visit: Visiting) -> Response:
    """As whom the page acts, where anybody on this machine may act as anybody. Problem 404."""
    _demand_open(visit.running.identity.is_open)

    def show(record: Record, _: object) -> View:
        roles: dict[str, list[str]] = {}
        for one in record.reads.delegations():
            name = record.names.get(one.unit, one.unit)
            pools = "" if one.pools is None else f" for {' and '.join(one.pools)}"
            most = "" if one.most is None else f", at most {one.most:,} at once"
            roles.setdefault(one.to, []).append(f"{one.role} of {name}{pools}{most}")
        people = [(name, _some(said)) for name, said in roles.items()]
        return {"title": "Act as", "people": people}

    return await shown(visit, "act_as.html", "", show, asks=True)


@router.post("/act-as")
async def act_as(request: Request) -> Response:
    """Act as somebody from now on; empty: as who acts by default. Problem 403, 404, 422."""
    sent = await sent_by(request)
    demand_ours(request, sent)
    identity = running(request).identity
    _demand_open(identity.is_open)
    await identity.of(request, "write")
    answer = RedirectResponse("/", 303, HEADERS)
    name = sent.text("person")
    if not name:
        answer.delete_cookie(AS_COOKIE)
        return answer
    try:
        chosen = person(name, "who acts")
    except ValueError as wrong:
        raise invalid(f"{wrong}.", parameter="person") from wrong
    if len(chosen) > PERSON_LENGTH_MAX:
        raise invalid(f"A person has at most {PERSON_LENGTH_MAX} characters.", parameter="person")
    _keep(request, answer, AS_COOKIE, quote(chosen))
    return answer


def _demand_open(is_open: bool) -> None:
    if not is_open:
        raise Problem(404, "NoSuchPlace", "Here everybody acts by their own token.")


def _form(request: Request, then: str, wrong: str | None = None, status: int = 200) -> Response:
    visit = request.cookies.get(ANONYMOUS_COOKIE) or secrets.token_urlsafe(24)
    proof = running(request).sessions.proof(visit)
    view = {"title": "Sign in", "wrong": wrong, "csrf": proof, "then": _inside(then)}
    page = render("sign_in.html", outside(request, None), view, status)
    _keep(request, page, ANONYMOUS_COOKIE, visit)
    return page


def _keep(request: Request, answer: Response, name: str, cookie: str) -> None:
    answer.set_cookie(
        name,
        cookie,
        max_age=HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _then(sent: Sent) -> str:
    return sent.text("then") or "/"


def _inside(address: str) -> str:
    # Only a path of this site: `//host` and `/\host` lead elsewhere.
    return address if address[:1] == "/" and address[1:2] not in {"/", "\\"} else "/"


def _some(roles: Sequence[str]) -> str:
    """Roles in a line, the first of many."""
    more = len(roles) - ROLES_SAID
    return "; ".join(roles[:ROLES_SAID]) + (f"; and {more} more" if more > 0 else "")
