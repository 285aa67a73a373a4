"""A client of the HTTP API that repeats what got no answer, always under the same key."""

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self

import httpx2
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from api.replies import Json, Page, Reply, demand_ledger, leaves_doubt, may_pass, reply_of
from api.unreachable import Interrupted, NoLedger, Unreachable, Unsendable

PATHS: Final[Mapping[str, str]] = {
    "open_pool": "/v1/pools",
    "close_pool": "/v1/pools/close",
    "change_capacity": "/v1/capacity",
    "create_unit": "/v1/units",
    "rename_unit": "/v1/units/rename",
    "move_unit": "/v1/units/move",
    "close_unit": "/v1/units/close",
    "delegate": "/v1/delegations",
    "revoke": "/v1/delegations/revoke",
    "grant": "/v1/grants",
    "release": "/v1/releases",
    "reallocate": "/v1/reallocations",
    "lend": "/v1/loans",
    "extend": "/v1/extensions",
    "forecast": "/v1/forecasts",
    "correct": "/v1/corrections",
    "set_rules": "/v1/rules",
    "split": "/v1/splits",
    "request": "/v1/requests",
    "amend_request": "/v1/requests/amend",
    "withdraw_request": "/v1/requests/withdraw",
    "decide_request": "/v1/requests/decide",
    "appeal": "/v1/requests/appeal",
    "pledge": "/v1/pledges",
    "revise_pledge": "/v1/pledges/revise",
    "withdraw_pledge": "/v1/pledges/withdraw",
    "set_rate": "/v1/rates",
    "confirm": "/v1/proposals/confirm",
    "close_proposal": "/v1/proposals/close",
    "note": "/v1/notes",
    "decision": "/v1/decisions",
}
"""Where each command is posted, by its `do`."""

# What a header can carry as a bare key; any other text travels in a bulk line.
_HEADER_KEY = re.compile(r"[!#-~][ -~]{0,253}[!-~]|[!#-~]", re.ASCII)
_TRIES = 6
_PAUSE_S = 0.1
_PAUSE_S_MAX = 5.0
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout)
_UNSENDABLE = (httpx2.InvalidURL, httpx2.LocalProtocolError, httpx2.UnsupportedProtocol)


class _BulkLine(Struct, frozen=True, kw_only=True):
    status: int
    position: int | None = None
    replayed: bool = False
    problem: msgspec.Raw = msgspec.Raw(b"{}")


class _Stored(Struct, frozen=True):
    answer: msgspec.Raw


