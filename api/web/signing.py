"""Sign in with a token, sign out: the only forms of the page, each with its proof of origin."""

import secrets
from typing import Annotated, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.bodies import read_body
from api.problems import Problem
from api.running import running
from api.web.doorway import PageRoute, outside
from api.web.frame import render
from api.web.rendering import HEADERS
from api.web.sessions import ANONYMOUS_COOKIE, COOKIE, HOURS, TooLong

FORM_BYTES_MAX: Final = 16_384

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
    sent = await _sent(request)
    visit = request.cookies.get(ANONYMOUS_COOKIE, "")
    if not visit or not running(request).sessions.proves(visit, sent.get("csrf", "")):
        return _form(request, sent.get("then", "/"), "The form had gone stale. Try once more.", 403)
    token = sent.get("token", "").strip()
    try:
        await running(request).identity.of_token(token)
    except Problem as problem:
        if problem.status not in (401, 403):
            raise
        return _form(request, sent.get("then", "/"), problem.detail, problem.status)
    try:
        session = running(request).sessions.seal(token)
    except TooLong:
        return _form(request, sent.get("then", "/"), "The token is too long for a session.", 422)
    answer = RedirectResponse(_inside(sent.get("then", "/")), 303, HEADERS)
    _keep(request, answer, COOKIE, session)
    answer.delete_cookie(ANONYMOUS_COOKIE)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """Forget the session cookie."""
    sent = await _sent(request)
    cookie = request.cookies.get(COOKIE, "")
    if not running(request).sessions.proves(cookie, sent.get("csrf", "")):
        raise Problem(403, "Forged", "This form does not come from a page of yours.")
    answer = RedirectResponse("/sign-in", 303, HEADERS)
    answer.delete_cookie(COOKIE)
    return answer


def _form(request: Request, then: str, wrong: str | None = None, status: int = 200) -> Response:
    visit = request.cookies.get(ANONYMOUS_COOKIE) or secrets.token_urlsafe(24)
    proof = running(request).sessions.proof(visit)
    view = {"title": "Sign in", "wrong": wrong, "csrf": proof, "then": _inside(then)}
    page = render("sign_in.html", outside(request, None), view, status)
    _keep(request, page, ANONYMOUS_COOKIE, visit)
    return page


async def _sent(request: Request) -> dict[str, str]:
    body = await read_body(request, FORM_BYTES_MAX, running(request).settings.body_s)
    given = parse_qs(body.decode(errors="replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in given.items()}


def _keep(request: Request, answer: Response, name: str, cookie: str) -> None:
    answer.set_cookie(
        name,
        cookie,
        max_age=HOURS * 3600,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def _inside(address: str) -> str:
    # Only a path of this site: `//host` and `/\host` lead elsewhere.
    return address if address[:1] == "/" and address[1:2] not in {"/", "\\"} else "/"
