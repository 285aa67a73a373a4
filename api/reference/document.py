"""openapi.json: everything from the tables that also make the routes."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Final

from fastapi.openapi.utils import get_openapi
from msgspec import Struct

from api.decisions.commands import DOORS, Door
from api.reference.components import components
from api.reference.operations import FEED, HEALTH, LINES, PLANS, Operation
from api.reference.reading import READING
from api.reference.schemas import Decided, Json, Judged, Problem, Waits, ref
from ledger.refusals import REFUSALS

_ABOUT: Final = (
    "The system of record for who holds which GPUs, since when, until when, by whose decision "
    "and why. Commands answer with a position; reads say which position they reflect."
)
_ALWAYS: Final = (
    (400, "Malformed"), (400, "KeyMissing"), (408, "BodyTooSlow"), (413, "TooLarge"),
    (415, "WrongMediaType"), (422, "InvalidField"), (500, "Broken"), (503, "Unavailable"),
    (503, "TooManyWaiting"), (503, "AnswerLate"), (503, "Unfounded"), (503, "ClockUnsure"),
)  # fmt: skip
_ANY_HEAD: Final = ((408, "HeadTooSlow"), (431, "HeadTooLarge"))
_SIGNED_IN: Final = (
    (400, "Malformed"), (401, "NotSignedIn"), (403, "TokenTooNarrow"), (421, "WrongHost"),
    (429, "TooManyRequests"), (503, "IssuerAway"), (503, "TooManyConnections"),
)  # fmt: skip
"""What any door may answer that asks who knocks."""
_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Text of your own, quoted or bare; the same when you ask again. "
    "Needed unless `dry_run=true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "move-2027-03-01",
}
_DRY_RUN: Final[Json] = {
    "name": "dry_run",
    "in": "query",
    "description": "Judge only: nothing is recorded, and no key is used. What legs take of each "
    "other they name by the positions that they would have now.",
    "schema": {"type": "boolean", "default": False},
}
_VIA: Final[Json] = {
    "name": "Allot-Via",
    "in": "header",
    "description": "The tool that sends this, for the record.",
    "schema": {"type": "string"},
    "example": 'allot import operations; file="moves.jsonl"',
}
_POSITION: Final[Json] = {
    "Allot-Position": {
        "description": "The position it reflects; of what was not judged, the newest known.",
        "schema": {"type": "integer"},
    }
}
_RETRY: Final[Json] = {
    "Retry-After": {
        "description": "Ask again in so many seconds; not with `Unfounded`.",
        "schema": {"type": "integer"},
    }
}
_CACHED: Final[Json] = {
    "ETag": {
        "description": "The same for the same bytes, and for no others.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "Immutable when every clock was named, the tree is that of then, and "
        "something was recorded since; otherwise it must be asked again.",
        "schema": {"type": "string"},
    },
}
_SIGNING_IN: Final[Json] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token says who acts, and nothing else does.",
    },
    "named": {
        "type": "apiKey",
        "in": "header",
        "name": "Allot-As",
        "description": "In open mode, which is on loopback only, the person who acts. "
        "Without it the founder does.",
    },
}
_IF_NONE_MATCH: Final[Json] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "The ETag of what you have: answered 304 when it is the same.",
    "schema": {"type": "string"},
}


def openapi() -> Json:
    """The whole document."""
    document: Json = get_openapi(
        title="Allot", version=version("allot"), description=_ABOUT, routes=[]
    )
    paths = _mapping(document, "paths")
    for door in DOORS:
        _mapping(paths, door.path)["post"] = {}
    schemas, bodies = components()
    for door in DOORS:
        _mapping(paths, door.path)["post"] = _command(door, bodies[door.do])
    for operation in (LINES, PLANS, *FEED, *HEALTH, *READING):
        _mapping(paths, operation.path)[operation.method] = _operation(operation)
    document["paths"] = dict(sorted(paths.items()))
    parts = _mapping(document, "components")
    found = _mapping(parts, "schemas")
    found.update(schemas)
    parts["schemas"] = dict(sorted(found.items()))
    parts["securitySchemes"] = _SIGNING_IN
    document["security"] = [{name: []} for name in _SIGNING_IN]
    return document


def _command(door: Door, body: Json) -> Json:
    refusals = [*_ALWAYS, *((REFUSALS[name].STATUS, name) for name in door.refusals), *_SIGNED_IN]
    doc = (door.command.__doc__ or "").strip()
    return {
        "operationId": door.do,
        "summary": door.summary,
        "description": doc,
        "tags": ["commands"],
        "parameters": [_KEY, _DRY_RUN, _VIA],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body, "example": door.example}},
        },
        "responses": {
            "200": _answer("Judged, in a dry run.", Judged),
            "201": _answer("Recorded.", Decided),
            "202": _answer("Recorded as a proposal: a second person is to confirm it.", Waits),
            **_problems(refusals),
        },
    }


def _operation(operation: Operation) -> Json:
    content: Json = {
        media_type: {"schema": schema} for media_type, schema in operation.answers.items()
    }
    if operation.example is not None:
        first = next(iter(operation.answers))
        _mapping(content, first)["example"] = operation.example
    headers = {**_POSITION, **_CACHED} if operation.is_cached else _POSITION
    answer: Json = {"description": operation.says, "headers": headers, "content": content}
    unchanged: Json = {"304": {"description": "The same as you have.", "headers": headers}}
    described: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "parameters": list(operation.parameters),
        "responses": {
            "200": answer,
            **(unchanged if operation.is_cached else {}),
            **_problems((*operation.refusals, *(() if operation.is_open else _SIGNED_IN))),
            **operation.also,
        },
    }
    if operation.is_cached:
        described["parameters"] = [*operation.parameters, _IF_NONE_MATCH]
    if operation.body is not None:
        described["requestBody"] = operation.body
    if operation.is_open:
        described["security"] = []
    return described


def _answer(says: str, kind: type[Struct]) -> Json:
    return {
        "description": says,
        "headers": _POSITION,
        "content": {"application/json": {"schema": ref(kind)}},
    }


def _problems(refusals: Iterable[tuple[int, str]]) -> dict[str, Json]:
    by_status: dict[int, list[str]] = {}
    for status, code in (*refusals, *_ANY_HEAD):
        codes = by_status.setdefault(status, [])
        if code not in codes:
            codes.append(code)
    return {
        str(status): {
            "description": ", ".join(codes),
            "headers": {**_POSITION, **_RETRY} if status in (429, 503) else _POSITION,
            "content": {"application/problem+json": {"schema": ref(Problem)}},
        }
        for status, codes in sorted(by_status.items())
    }


def _mapping(of: Json, name: str) -> Json:
    value = of.setdefault(name, {})
    if not isinstance(value, dict):
        raise TypeError(f"{name} is no mapping")
    return value  # pyright: ignore[reportUnknownVariableType] - JSON names are text
