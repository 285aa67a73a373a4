"""Bodies as a careless or hostile caller might send them, and what no answer may ever show."""

import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import Any

import httpx2

from api.decisions.commands import DOORS

FRAGMENTS = (
    b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"NaN", b"1e999", b"-0", b"1.5",
    b"9" * 400, b"[" * 3000, b'{"a":' * 1200, b"}", b'"', b",,", b"null", b"true", b"\r\n", b"//",
    b'"quantity":1,"quantity":2,', b"\xe2\x80\xae", b"<script>", b"=1+1",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, 2**53, 2**63, 10**400, "", " ", "\x00", "a" * 5000, "../..", "/",
    "%00", "%2e%2e%2f", "null", "\u202egnp", "'; DROP TABLE ledger.events; --", "<script>", [], {},
    [[]], {"$ref": "#"}, [None] * 50, "9999-12-31T23:59:60Z", "2026-02-30T00:00:00Z", "all", "*",
)  # fmt: skip
TRACE = re.compile(r"Traceback|File \"|line \d+, in |psycopg|SELECT |postgresql://")


def mutants(seed: int) -> Iterator[tuple[str, bytes]]:
    """Paths and bodies without end: each a door's example with something wrong in it, mostly."""
    rng = random.Random(seed)
    while True:
        door = rng.choice(DOORS)
        fields: Any = json.loads(json.dumps(door.example))
        if rng.random() < 0.6:
            for _ in range(rng.randrange(1, 4)):
                fields = _changed(fields, rng)
        body = json.dumps(fields).encode()
        if rng.random() < 0.6:
            body = _spoilt(body, rng)
        yield door.path, body


def _changed(fields: Any, rng: random.Random) -> Any:
    """The same with one value replaced, left out, renamed or wrapped, somewhere."""
    if isinstance(fields, dict) and fields and rng.random() < 0.85:
        name = rng.choice(list(fields))
        match rng.randrange(5):
            case 0:
                return {key: value for key, value in fields.items() if key != name}
            case 1:
                return {**fields, rng.choice(("", "do", "$", "x" * 300, "a/b~c")): fields[name]}
            case 2:
                return {**fields, name: _changed(fields[name], rng)}
            case _:
                return {**fields, name: rng.choice(VALUES)}
    if isinstance(fields, list) and fields and rng.random() < 0.7:
        place = rng.randrange(len(fields))
        return [*fields[:place], _changed(fields[place], rng), *fields[place:]]
    return rng.choice((*VALUES, [fields], {"legs": fields}))


def _spoilt(body: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(body) + 1)
    match rng.randrange(5):
        case 0:
            return body[:start]
        case 1:
            end = min(len(body), start + rng.randrange(1, 20))
            return body[:start] + body[end:]
        case 2:
            return body[:start] + bytes([rng.randrange(256)]) + body[start + 1 :]
        case 3:
            return body[:start] + body[start:] * 2
        case _:
            return body[:start] + rng.choice(FRAGMENTS) + body[start:]


def faults_of(answer: httpx2.Response, secrets: Sequence[str]) -> list[str]:
    """What is wrong with an answer to whatever was asked; empty when nothing is."""
    found: list[str] = []
    if answer.status_code == 500 or answer.status_code > 503:
        found.append(f"status {answer.status_code}")
    kind = answer.headers.get("Content-Type", "")
    if answer.status_code >= 400 and not kind.startswith(("application/problem+json", "text/html")):
        found.append(f"a refusal as {kind or 'nothing'}")
    text = answer.content.decode(errors="replace")
    everything = text + "".join(f"{name}: {value}\n" for name, value in answer.headers.items())
    found += [f"the secret {secret[:4]}..." for secret in secrets if secret in everything]
    if answer.status_code >= 400 and TRACE.search(text):
        found.append("the inside of the program")
    return found
