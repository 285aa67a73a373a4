"""Who acts through a page: by their own session, from a form of ours, or nothing happens."""

from typing import Final
from urllib.parse import unquote, urlsplit

from fastapi import Request

from api.bodies import read_body
from api.problems import Problem
from api.running import running
from api.scopes import SignedIn
from api.web.forms import Sent
from api.web.sessions import COOKIE
from ledger.terms import person

FORM_BYTES_MAX: Final = 512 * 1024
"""A split of 500 units, each with its limits and what they were, is the longest form."""
AS_COOKIE: Final = "allot-as"
"""In open mode: who the page acts as, of those that anybody on this machine may act as."""


async def reader(request: Request) -> SignedIn:
    """Who looks at a page. Problem 401, 403, 421, 429."""
    who = await running(request).identity.of(request)
    return _named(request, who) if running(request).identity.is_open else who


async def actor(request: Request, sent: Sent) -> SignedIn:
    """Who sent a form that decides, counted as a command of theirs.

    Problem 403 for a form that is not one of ours, or a token that only reads; 401 without a
    session that still holds; 421 in open mode for a foreign name of this machine; 429.
    """
    _demand_our_origin(request)
    identity = running(request).identity
    if identity.is_open:
        _demand_proof(request, sent)
        return _named(request, await identity.of(request, "write"))
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        # Browsers drop it when the session is over: a form of that session can prove nothing.
        raise _signed_out()
    token = identity.sessions.open(cookie)
    if token is None:
        raise _signed_out()
    _demand_proof(request, sent)
    who = await identity.of_token(token, "write")
    identity.count(who, "write", 1)
    return who


async def sent_by(request: Request) -> Sent:
    """The fields of the form that a request brings. Problem 400, 408, 413."""
    body = await read_body(request, FORM_BYTES_MAX, running(request).settings.body_s)
    return Sent.of(body)


def demand_ours(request: Request, sent: Sent) -> None:
    """Problem 403 unless a form comes from a page that this service gave to this browser.

    What the browser says of the origin is believed first: no page can forge it. That is
    Sec-Fetch-Site (Fetch Metadata), or from browsers without it the Origin (RFC 6454). Then the
    form itself proves that its page was rendered for this session.
    """
    _demand_our_origin(request)
    _demand_proof(request, sent)


def _demand_our_origin(request: Request) -> None:
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    is_ours = site == "same-origin"
    if site is None and origin is not None:
        is_ours = urlsplit(origin).netloc == request.headers.get("host")
    if not is_ours:
        raise Problem(
            403,
            "Forged",
            "This form does not come from a page of this ledger: nothing was recorded.",
        )


def _demand_proof(request: Request, sent: Sent) -> None:
    cookie = request.cookies.get(COOKIE, "")
    if not running(request).sessions.proves(cookie, sent.text("csrf")):
        raise Problem(
            403,
            "Forged",
            "The form had gone stale, or is none of yours: nothing was recorded. Open it anew.",
        )


def _signed_out() -> Problem:
    return Problem(401, "NotSignedIn", "Your session has ended: sign in again.")


def _named(request: Request, who: SignedIn) -> SignedIn:
    """In open mode: whom the page was told to act as, else the one who acts by default."""
    chosen = request.cookies.get(AS_COOKIE)
    if not chosen or "allot-as" in request.headers:
        return who
    try:
        return SignedIn(person=person(unquote(chosen), "who acts"))
    except ValueError as wrong:
        raise Problem(400, "Malformed", f"The cookie does not name a person: {wrong}.") from wrong
