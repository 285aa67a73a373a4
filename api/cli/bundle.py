"""A copy of the record in two files, the events byte for byte and the answers, and its checks."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import IO, Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from ledger.answers import RECORDED, WARNED, Waits
from ledger.decide.findings import Warned
from ledger.log import Key, Receipt
from ledger.replies import NO_ANSWER

Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Cover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of the file of answers: which events it belongs to, and how many follow."""

    allot: Literal["receipts.v1"] = "receipts.v1"
    events: int
    sha256: Hex
    receipts: int


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer as it stands in the file; with status 0 it is lost, and the key still used."""

    person: str
    key: str
    fingerprint: str
    status: Literal[0, 201, 202, 403, 404, 409]
    position: int
    decision: str | None
    body: str


class Decided(Struct, frozen=True, kw_only=True):
    """A decision of the events: whose it was, under which key, where it ends, what it says.

    `sha256` is of its events as the answer to it holds them, parted by commas, in so many bytes;
    `waits` is the answer itself when what was decided is that a second person has to confirm.
    """

    by: str
    key: str
    decision: str
    end: int
    sha256: bytes
    size: int
    waits: Waits | None


class Told(Struct, frozen=True, kw_only=True):
    """What the events tell: how many there are, their SHA-256, every decision in order."""

    events: int
    sha256: str
    decisions: list[Decided]


class Untrue(Exception):
    """The copy is not what was recorded; the message says what is wrong and where."""


def answers_of(events: Path) -> Path:
    """Where the answers lie: `record.jsonl` has `record.receipts.jsonl` beside it."""
    return events.with_name(f"{events.name.removesuffix('.jsonl')}.receipts.jsonl")


_encoder = msgspec.json.Encoder(order="sorted")
_line: Final = msgspec.json.Decoder(Line).decode


class _Refused(Struct, frozen=True, kw_only=True):
    """What of a refusal stands in its line as well; that it is JSON is read on the way."""

    status: int
    position: int


_UNWARNED: Final = WARNED + b"[]}"
_written: Final = msgspec.json.Encoder().encode
_warnings: Final = msgspec.json.Decoder(tuple[Warned, ...]).decode
_refused: Final = msgspec.json.Decoder(_Refused).decode
_SHAPE: Final = (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError)


def line_of(receipt: Receipt) -> bytes:
    """An answer as a line of the file."""
    return _encoder.encode(
        Line(
            person=receipt.person,
            key=receipt.key,
            fingerprint=receipt.fingerprint.hex(),
            status=receipt.status,  # pyright: ignore[reportArgumentType]  checked when it is read
            position=receipt.position,
            decision=receipt.decision,
            body=receipt.body.decode(),
        )
    )


def cover_line(cover: Cover) -> bytes:
    """The first line of the file of answers."""
    return _encoder.encode(cover)


def check_receipts(file: IO[bytes], name: str, told: Told) -> Iterator[Receipt]:
    """The answers of a file, each checked against the events. Raises Untrue.

    They belong to just these events, no key has two, a recorded decision has the answer of the
    person and key that its events name, which tells just these events, and none of them lacks
    one. A refusal says the status and position that stand beside it; its words nothing proves.
    """
    try:
        cover = msgspec.json.decode(file.readline(), type=Cover)
    except _SHAPE as wrong:
        raise Untrue(f"{name}, line 1: no cover: {wrong}") from wrong
    if (cover.events, cover.sha256) != (told.events, told.sha256):
        raise Untrue(
            f"{name} belongs to {cover.events} events of SHA-256 {cover.sha256}, these are"
            f" {told.events} of {told.sha256}"
        )
    missing = {one.decision: one for one in told.decisions}
    keys: set[Key] = set()
    for number, line in enumerate(file, start=2):
        receipt = _receipt(line, f"{name}, line {number}", missing, told.events)
        if (receipt.person, receipt.key) in keys:
            raise Untrue(f"{name}, line {number}: a second answer to the key {receipt.key}")
        keys.add((receipt.person, receipt.key))
        yield receipt
    if len(keys) != cover.receipts:
        raise Untrue(f"{name}: {len(keys)} answers where {cover.receipts} belong")
    for one in missing.values():
        raise Untrue(f"{name}: the decision that ends at position {one.end} has no answer")


def _receipt(line: bytes, where: str, missing: dict[str, Decided], head: int) -> Receipt:
    if not line.endswith(b"\n"):
        raise Untrue(f"{where}: the file is cut off")
    try:
        one = _line(line)
        fingerprint = bytes.fromhex(one.fingerprint)
        body = one.body.encode()
        refused = _refused(body) if one.status >= 400 else None
    except (*_SHAPE, ValueError) as wrong:
        raise Untrue(f"{where}: no answer: {wrong}") from wrong
    if fingerprint.hex() != one.fingerprint or len(fingerprint) not in (0, 32):
        raise Untrue(f"{where}: no answer: {one.fingerprint} is no SHA-256")
    if not 0 <= one.position <= head:
        raise Untrue(f"{where}: position {one.position} is none of the log")
    is_lost = one.status == NO_ANSWER
    if is_lost != (not one.fingerprint) or is_lost != (not one.body):
        raise Untrue(f"{where}: half of an answer")
    if (one.decision is not None) != (one.status in (NO_ANSWER, 201, 202)):
        raise Untrue(f"{where}: status {one.status} does not go with the decision {one.decision}")
    if refused is not None and (refused.status, refused.position) != (one.status, one.position):
        raise Untrue(f"{where}: the refusal says another status or position than its line")
    if one.decision is not None:
        decided = missing.pop(one.decision, None)
        if (
            decided is None
            or (one.person, one.key) != (decided.by, decided.key)
            or (one.position != decided.end and not is_lost)
        ):
            raise Untrue(f"{where}: the events know no such decision: {one.decision}")
        if not is_lost and not _is_told_by(body, one.status, decided):
            raise Untrue(f"{where}: the answer tells otherwise than the events")
    return Receipt(
        person=one.person, key=one.key, fingerprint=fingerprint,
        status=one.status, body=body, position=one.position, decision=one.decision,
    )  # fmt: skip


def _is_told_by(body: bytes, status: int, decided: Decided) -> bool:
    """Whether an answer is what is answered to a decision, byte for byte but for its warnings.

    Its events are compared by their SHA-256, so that nobody has to keep them until here.
    """
    if decided.waits is not None:
        return status == 202 and body == _written(decided.waits)
    begin = RECORDED % (decided.decision.encode(), decided.end)
    end = len(begin) + decided.size
    return (
        status == 201
        and body.startswith(begin)
        and sha256(memoryview(body)[len(begin) : end]).digest() == decided.sha256
        and (body[end:] == _UNWARNED or _are_warnings(body[end:]))
    )


def _are_warnings(rest: bytes) -> bool:
    """Whether an answer ends as one that warns does; of what, the events do not tell."""
    try:
        return rest == WARNED + _written(_warnings(rest[len(WARNED) : -1])) + b"}"
    except _SHAPE:
        return False


def guards(told: Told) -> Iterator[Receipt]:
    """For events whose answers are lost: their keys stay used, for no command at all."""
    for one in told.decisions:
        yield Receipt(
            person=one.by, key=one.key, fingerprint=b"", status=NO_ANSWER, body=b"",
            position=one.end, decision=one.decision,
        )  # fmt: skip
