"""The public keys of an OpenID Connect issuer: fetched, kept, and renewed when they change."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import jwt
import msgspec
import structlog
from msgspec import Struct

from api.settings import OidcIssuer, is_private_way, on_loopback

ALGORITHMS: Final = ("RS256", "ES256", "EdDSA")
"""Signatures that are believed. Nothing that whoever can check could also make, and not `none`."""
FRESH_S: Final = 300.0
"""So long keys are used without a look; then they are renewed behind the request that finds out."""
OLD_S: Final = 3600.0
"""Keys of a process that was idle for so long are renewed before one is used."""
AGAIN_S: Final = 5.0
"""The issuer is asked at most once in so many seconds, whatever is asked here."""
FETCH_S: Final = 5.0
BYTES_MAX: Final = 256 * 1024
DISCOVERY: Final = "/.well-known/openid-configuration"

Fetch = Callable[[str], Awaitable[bytes]]
Keys = Mapping[tuple[str | None, str], jwt.PyJWK]
"""Keys by what a token's header says: the key's id, and the algorithm."""

_log = structlog.get_logger()


class IssuerAway(Exception):
    """The keys of an issuer cannot be had now; the words say why."""


class _Discovery(Struct, frozen=True):
    issuer: str
    jwks_uri: str


class _KeySet(Struct, frozen=True):
    keys: list[dict[str, Any]]


async def fetch(url: str) -> bytes:
    """What is at a URL. Raises IssuerAway when it does not come, or is too much."""
    # A proxy of the environment is not asked for what is on this machine.
    beyond = not on_loopback(urlsplit(url).hostname or "")
    found = bytearray()
    try:
        async with (
            asyncio.timeout(FETCH_S),
            httpx2.AsyncClient(trust_env=beyond, timeout=FETCH_S) as http,
            http.stream("GET", url, headers={"Accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            async for some in answer.aiter_bytes():
                found += some
                if len(found) > BYTES_MAX:
                    raise IssuerAway(f"{url} answers with more than {BYTES_MAX} bytes")
    except httpx2.HTTPStatusError as refused:
        raise IssuerAway(f"{url} answers {refused.response.status_code}") from refused
    except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as failed:
        raise IssuerAway(f"{url} does not answer: {type(failed).__name__}") from failed
    return bytes(found)


async def fetch_keys(issuer: OidcIssuer, fetch: Fetch = fetch) -> Keys:
    """The keys that an issuer signs with, of the algorithms believed here. Raises IssuerAway."""
    try:
        url = issuer.jwks_url or await _discovered(issuer, fetch)
        found = msgspec.json.decode(await fetch(url), type=_KeySet)
    except msgspec.DecodeError as wrong:
        raise IssuerAway(f"{issuer.issuer} answers with something else: {wrong}") from wrong
    keys = {(one.key_id, one.algorithm_name): one for one in map(_key, found.keys) if one}
    if not keys:
        raise IssuerAway(f"{issuer.issuer} has no key for {', '.join(ALGORITHMS)}")
    return keys


async def _discovered(issuer: OidcIssuer, fetch: Fetch) -> str:
    """Where the keys are (OpenID Connect Discovery 1.0, section 4)."""
    told = await fetch(issuer.issuer.rstrip("/") + DISCOVERY)
    found = msgspec.json.decode(told, type=_Discovery)
    if found.issuer != issuer.issuer:
        raise IssuerAway(f"{issuer.issuer} calls itself {found.issuer}")
    if not is_private_way(found.jwks_uri):
        raise IssuerAway(f"{issuer.issuer} has its keys at {found.jwks_uri}, which is not safe")
    return found.jwks_uri


def _key(said: dict[str, Any]) -> jwt.PyJWK | None:
    """A key to check signatures with; None for what is of no use here (RFC 7517, section 5)."""
    if said.get("kty") not in ("RSA", "EC", "OKP") or said.get("use", "sig") != "sig":
        return None
    if "d" in said or not isinstance(said.get("kid"), str | None):
        return None
    try:
        key = jwt.PyJWK(said)
    except (jwt.PyJWTError, TypeError, ValueError):  # the latter of fields of another type
        return None
    return key if key.algorithm_name in ALGORITHMS else None


class IssuerKeys:
    """The keys of one issuer as a process knows them.

    Once known they are used for as long as the issuer cannot be asked. However many requests
    come with keys that nobody knows, the issuer is asked once in AGAIN_S, by one of them.
    """

    def __init__(
        self,
        issuer: OidcIssuer,
        fetch: Fetch = fetch,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` tells seconds that never run backwards."""
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._keys: Keys | None = None
        self._fetched_at = self._tried_at = -math.inf
        self._failure: str | None = None
        self._renewing: asyncio.Task[None] | None = None

    async def find(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key by that id; None when the issuer has none. Raises IssuerAway if unknown."""
        age_s = self._clock() - self._fetched_at
        if self._keys is None or (age_s > OLD_S and self._failure is None):
            await self._renewed()
        elif age_s > FRESH_S:
            self._renew()
        found = self._known(kid, algorithm)
        if found is None and await self._renewed():
            found = self._known(kid, algorithm)
        if found is None and self._failure is not None:
            raise IssuerAway(self._failure)
        return found

    def _known(self, kid: str | None, algorithm: str) -> jwt.PyJWK | None:
        keys = self._keys or {}
        if kid is None:
            # A token may leave out which key it is only where that is beyond doubt.
            fitting = [key for (_, fits), key in keys.items() if fits == algorithm]
            return fitting[0] if len(fitting) == 1 else None
        return keys.get((kid, algorithm))

    async def _renewed(self) -> bool:
        """Wait for the issuer to be asked; False when it was, a moment ago."""
        renewing = self._renew()
        if renewing is None:
            return False
        # Who gives up waiting does not take it from the others.
        await asyncio.shield(renewing)
        return True

    def _renew(self) -> asyncio.Task[None] | None:
        if self._renewing is None and self._clock() - self._tried_at >= AGAIN_S:
            self._renewing = asyncio.create_task(self._ask())
            self._renewing.add_done_callback(self._asked)
        return self._renewing

    def _asked(self, _: asyncio.Task[None]) -> None:
        self._renewing = None
        self._tried_at = self._clock()

    async def _ask(self) -> None:
        try:
            keys = await fetch_keys(self._issuer, self._fetch)
        except IssuerAway as away:
            self._failure = str(away)
            _log.warning("the keys of an issuer were not renewed", why=self._failure)
        else:
            self._keys, self._fetched_at, self._failure = keys, self._clock(), None
