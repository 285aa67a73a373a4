"""A copy of the record in two files, the events byte for byte and the answers, and its checks."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Annotated, Final, Literal, NoReturn

import msgspec
from msgspec import Meta, Struct

from ledger.answers import RECORDED, WARNED, Waits
from ledger.decide.findings import Warned
from ledger.log import Receipt
from ledger.replies import NO_ANSWER
from ledger.terms import demand_key, demand_person

Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Cover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first line of the file of answers: which events it belongs to, and how many follow.

    The answers stand in the order of their positions, each behind what it tells of.
    """

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

    `events` are its events as the answer to it holds them, parted by commas; `waits` is the answer
    itself when what was decided is that a second person has to confirm.
    """

    by: str
    key: str
    decision: str
    end: int
    events: bytes
    waits: Waits | None


class Told(Struct, frozen=True, kw_only=True):
    """What the events tell: how many there are, and their SHA-256."""

    events: int
    sha256: str


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
_DECIDED: Final = (NO_ANSWER, 201, 202)


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


class Answers:
    """The answers of a file, each checked against the events, as far as these are known.

    They belong to just these events and stand in the order of their positions, no key has two, a
    recorded decision has the answer of the person and key that its events name, which tells just
    these events, and none of them lacks one. A refusal says the status and position that stand
    beside it; its words nothing proves. Everything raises Untrue.
    """

    def __init__(self, file: IO[bytes], name: str) -> None:
        """Read the first line."""
        self._file = file
        self._name = name
        try:
            self._cover: Final = msgspec.json.decode(file.readline(), type=Cover)
        except _SHAPE as wrong:
            raise Untrue(f"{name}, line 1: no cover: {wrong}") from wrong
        self._missing: dict[str, Decided] = {}
        self._keys: defaultdict[str, set[str]] = defaultdict(set)
        self._line = 1
        self._next: Line | None = None
        self._go_on()

    def given(self, decisions: Sequence[Decided]) -> list[Receipt]:
        """The answers up to the last of these decisions, which are the next of the log."""
        if not decisions:
            return []
        self._missing.update({one.decision: one for one in decisions})
        end = decisions[-1].end
        found: list[Receipt] = []
        while self._next is not None and self._next.position <= end:
            found.append(self._receipt(self._next))
            self._go_on()
        for one in self._missing.values():
            raise Untrue(
                f"{self._name}: the decision that ends at position {one.end} has no answer"
            )
        return found

    def end(self, told: Told) -> None:
        """See that there are no others, and that they belong to these events."""
        self.demand(told.sha256)
        if self._cover.events != told.events:
            raise Untrue(f"{self._name} belongs to {self._cover.events} events, not {told.events}")
        if self._next is not None:
            self._refuse(f"position {self._next.position} is none of the log")
        count = sum(map(len, self._keys.values()))
        if count != self._cover.receipts:
            raise Untrue(f"{self._name}: {count} answers where {self._cover.receipts} belong")

    def demand(self, sha256: str) -> None:
        """See that they belong to events of this SHA-256, whatever else is wrong with them."""
        if self._cover.sha256 != sha256:
            raise Untrue(
                f"{self._name} belongs to {self._cover.events} events of SHA-256"
                f" {self._cover.sha256}, these are of {sha256}"
            )

    def _go_on(self) -> None:
        """Read the next line."""
        last, line = self._next, self._file.readline()
        self._next = None
        if not line:
            return
        self._line += 1
        if not line.endswith(b"\n"):
            self._refuse("the file is cut off")
        try:
            self._next = _line(line)
        except _SHAPE as wrong:
            self._refuse(f"no answer: {wrong}")
        if self._next.position < (last.position if last else 0):
            self._refuse(f"position {self._next.position} stands behind a later one")

    def _receipt(self, one: Line) -> Receipt:
        try:
            if one.decision is None:  # else they are those of its events
                demand_person(one.person)
                demand_key(one.key)
            fingerprint = bytes.fromhex(one.fingerprint)
            body = one.body.encode()
            refused = _refused(body) if one.status >= 400 else None
        except (*_SHAPE, ValueError) as wrong:
            self._refuse(f"no answer: {wrong}")
        if fingerprint.hex() != one.fingerprint or len(fingerprint) not in (0, 32):
            self._refuse(f"no answer: {one.fingerprint} is no SHA-256")
        is_lost = one.status == NO_ANSWER
        if is_lost != (not fingerprint) or is_lost != (not body):
            self._refuse("half of an answer")
        if (one.decision is not None) != (one.status in _DECIDED):
            self._refuse(f"status {one.status} does not go with the decision {one.decision}")
        if refused is not None and (refused.status, refused.position) != (one.status, one.position):
            self._refuse("the refusal says another status or position than its line")
        if one.decision is not None:
            decided = self._missing.pop(one.decision, None)
            if (
                decided is None
                or (one.person, one.key) != (decided.by, decided.key)
                or (one.position != decided.end and not is_lost)
            ):
                self._refuse(f"the events know no such decision: {one.decision}")
            if not is_lost and not _is_told_by(body, one.status, decided):
                self._refuse("the answer tells otherwise than the events")
        keys = self._keys[one.person]
        if one.key in keys:
            self._refuse(f"a second answer to the key {one.key}")
        keys.add(one.key)
        return Receipt(
            person=one.person, key=one.key, fingerprint=fingerprint,
            status=one.status, body=body, position=one.position, decision=one.decision,
        )  # fmt: skip

    def _refuse(self, why: str) -> NoReturn:
        raise Untrue(f"{self._name}, line {self._line}: {why}")


def _is_told_by(body: bytes, status: int, decided: Decided) -> bool:
    """Whether an answer is what is answered to a decision, byte for byte but for its warnings."""
    if decided.waits is not None:
        return status == 202 and body == _written(decided.waits)
    told = RECORDED % (decided.decision.encode(), decided.end) + decided.events
    if status != 201 or not body.startswith(told):
        return False
    rest = body[len(told) :]
    return rest == _UNWARNED or _are_warnings(rest)


def _are_warnings(rest: bytes) -> bool:
    """Whether an answer ends as one that warns does; of what, the events do not tell."""
    try:
        return rest == WARNED + _written(_warnings(rest[len(WARNED) : -1])) + b"}"
    except _SHAPE:
        return False


def guards(decisions: Sequence[Decided]) -> list[Receipt]:
    """For decisions whose answers are lost: their keys stay used, for no command at all."""
    return [
        Receipt(
            person=one.by, key=one.key, fingerprint=b"", status=NO_ANSWER, body=b"",
            position=one.end, decision=one.decision,
        )
        for one in decisions
    ]  # fmt: skip
