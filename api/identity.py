"""Who acts: a person by bearer token or session, or in open mode whoever the caller names."""

import asyncio
import hmac
import time
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.allowance import Allowance
from api.issuer_keys import AGAIN_S, IssuerAway
from api.issuers import PERSON_LENGTH_MAX, Issuers, NotBelieved, is_signed
from api.problems import Problem, malformed
from api.scopes import Scope, SignedIn, covers
from api.settings import Settings, on_loopback
from api.tokens import Credential
from api.web.sessions import COOKIE, Sessions
from ledger.periods import clean_text

ACT_AS: Final = b"allot-as"
NOBODY: Final = "nobody"
"""Who reads, in open mode, a ledger that has no founder yet."""
KEPT_S: Final = 1.0
"""A revoked token is refused at the latest after so many seconds, by every process."""
_KEPT_MAX: Final = 10_000


class Identity:
    """Tells who sends a request, or raises 401 or 403 (RFC 6750), and 429 for who asks too much."""

    def __init__(
        self,
        settings: Settings,
        sessions: Sessions,
        credential_of: Callable[[bytes], Credential | None],
        founder: Callable[[], str | None],
        issuers: Issuers | None = None,
    ) -> None:
        """Take the look-ups: a token's digest to its credential, and who founded the ledger.

        `founder` gives None while nobody did: then whoever is not named may read, no more.
        `issuers` are left out for those of the settings.
        """
        self._open = settings.auth == "open"
        self.sessions = sessions
        self._credential_of = credential_of
        self._founder = founder
        self._issuers = issuers or Issuers(settings.issuers, settings.oidc_leeway_s)
        self._commands = Allowance(
            settings.commands_per_s, settings.commands_burst, "commands_of_a_person"
        )
        self._reads = Allowance(settings.reads_per_s, settings.reads_burst, "reads_of_a_person")
        self._default: SignedIn | None = None
        self._kept: dict[bytes, tuple[float, Credential]] = {}
        self._asking: dict[bytes, asyncio.Future[Credential | None]] = {}

    @property
    def is_open(self) -> bool:
        """True when anybody on this machine may act as anybody."""
        return self._open

    async def of(self, request: Request, needs: Scope = "read", count: int = 1) -> SignedIn:
        """Return who sends a request that needs such a token, and count it as so many.

        Problem 400, 401 or 421 when that cannot be told, 403 when the token is not good for it,
        429 when the person asks too much, 503 when who knows cannot be reached.
        """
        if self._open:
            return await self._named(request)
        who = await self.of_token(self._shown(request), needs)
        self.count(who, needs, count)
        return who

    async def still(self, request: Request, needs: Scope) -> bool:
        """Whether who sent a request may go on with it."""
        try:
            await self.again(request, needs)
        except Problem:
            return False
        return True

    async def again(self, request: Request, needs: Scope) -> None:
        """Ask once more about who sent a request; nothing is counted.

        Problem 401 or 403 when they may not any more. While who knows cannot be reached, they may.
        """
        if self._open:
            return
        try:
            await self.of_token(self._shown(request), needs)
        except Problem as no:
            if no.status in (401, 403):
                raise

    def count(self, who: SignedIn, needs: Scope, count: int) -> None:
        """Count so many reads or commands of a person. Problem 429 when there were too many."""
        if not self._open:
            (self._commands if needs == "write" else self._reads).take(who.person, count)

    async def of_token(self, token: str, needs: Scope = "read") -> SignedIn:
        """Return whose token it is.

        Problem 401 when it is unknown, expired or revoked, 403 when it is not good for what it
        is needed for.
        """
        who = await (self._of_issuer(token) if is_signed(token) else self._of_ours(token))
        if not covers(who.scope, needs):
            raise _too_narrow(who, needs)
        return who

    def _shown(self, request: Request) -> str:
        """The token that a request came with, by itself or in a session."""
        given = request.headers.getlist("authorization")
        if len(given) > 1:
            raise _not_signed_in("Authorization is given twice.", "invalid_request")
        if given:
            scheme, _, token = given[0].partition(" ")
            if scheme.lower() != "bearer" or not token.strip():
                raise _not_signed_in("Authorization takes the form: Bearer TOKEN.")
            return token.strip()
        # A session only reads here: what it decides comes through the page's own forms, which
        # carry their proof against forgery.
        cookie = request.cookies.get(COOKIE) if request.method in ("GET", "HEAD") else None
        token = self.sessions.open(cookie) if cookie else None
        if token is None:
            raise _not_signed_in("Sign in: send Authorization: Bearer TOKEN.")
        return token

    async def _of_issuer(self, token: str) -> SignedIn:
        try:
            return await self._issuers.of(token)
        except NotBelieved as no:
            raise _not_signed_in(str(no), "invalid_token") from no
        except IssuerAway as away:
            detail = "The issuer of the token cannot be asked for its keys now. Ask again."
            retry = {"Retry-After": f"{AGAIN_S:.0f}"}
            raise Problem(503, "IssuerAway", detail, headers=retry) from away

    async def _of_ours(self, token: str) -> SignedIn:
        found = await self._credential(sha256(token.encode("utf-8", "surrogatepass")).digest())
        if found is None or not found.holds(datetime.now(UTC)):
            raise _not_signed_in("The token is unknown, expired or revoked.", "invalid_token")
        return SignedIn(person=found.person, credential=found.name, scope=found.scope)

    async def _credential(self, digest: bytes) -> Credential | None:
        kept = self._kept.get(digest)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        asking = self._asking.get(digest)
        if asking is None:
            asking = asyncio.ensure_future(run_in_threadpool(self._credential_of, digest))
            self._asking[digest] = asking
            asking.add_done_callback(lambda _: self._asking.pop(digest, None))
        began = time.monotonic()
        found = await asyncio.shield(asking)
        if found is None or not hmac.compare_digest(found.digest, digest):
            self._kept.pop(digest, None)
            return None
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        self._kept[digest] = (began + KEPT_S, found)
        return found

    async def _named(self, request: Request) -> SignedIn:
        # A page of another site whose name resolves to loopback must not act as the operator.
        host = request.headers.get("host", "")
        if not on_loopback(_without_port(host)):
            raise Problem(
                421, "WrongHost", "In open mode the ledger answers to names of this machine only."
            )
        named = [value for name, value in request.scope["headers"] if name == ACT_AS]
        if not named:
            return self._default or await self._unnamed(request)
        try:
            person = clean_text(named[0].decode(), "Allot-As")
        except ValueError as wrong:
            raise malformed(f"Allot-As does not name a person: {wrong}") from wrong
        if len(named) > 1 or not 1 <= len(person) <= PERSON_LENGTH_MAX:
            raise malformed(f"Allot-As names one person, in 1 to {PERSON_LENGTH_MAX} characters.")
        return SignedIn(person=person)

    async def _unnamed(self, request: Request) -> SignedIn:
        founder = await run_in_threadpool(self._founder)
        if founder is not None:
            self._default = SignedIn(person=founder)
            return self._default
        if request.method in ("GET", "HEAD"):
            return SignedIn(person=NOBODY)
        raise Problem(503, "Unfounded", "The ledger has no founder yet: run `allot init`.")


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[: host.find("]") + 1]
    return host.partition(":")[0]


def _not_signed_in(detail: str, error: str | None = None) -> Problem:
    challenge = 'Bearer realm="allot"' + (f', error="{error}"' if error else "")
    return Problem(401, "NotSignedIn", detail, headers={"WWW-Authenticate": challenge})


def _too_narrow(who: SignedIn, needs: Scope) -> Problem:
    challenge = f'Bearer realm="allot", error="insufficient_scope", scope="{needs}"'
    detail = f"The token {who.credential} has the scope {who.scope}, and this needs {needs}."
    return Problem(403, "TokenTooNarrow", detail, headers={"WWW-Authenticate": challenge})
