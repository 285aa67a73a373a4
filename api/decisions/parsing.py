"""From the bytes of a body to a command and its fingerprint, or a problem that says why not."""

import json
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from typing import Final, TypeVar, cast

import msgspec
from msgspec import Struct

from api.decisions.expecting import explained
from api.problems import Problem, invalid, invalid_body, malformed
from ledger.codec import canonical
from ledger.commands import AnyCommand
from ledger.periods import clean_text
from ledger.plans import Plan
from ledger.terms import KEY_BYTES_MAX

LINE_MAX: Final = 1024 * 1024
NESTING_MAX: Final = 100
"""No command is nested as deeply; what can be read at several hundreds cannot be sent on."""
_command = msgspec.json.Decoder(AnyCommand)
_plan = msgspec.json.Decoder(Plan)
T = TypeVar("T")


class Parsed(Struct, frozen=True):
    """A command that is well-formed, and the SHA-256 of its canonical form with `do`."""

    command: AnyCommand
    fingerprint: bytes


def parse_command(body: bytes, do: str) -> Parsed:
    """Read the body of a door that takes one command. Raises Problem 400 or 422."""
    fields = _object(body)
    if fields.setdefault("do", do) != do:
        raise invalid(f"This door takes the command {do}.", pointer="#/do")
    return _parsed(fields)


def parse_line(line: bytes) -> tuple[str | None, Parsed | Problem]:
    """Read a bulk line: its key, as far as one can be made out, and its command or problem."""
    key: str | None = None
    try:
        if len(line) > LINE_MAX:
            detail = f"A line may take {LINE_MAX:,} bytes."
            raise Problem(413, "TooLarge", detail, limit="line_size")
        fields = _object(line)
        key = _key(fields.pop("key", None))
        return key, _parsed(fields)
    except Problem as problem:
        return key, problem


def parse_plan(body: bytes) -> Plan:
    """Read what is asked of a plan. Raises Problem 400 or 422."""
    fields = _object(body)
    return _read(fields, Plan, _plan.decode)


def _parsed(fields: dict[str, object]) -> Parsed:
    return _read(
        fields, AnyCommand, lambda text: Parsed(_command.decode(text), sha256(text).digest())
    )


def _read(fields: dict[str, object], kind: object, read: Callable[[bytes], T]) -> T:
    try:
        return read(canonical(fields))
    except msgspec.ValidationError as wrong:
        raise invalid_body(wrong, partial(explained, fields, kind=kind)) from wrong
    except UnicodeEncodeError as wrong:
        raise malformed("The JSON holds half of a surrogate pair.") from wrong


def _object(body: bytes) -> dict[str, object]:
    try:
        value: object = _reader.decode(body.decode())
    except UnicodeDecodeError as wrong:
        raise malformed("The body is not UTF-8.") from wrong
    except RecursionError as wrong:
        raise _nested_too_deeply() from wrong
    except ValueError as wrong:
        raise malformed(f"The body is not JSON: {str(wrong)[:200]}.") from wrong
    # What opens no more brackets than that need not be looked through.
    if body.count(b"{") + body.count(b"[") > NESTING_MAX and _is_too_deep(value):
        raise _nested_too_deeply()
    if not isinstance(value, dict):
        raise invalid("The body is a JSON object, with the command's fields.", pointer="#")
    return value  # pyright: ignore[reportUnknownVariableType] - JSON names are text


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(NESTING_MAX):
        level = [inner for one in level for inner in _within(one) if isinstance(inner, dict | list)]
    return bool(level)


def _within(value: object) -> Iterable[object]:
    """What stands in an array, or an object."""
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def _nested_too_deeply() -> Problem:
    detail = f"The JSON is nested too deeply: {NESTING_MAX} levels are taken."
    return malformed(detail, limit="nesting")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return fields


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON value")


def _finite(text: str) -> float:
    # A float fails later, with the path of the field; one beyond all bounds would turn to null.
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


# The standard reader tells names that stand twice; msgspec would quietly keep the last.
_reader = json.JSONDecoder(
    object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite
)


def _key(given: object) -> str:
    if not isinstance(given, str):
        raise invalid("Each line needs a key: text of its own.", pointer="#/key")
    try:
        key = clean_text(given, "key")
    except ValueError as wrong:
        raise invalid(str(wrong), pointer="#/key") from wrong
    if not 1 <= len(key.encode()) <= KEY_BYTES_MAX:
        raise invalid(f"A key takes 1 to {KEY_BYTES_MAX} bytes.", pointer="#/key")
    return key
