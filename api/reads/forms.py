"""The forms an answer comes in: JSON, JSON lines, CSV; with its validator and how long it holds."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.cells import guarded
from api.feed.queries import Query
from api.problems import Problem, invalid

Form = Literal["json", "jsonl", "csv"]
MEDIA_TYPES: Final[Mapping[Form, str]] = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "csv": "text/csv; charset=utf-8; header=present",
}
_NAMES: Final[Mapping[str, Form]] = {
    "application/json": "json",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/ndjson": "jsonl",
    "text/csv": "csv",
}
HELD_S: Final = 86_400
"""What can never change may be kept for a day: the record stands, but answers gain fields."""
FIXED: Final = f"private, max-age={HELD_S}, immutable"
CHANGING: Final = "private, no-cache"
VARY: Final = "Accept, Authorization, Cookie, Allot-As"


def wished_form(request: Request, query: Query, offered: Sequence[Form]) -> Form:
    """The form asked for, by `format` or else by Accept. Problem 406 or 422."""
    text = query.text("format")
    if text is not None:
        for form in offered:
            if form == text:
                return form
        raise invalid(f"format is {' or '.join(offered)}.", parameter="format")
    best: tuple[float, int] | None = None
    found: Form = offered[0]
    for place, form in enumerate(offered):
        quality = _quality(request, form)
        if quality > 0 and (best is None or (-quality, place) < best):
            best, found = (-quality, place), form
    if best is None:
        kinds = ", ".join(MEDIA_TYPES[form].partition(";")[0] for form in offered)
        raise Problem(406, "NotAcceptable", f"This comes as {kinds}.")
    return found


def _quality(request: Request, form: Form) -> float:
    """How much the caller likes a form (RFC 9110 section 12.5.1): the most exact range decides."""
    ranges = ",".join(request.headers.getlist("accept")) or "*/*"
    exactness, quality = -1, 0.0
    for one in ranges.split(","):
        name, _, rest = one.partition(";")
        name = name.strip().lower()
        wide = MEDIA_TYPES[form].partition("/")[0] + "/*"
        exact = 2 if _NAMES.get(name) == form else {wide: 1, "*/*": 0}.get(name, -1)
        if exact > exactness:
            exactness, quality = exact, _weight(rest)
    return quality


def _weight(parameters: str) -> float:
    for one in parameters.split(";"):
        name, _, value = one.strip().partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                return 0.0
            return weight if 0 <= weight <= 1 else 0.0
    return 1.0


def as_lines(rows: Iterable[object]) -> bytes:
    """One JSON value a line."""
    return msgspec.json.Encoder().encode_lines(rows)


def as_csv(rows: Iterable[Mapping[str, object]], columns: Sequence[str], *, head: bool) -> bytes:
    """RFC 4180 with a head line. A text that a spreadsheet would compute gets a leading `'`."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    if head:
        writer.writerow(columns)
    for row in rows:
        writer.writerow([cell(row.get(name)) for name in columns])
    return text.getvalue().encode()


def cell(value: object) -> str | int:
    """A value as a cell: null is empty, lists and objects are JSON, text never is a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return value
        case str():
            return guarded(value)
        case _:
            return msgspec.json.encode(value).decode()


def validator(body: bytes, media_type: str) -> str:
    """A strong ETag: the same bytes have the same, other bytes another."""
    digest = blake2b(body, digest_size=16, key=media_type.encode()[:64]).hexdigest()
    return f'"{digest}"'


def answered(request: Request, body: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The answer with its ETag, or 304 when the caller has it already."""
    headers["ETag"] = tag = validator(body, media_type)
    headers["Vary"] = VARY
    if is_known(request, tag):
        return Response(None, 304, headers)
    return Response(body, 200, headers, media_type)


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names what would be sent (RFC 9110 section 13.1.2)."""
    given = ",".join(request.headers.getlist("if-none-match"))
    known = [one.strip().removeprefix("W/") for one in given.split(",")]
    return "*" in known or tag in known