class Client:
    """Speak to one ledger as one person.

    `actor` is named in open mode only; `token` is the bearer token. `via` is what the events
    will say they came through.
    """

    def __init__(
        self, url: str, *, token: str | None = None, actor: str | None = None, via: str = "allot"
    ) -> None:
        headers = {b"Allot-Via": via.encode()}
        if token:
            headers[b"Authorization"] = f"Bearer {token}".encode()
        if actor:
            headers[b"Allot-As"] = actor.encode()
        self.url = url.rstrip("/")
        # A proxy of the environment must not see what is asked of a ledger on loopback.
        trust = not _on_loopback(url)
        try:
            self._http = httpx2.Client(
                base_url=self.url, headers=headers, timeout=30.0, trust_env=trust
            )
        except httpx2.InvalidURL as wrong:
            # What it says may quote a part of the address, and so of a password.
            raise Unsendable(url, "that is no address") from wrong

    def __enter__(self) -> Self:
        """Keep the connection for a block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connection."""
        self._http.close()

    def command(
        self,
        do: str,
        fields: Mapping[str, Json],
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Reply:
        """Give a command and return its answer, refusals included.

        Raises Unreachable when no answer came, NoLedger when it is none of a ledger, Unsendable,
        and Interrupted. Without `key` one is made; a dry run has none.
        """
        if dry_run:
            return self._ask("POST", PATHS[do], {"dry_run": "true"}, msgspec.json.encode(fields))
        name = str(uuid.uuid4()) if key is None else key
        if not _HEADER_KEY.fullmatch(name):
            return self._command_in_bulk(do, fields, name)
        return self._ask("POST", PATHS[do], {}, msgspec.json.encode(fields), key=name)

    def get(self, path: str, params: Mapping[str, str | int | None] | None = None) -> Reply:
        """Read; parameters that are None are left out."""
        named = {k: str(v) for k, v in (params or {}).items() if v is not None}
        return self._ask("GET", path, named, None)

    def ask(self, path: str, fields: Mapping[str, Json]) -> Reply:
        """Read by a body, which takes no key."""
        return self._ask("POST", path, {}, msgspec.json.encode(fields))

    def get_once(self, path: str) -> Reply | None:
        """Read without asking again; None when no answer came."""
        try:
            return reply_of(self._http.request("GET", path), self.url)
        except httpx2.TransportError:
            return None

    def pages(
        self, path: str, params: Mapping[str, str | int | None]
    ) -> Iterator[tuple[Reply, Page | None]]:
        """Read a list page by page; a refusal comes as the last, without a page."""
        cursor: str | None = None
        while True:
            asked = dict(params) if cursor is None else {**params, "cursor": cursor}
            reply = self.get(path, asked)
            if reply.is_refusal:
                yield reply, None
                return
            page = reply.read(Page)
            yield reply, page
            if page.next is None:
                return
            cursor = page.next

    def _command_in_bulk(self, do: str, fields: Mapping[str, Json], key: str) -> Reply:
        line = msgspec.json.encode({"key": key, "do": do, **fields}) + b"\n"
        told = self._ask("POST", "/v1/commands", {}, line, key=key, bulk=True)
        return told if told.is_refusal else replace(told, body=self._stored(told))

    def _stored(self, told: Reply) -> bytes:
        """The whole answer to a key: a line of a bulk does not tell what was recorded."""
        known = msgspec.json.encode({"position": told.position})
        try:
            found = self.get("/v1/receipts", {"key": told.key})
            return known if found.is_refusal else bytes(found.read(_Stored).answer)
        except Unreachable:
            return known  # what is recorded is not said to have failed for want of its words

    def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: bytes | None,
        *,
        key: str | None = None,
        bulk: bool = False,
    ) -> Reply:
        headers: dict[str, str] = {}
        if body is not None:
            headers["Content-Type"] = "application/x-ndjson" if bulk else "application/json"
        if key is not None and not bulk:
            headers["Idempotency-Key"] = key
        asked = self._request(method, path, params, body, headers)
        reply, why = None, ""
        fate = _Fate(key)
        try:
            for turn in range(_TRIES):
                reply, pause, why = self._try(asked, fate, bulk=bulk)
                if reply is not None and not may_pass(reply):
                    break
                if turn + 1 < _TRIES:
                    time.sleep(min(_PAUSE_S * 2**turn if pause is None else pause, _PAUSE_S_MAX))
        except KeyboardInterrupt as stopped:
            if fate.unknown and key is not None:
                raise Interrupted(key) from stopped
            raise
        if reply is None:
            raise Unreachable(self.url, why, key if fate.unknown else None)
        return replace(reply, in_doubt=fate.unknown and key is not None)

    def _request(
        self,
        method: str,
        path: str,
        params: Mapping[str, str],
        body: bytes | None,
        headers: Mapping[str, str],
    ) -> httpx2.Request:
        try:
            return self._http.build_request(
                method, path, params=dict(params), content=body, headers=headers
            )
        except _UNSENDABLE as failed:
            raise Unsendable(self.url, str(failed)) from failed

    def _try(
        self, asked: httpx2.Request, fate: "_Fate", *, bulk: bool
    ) -> tuple[Reply | None, float | None, str]:
        """Ask once: the answer, how long it wishes to be left alone, and why there is none."""
        before, fate.unknown = fate.unknown, True
        try:
            found = self._http.send(asked)
        except httpx2.DecodingError as failed:
            raise NoLedger(self.url, str(failed), fate.key) from failed
        except _UNSENDABLE as failed:
            if before:
                raise Unreachable(self.url, str(failed), fate.key) from failed
            raise Unsendable(self.url, str(failed)) from failed
        except httpx2.TransportError as failed:
            fate.unknown = before or not isinstance(failed, _NEVER_SENT)
            return None, None, str(failed) or type(failed).__name__
        reply = reply_of(found, self.url, fate.key)
        if "/v1/" in asked.url.path:  # a page has words, and /livez
            demand_ledger(reply)
        if bulk and not reply.is_refusal:
            reply = _of_line(reply)
        fate.unknown = leaves_doubt(reply, before=before)
        wished = found.headers.get("Retry-After", "")
        return reply, float(wished) if wished.isdecimal() else None, ""


class _Fate:
    """Whether a command may be recorded that nobody knows of."""

    def __init__(self, key: str | None) -> None:
        self.key = key
        self.unknown = False


def _of_line(reply: Reply) -> Reply:
    """The answer to the one line of a bulk, as if it had come alone."""
    line = reply.read(_BulkLine)
    return replace(
        reply, status=line.status, body=bytes(line.problem), position=line.position,
        replayed=line.replayed, media="application/json",
    )  # fmt: skip


def _on_loopback(url: str) -> bool:
    try:
        host = httpx2.URL(url).host
    except httpx2.InvalidURL:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")
