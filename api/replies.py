"""What a ledger answers over HTTP, how it is read, and what an answer leaves unknown."""

from typing import Final, TypeVar

import httpx2
import msgspec
from msgspec import Struct

from api.unreachable import NoLedger

T = TypeVar("T")
Json = object
"""A value as JSON knows it: text, integer, boolean, null, list or mapping."""

_PASSING: Final = frozenset({429, 500, 502, 503, 504})
_NOT_JUDGED: Final = frozenset(
    {"ClockUnsure", "IssuerAway", "TooManyConnections", "TooManyWaiting", "Unfounded"}
)
"""What a 5xx says when it is certain that nothing was recorded."""
_SETTLES_NOTHING: Final = frozenset({401, 408, 429})
"""Refusals by who did not get as far as to look for the key."""


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
    """One HTTP answer: `position` is what it reflects, `body` the bytes as they came.

    `url` is whose answer it is, `key` what a command was given under. `in_doubt`: it is a no,
    and the command may have been recorded all the same, by this try or by one before it.
    """

    status: int
    body: bytes
    position: int | None
    replayed: bool
    media: str
    url: str = ""
    key: str | None = None
    in_doubt: bool = False

    @property
    def is_refusal(self) -> bool:
        """True when the answer is no."""
        return self.status >= 400

    @property
    def is_proposal(self) -> bool:
        """True when a second person was to confirm it: by itself it recorded no more than that."""
        return self.status == 202

    def read(self, kind: type[T]) -> T:
        """Read the body as a record; NoLedger when it is none."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
            raise NoLedger(self.url, f"{self.status}, {wrong}", self.key) from wrong

    @property
    def problem(self) -> Problem:
        """The refusal, also when a proxy in between answered with something else."""
        try:
            if "json" in self.media:
                return msgspec.json.decode(self.body, type=Problem)
        except (msgspec.DecodeError, UnicodeDecodeError):
            title = "No problem document"
        else:
            title = "No JSON"
        text = self.body[:200].decode(errors="replace")
        return Problem(status=self.status, title=title, detail=f"{self.status}: {text}")


class Page(Struct, frozen=True, kw_only=True):
    """One page of a list: `next` is the cursor of the page after it."""

    items: list[dict[str, Json]]
    next: str | None = None


def reply_of(found: httpx2.Response, url: str, key: str | None = None) -> Reply:
    """An HTTP answer as it came, whoever it is from."""
    position = found.headers.get("Allot-Position", "")
    return Reply(
        status=found.status_code,
        body=found.content,
        position=int(position) if position.isdecimal() else None,
        replayed=found.headers.get("Idempotency-Replayed") == "true",
        media=found.headers.get("Content-Type", ""),
        url=url,
        key=key,
    )


def demand_ledger(reply: Reply) -> None:
    """Raise NoLedger for what no ledger answers; a proxy before one may refuse in its own words."""
    if reply.status >= 500:
        return
    what = f"{reply.status} with {reply.media.partition(';')[0] or 'nothing'}"
    if reply.is_refusal:
        if "json" in reply.media and not reply.problem.code:
            raise NoLedger(reply.url, f"{what} that names no code", reply.key)
    elif reply.status not in (200, 201, 202) or "json" not in reply.media:
        raise NoLedger(reply.url, what, reply.key)
    elif "ndjson" not in reply.media:
        reply.read(msgspec.Raw)


def may_pass(reply: Reply) -> bool:
    """Whether the same question may soon be answered otherwise."""
    if reply.status == 409:
        return reply.problem.code == "StillRunning"
    return reply.status in _PASSING and reply.problem.code != "Unfounded"


def leaves_doubt(reply: Reply, *, before: bool) -> bool:
    """Whether a command may be recorded after this answer; `before`: whether it was before it."""
    code = reply.problem.code if reply.is_refusal else ""
    if code == "StillRunning" or (reply.status >= 500 and code not in _NOT_JUDGED):
        return True
    return before and (reply.status >= 500 or reply.status in _SETTLES_NOTHING)
