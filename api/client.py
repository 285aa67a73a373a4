"""A client of the HTTP API that repeats what got no answer, always under the same key."""

import re
import time
import uuid
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx2
import msgspec
from msgspec import Struct

from api.unreachable import Unreachable

T = TypeVar("T")
Json = object
"""A value as JSON knows it: text, integer, boolean, null, list or mapping."""

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
_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.InvalidURL,
    httpx2.UnsupportedProtocol,
)
_PASSING = frozenset({429, 500, 502, 503, 504})


class Problem(Struct, frozen=True, kw_only=True):
    """A refusal as `application/problem+json` (RFC 9457) says it."""

    title: str = ""
    status: int = 0
    code: str = ""
    detail: str = ""
    leg: int | None = None
    arithmetic: dict[str, Json] | None = None
    next: list[dict[str, Json]] | None = None
    holders: list[dict[str, Json]] | None = None
    offer: dict[str, Json] | None = None
    position: int | None = None


class Reply(Struct, frozen=True, kw_only=True):
    """One HTTP answer: `position` is what it reflects, `body` the bytes as they came."""

    status: int
    body: bytes
    position: int | None
    replayed: bool
    media: str

    @property
    def is_refusal(self) -> bool:
        """True when the answer is no."""
        return self.status >= 400

    def read(self, kind: type[T]) -> T:
        """Read the body as a record; msgspec.ValidationError when it is none."""
        return msgspec.json.decode(self.body, type=kind)

    @property
    def problem(self) -> Problem:
        """The refusal, also when a proxy in between answered with something else."""
        if "json" in self.media:
            return self.read(Problem)
        text = self.body[:200].decode(errors="replace")
        return Problem(status=self.status, title="No JSON", detail=f"{self.status}: {text}")


class _BulkLine(Struct, frozen=True, kw_only=True):
    status: int
    position: int | None = None
    replayed: bool = False
    problem: msgspec.Raw = msgspec.Raw(b"{}")


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list: `next` is the cursor of the page after it."""

    items: list[dict[str, Json]]
    next: str | None = None


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
        self._http = httpx2.Client(
            base_url=self.url, headers=headers, timeout=30.0, trust_env=not _on_loopback(url)
        )

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

        Raises Unreachable when no answer came. Without `key` one is made; a dry run has none.
        """
        if dry_run:
            return self._ask("POST", PATHS[do], {"dry_run": "true"}, msgspec.json.encode(fields))
        name = key or str(uuid.uuid4())
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
            return _reply(self._http.request("GET", path))
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
        reply = self._ask("POST", "/v1/commands", {}, line, key=key, bulk=True)
        if reply.is_refusal:
            return reply
        answered = msgspec.json.decode(reply.body.strip(), type=_BulkLine)
        return Reply(
            status=answered.status,
            body=bytes(answered.problem),
            position=answered.position,
            replayed=answered.replayed,
            media="application/json",
        )

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
        reply: Reply | None = None
        why = ""
        sent = False
        for turn in range(_TRIES):
            pause = _PAUSE_S * 2**turn
            try:
                found = self._http.request(
                    method, path, params=dict(params), content=body, headers=headers
                )
            except (httpx2.TransportError, httpx2.InvalidURL) as failed:
                reply, why = None, str(failed) or type(failed).__name__
                sent = sent or not isinstance(failed, _NEVER_SENT)
                if isinstance(failed, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
                    break
            else:
                reply = _reply(found)
                if not _may_pass(reply):
                    return reply
                wished = found.headers.get("Retry-After", "")
                pause = float(wished) if wished.isdecimal() else pause
            if turn + 1 < _TRIES:
                time.sleep(min(pause, _PAUSE_S_MAX))
        if reply is None:
            raise Unreachable(self.url, why, key if sent else None)
        return reply


def _on_loopback(url: str) -> bool:
    try:
        host = httpx2.URL(url).host
    except httpx2.InvalidURL:
        return False
    return host in ("localhost", "::1") or host.startswith("127.")


def _reply(found: httpx2.Response) -> Reply:
    position = found.headers.get("Allot-Position", "")
    return Reply(
        status=found.status_code,
        body=found.content,
        position=int(position) if position.isdecimal() else None,
        replayed=found.headers.get("Idempotency-Replayed") == "true",
        media=found.headers.get("Content-Type", ""),
    )


def _may_pass(reply: Reply) -> bool:
    """Whether the same question may soon be answered otherwise."""
    if reply.status == 409:
        return reply.problem.code == "StillRunning"
    return reply.status in _PASSING and reply.problem.code != "Unfounded"
