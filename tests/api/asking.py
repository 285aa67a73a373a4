"""Words for asking the doors in tests."""

import itertools
from collections.abc import Mapping

import httpx2
import msgspec
from fastapi.testclient import TestClient

from api.reference.schemas import FeedPage, Json

PERSON = "founder@lab"
_numbers = itertools.count(1)


class Said(msgspec.Struct, frozen=True):
    """What a problem says, as far as tests look."""

    status: int
    code: str
    detail: str
    type: str
    title: str
    arithmetic: Json | None = None
    leg: int | None = None
    position: int | None = None


def command(
    doors: TestClient,
    path: str,
    fields: Mapping[str, object] | bytes,
    *,
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> httpx2.Response:
    """Post a command, under a new key unless one is given."""
    body = fields if isinstance(fields, bytes) else msgspec.json.encode(fields)
    sent = {"Content-Type": "application/json", **(headers or {})}
    if not dry_run:
        sent.setdefault("Idempotency-Key", key or f"test-{next(_numbers)}")
    query = "?dry_run=true" if dry_run else ""
    return doors.post(path + query, content=body, headers=sent)


def recorded(answer: httpx2.Response) -> int:
    """The position of a command that was recorded."""
    assert answer.status_code == 201, answer.text
    return int(answer.headers["Allot-Position"])


def problem(answer: httpx2.Response) -> Said:
    """What a refusal says; its form is checked on the way (RFC 9457)."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    said = msgspec.json.decode(answer.content, type=Said)
    assert said.status == answer.status_code
    assert said.type == f"urn:allot:problem:{said.code}"
    assert said.title
    assert said.detail
    assert answer.headers["Allot-Position"].isdecimal()
    return said


def furnish(doors: TestClient) -> int:
    """A pool of 64 and two units; returns the position."""
    for path, fields in (
        ("/v1/pools", {"pool": "phoenix/h100", "granule": 8}),
        ("/v1/capacity", {"pool": "phoenix/h100", "kind": "counted", "total": 64}),
        ("/v1/units", {"unit": "vision"}),
        ("/v1/units", {"unit": "reasoning"}),
        ("/v1/delegations", {"to": "operator@lab", "role": "operator", "unit": "lab"}),
    ):
        answer = command(doors, path, fields)
    return recorded(answer)


def events(doors: TestClient, after: int = 0, **query: str | int) -> FeedPage:
    """A page of the feed."""
    answer = doors.get("/v1/events", params={"after": after, **query})
    assert answer.status_code == 200, answer.text
    return msgspec.json.decode(answer.content, type=FeedPage)


def grant(quantity: float = 8, **fields: object) -> dict[str, object]:
    """The body of a grant to vision."""
    return {"pool": "phoenix/h100", "unit": "vision", "quantity": quantity, **fields}


def note(doors: TestClient | httpx2.Client, key: str, count: int = 1) -> int:
    """Record a decision of so many notes; returns the last position."""
    legs = [{"do": "note", "about": {"unit": "lab"}, "text": f"{key} {i}"} for i in range(count)]
    answer = doors.post(
        "/v1/decisions", content=msgspec.json.encode({"legs": legs}),
        headers={"Content-Type": "application/json", "Idempotency-Key": key},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return int(answer.headers["Allot-Position"])
