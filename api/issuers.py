"""Tokens that an OpenID Connect issuer signed: which are believed, and whom they speak of."""

import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import jwt
import msgspec
from msgspec import Struct

from api.issuer_keys import ALGORITHMS, Fetch, IssuerKeys, fetch
from api.scopes import SCOPES, SERVICES, Scope, SignedIn, usual, widest
from api.settings import OidcIssuer
from ledger.periods import clean_text

PERSON_LENGTH_MAX: Final = 200
KEPT_S: Final = 1.0
"""What was believed is believed again for so long without a look at its signature."""
_KEPT_MAX: Final = 10_000
_SCOPE_PREFIX: Final = "allot:"
_UNKNOWN: Final = "The token is unknown, expired or revoked."


class NotBelieved(Exception):
    """A token is not taken; the words are for whoever sent it, and repeat nothing of it."""


class _Believed(Struct, frozen=True):
    who: SignedIn
    until: float
    expires_at: float


class _Said(Struct, frozen=True):
    """What a token says of itself before anything of it is checked."""

    algorithm: str
    kid: str | None
    issuer: str


class _Asked(Struct, frozen=True):
    """The two claims in which issuers put scopes: words, or a list."""

    scope: str | list[str] = ""
    scp: str | list[str] = ""


class Issuers:
    """Everybody whose signature is believed here."""

    def __init__(
        self,
        trusted: Sequence[OidcIssuer],
        leeway_s: float,
        fetch: Fetch = fetch,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`leeway_s` is how far the clock of an issuer may be from ours."""
        self._trusted = {one.issuer: one for one in trusted}
        self._keys: Mapping[str, IssuerKeys] = {
            one.issuer: IssuerKeys(one, fetch, clock=clock) for one in trusted
        }
        self._leeway_s = leeway_s
        self._clock = clock
        self._believed: dict[bytes, _Believed] = {}

    async def of(self, token: str) -> SignedIn:
        """Whom a token speaks of. Raises NotBelieved, and IssuerAway when nobody can tell."""
        digest = sha256(token.encode("utf-8", "surrogatepass")).digest()
        before = self._believed.get(digest)
        if before and self._clock() < before.until and time.time() < before.expires_at:
            return before.who
        self._believed.pop(digest, None)
        said = _read(token)
        issuer = self._trusted.get(said.issuer)
        if issuer is None:
            raise NotBelieved(_UNKNOWN)
        key = await self._keys[said.issuer].find(said.kid, said.algorithm)
        if key is None:
            raise NotBelieved(_UNKNOWN)
        claims = self._checked(token, issuer, said.algorithm, key)
        person = _person(issuer, claims)
        who = SignedIn(person=person, credential=issuer.credential, scope=_scope(person, claims))
        try:
            expires_at = float(claims["exp"]) + self._leeway_s
        except OverflowError:
            raise NotBelieved(_UNKNOWN) from None
        if len(self._believed) >= _KEPT_MAX:
            self._believed.clear()
        self._believed[digest] = _Believed(who, self._clock() + KEPT_S, expires_at)
        return who

    def _checked(
        self, token: str, issuer: OidcIssuer, algorithm: str, key: jwt.PyJWK
    ) -> Mapping[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=[algorithm],
                audience=issuer.audiences,
                issuer=issuer.issuer,
                leeway=self._leeway_s,
                options={
                    "require": ["exp", "iat", "iss", "aud"],
                    "enforce_minimum_key_length": True,
                },
            )
        # The signature is checked first: only who has a true token is told what is wrong with it.
        except jwt.ExpiredSignatureError as late:
            raise NotBelieved("The token has expired: get a new one from its issuer.") from late
        except jwt.ImmatureSignatureError as early:
            raise NotBelieved("The token is not valid yet.") from early
        except jwt.InvalidAudienceError as other:
            raise NotBelieved("The token is meant for another audience.") from other
        except jwt.MissingRequiredClaimError as lacking:
            raise NotBelieved(f"The token lacks the claim {lacking.claim}.") from lacking
        except jwt.PyJWTError as wrong:
            raise NotBelieved(_UNKNOWN) from wrong


def is_signed(token: str) -> bool:
    """Whether a token has the form of a JWT (RFC 7519); ours have no dots."""
    return token.count(".") == 2


def _read(token: str) -> _Said:
    try:
        found = jwt.decode_complete(token, options={"verify_signature": False})
    except (jwt.PyJWTError, UnicodeEncodeError, RecursionError) as wrong:
        raise NotBelieved(_UNKNOWN) from wrong
    algorithm, kid = found["header"].get("alg"), found["header"].get("kid")
    issuer = found["payload"].get("iss")
    if algorithm not in ALGORITHMS or not isinstance(issuer, str):
        raise NotBelieved(_UNKNOWN)
    return _Said(algorithm, kid, issuer)


def _person(issuer: OidcIssuer, claims: Mapping[str, Any]) -> str:
    said = claims.get(issuer.person)
    if not isinstance(said, str) or not said:
        raise NotBelieved(f"The token does not say who it is of: it lacks {issuer.person}.")
    ending = f"@{issuer.domain}" if issuer.domain else ""
    if issuer.person != "email":
        said += ending
    elif claims.get("email_verified") is not True:
        raise NotBelieved("The e-mail address of the token is not verified.")
    elif not said.endswith(ending):
        raise NotBelieved("The e-mail address of the token is of another domain.")
    # A name that is merely like another's must not become it.
    if len(said) > PERSON_LENGTH_MAX or not _is_clean(said):
        raise NotBelieved(f"The token's {issuer.person} cannot be the name of a person.")
    if said.endswith(SERVICES) and ending != SERVICES:
        raise NotBelieved("The token speaks of a service account, which is not its issuer's.")
    return said


def _is_clean(text: str) -> bool:
    try:
        return clean_text(text, "person") == text
    except ValueError:
        return False


def _scope(person: str, claims: Mapping[str, Any]) -> Scope:
    """What the token asks to be good for: `allot:read` and the like (RFC 9068, section 2.2.3)."""
    try:
        asked = msgspec.convert(claims, _Asked)
    except msgspec.ValidationError as wrong:
        raise NotBelieved("The scope of the token cannot be read.") from wrong
    words = [
        word
        for given in (asked.scope, asked.scp)
        for word in (given.split() if isinstance(given, str) else given)
    ]
    named: list[Scope] = [scope for scope in SCOPES if f"{_SCOPE_PREFIX}{scope}" in words]
    return widest(named) or usual(person)
