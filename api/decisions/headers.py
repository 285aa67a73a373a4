"""What a command's headers and query say: the key, the tool, the media type, a dry run."""

import re
from functools import lru_cache
from typing import Final

from starlette.requests import Request

from api.problems import Problem, invalid, malformed
from ledger.facts import Via
from ledger.periods import clean_text
from ledger.terms import KEY_BYTES_MAX

KEY: Final = b"idempotency-key"
VIA: Final = b"allot-via"
_QUOTED = re.compile(rb'"((?:[ !#-\[\]-~]|\\["\\])*)"\Z')
_BARE = re.compile(rb"[!#-~](?:[ -~]{0,253}[!-~])?\Z")
_ESCAPED = re.compile(rb'\\(["\\])')
_PARAMETER = re.compile(r'\s*;\s*(file|sha256)="((?:[^"\\]|\\["\\])*)"')
_TOOL = re.compile(r"[^;]+")
_TEXT_MAX: Final = 200
_JSON: Final = "application/json"
BULK_TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")


def read_key(request: Request) -> str:
    """Return the Idempotency-Key, quoted (RFC 8941 string) or bare; Problem 400 without one."""
    given = [value for name, value in request.scope["headers"] if name == KEY]
    if len(given) != 1:
        raise Problem(
            400,
            "KeyMissing" if not given else "Malformed",
            "A command needs one Idempotency-Key header: text of your own, the same when you "
            "ask again.",
        )
    value: bytes = given[0].strip()
    quoted = _QUOTED.match(value)
    key = _ESCAPED.sub(rb"\1", quoted[1]) if quoted else value
    if not key or len(key) > KEY_BYTES_MAX or not (quoted or _BARE.match(value)):
        raise malformed(f"Idempotency-Key takes 1 to {KEY_BYTES_MAX} bytes of printable ASCII.")
    return key.decode("ascii")


def read_via(request: Request, credential: str | None) -> Via:
    """Return the tool a command came through: `Allot-Via: TOOL; file="..."; sha256="..."`."""
    given = [value for name, value in request.scope["headers"] if name == VIA]
    if not given:
        return Via(tool="http", credential=credential)
    if len(given) > 1:
        raise malformed("Allot-Via is given twice.")
    return _via(given[0], credential)


@lru_cache(maxsize=256)
def _via(value: bytes, credential: str | None) -> Via:
    try:
        text = clean_text(value.decode(), "Allot-Via")
    except ValueError as wrong:
        raise malformed(f"Allot-Via cannot be read: {wrong}.") from wrong
    tool = _TOOL.match(text)
    end = tool.end() if tool else 0
    found = dict[str, str]()
    while parameter := _PARAMETER.match(text, end):
        found[parameter[1]] = re.sub(r'\\(["\\])', r"\1", parameter[2])
        end = parameter.end()
    name = tool[0].strip() if tool else ""
    if not name or text[end:].strip():
        raise malformed('Allot-Via takes the form: TOOL; file="NAME"; sha256="HEX".')
    if max(len(name), *map(len, found.values()), 0) > _TEXT_MAX:
        raise malformed(f"Each part of Allot-Via takes at most {_TEXT_MAX} characters.")
    return Via(tool=name, credential=credential, file=found.get("file"), sha256=found.get("sha256"))


def demand_json(request: Request) -> None:
    """Raise Problem 415 unless the body is announced as JSON in UTF-8."""
    _demand(request, (_JSON,))


def demand_lines(request: Request) -> None:
    """Raise Problem 415 unless the body is announced as JSON lines."""
    _demand(request, BULK_TYPES)


def _demand(request: Request, media_types: tuple[str, ...]) -> None:
    given = request.headers.get("content-type", "")
    if given in media_types:
        return
    media_type, _, parameters = given.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if media_type.strip().lower() not in media_types or charset not in ("", "charset=utf-8"):
        raise Problem(
            415,
            "WrongMediaType",
            f"Send Content-Type: {media_types[0]}.",
            headers={"Accept-Post": ", ".join(media_types)},
        )


def is_dry_run(request: Request) -> bool:
    """Whether `?dry_run=true` is asked for; Problem 422 for any other query."""
    if not request.scope["query_string"]:
        return False
    given = request.query_params.multi_items()
    for name, value in given:
        if name != "dry_run":
            raise invalid(f"There is no parameter {name[:100]!r} here.", parameter=name[:100])
        if value not in ("true", "false"):
            raise invalid("dry_run is true or false.", parameter="dry_run")
    if len(given) > 1:
        raise invalid("dry_run is given twice.", parameter="dry_run")
    return given[0][1] == "true"
