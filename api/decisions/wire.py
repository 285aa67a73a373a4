"""What the doors and the process that decides say to each other: frames of MessagePack.

A frame is its length in four bytes, big-endian, and as many bytes of one message.
"""

from collections.abc import Callable, Iterator, Sequence
from struct import Struct as Packed
from typing import Final

import msgspec
from msgspec import Struct

from api.decisions.unchecked import unchecked
from ledger.asks import Answer, Ask, Put, Question
from ledger.commands import AnyCommand
from ledger.facts import Via
from ledger.plans import Foreseen, Plan

_LENGTH: Final = Packed("!I")


class Handed(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """An `Ask` on its way; the facts that its command names are looked up where it is judged."""

    command: AnyCommand
    by: str
    via: Via
    key: str
    fingerprint: bytes
    dry_run: bool


class Wondered(Struct, frozen=True, array_like=True, tag=2, gc=False):
    """A `Question` on its way."""

    plan: Plan
    by: str
    via: Via
    foreseen: tuple[Foreseen, ...]
    reflected: int


class Given(Struct, frozen=True, array_like=True, gc=False):
    """What of an `Answer` is sent on, not what was stored for it."""

    status: int
    body: bytes
    position: int
    code: str | None
    replayed: bool


class Asked(Struct, frozen=True, array_like=True, gc=False):
    """So many asks to be judged in this order, and the number by which they are answered.

    Who cannot read the asks can still answer each of them.
    """

    number: int
    count: int
    asks: msgspec.Raw


class Answered(Struct, frozen=True, array_like=True, tag=1, gc=False):
    """The answers to asks that came under a number, in their order."""

    number: int
    answers: tuple[Given, ...]


class Standing(Struct, frozen=True, array_like=True, tag=2, gc=False):
    """Why commands are not taken at the moment, in words; None when they are."""

    trouble: str | None


_encode: Final = msgspec.msgpack.Encoder().encode
decode_asked: Final = msgspec.msgpack.Decoder(Asked).decode
_decode_asks: Final[Callable[[msgspec.Raw], tuple[Handed | Wondered, ...]]] = (
    msgspec.msgpack.Decoder(unchecked(tuple[Handed | Wondered, ...])).decode
)
decode_said: Final = msgspec.msgpack.Decoder(Answered | Standing).decode


def asked(number: int, asks: Sequence[Put]) -> bytes:
    """The frame that hands asks over."""
    handed = [_on_its_way(one) for one in asks]
    return framed(Asked(number, len(handed), msgspec.Raw(_encode(handed))))


def answered(number: int, answers: Sequence[Answer]) -> bytes:
    """The frame that answers them."""
    given = [Given(one.status, one.body, one.position, one.code, one.replayed) for one in answers]
    return framed(Answered(number, tuple(given)))


def framed(message: Asked | Answered | Standing) -> bytes:
    """A message with its length before it."""
    text = _encode(message)
    return _LENGTH.pack(len(text)) + text


def asks_of(message: Asked) -> list[Put]:
    """The asks as they were handed over, not checked again. Raises msgspec.MsgspecError."""
    return [_arrived(one) for one in _decode_asks(message.asks)]


def _arrived(one: Handed | Wondered) -> Put:
    if isinstance(one, Wondered):
        return Question(
            plan=one.plan, by=one.by, via=one.via, foreseen=one.foreseen, reflected=one.reflected
        )
    return Ask(
        command=one.command, by=one.by, via=one.via, key=one.key, fingerprint=one.fingerprint,
        dry_run=one.dry_run,
    )  # fmt: skip


def _on_its_way(one: Put) -> Handed | Wondered:
    if isinstance(one, Question):
        return Wondered(one.plan, one.by, one.via, one.foreseen, one.reflected)
    return Handed(one.command, one.by, one.via, one.key, one.fingerprint, one.dry_run)


def answers_of(message: Answered) -> list[Answer]:
    """The answers as the doors send them on."""
    return [
        Answer(
            status=one.status, body=one.body, position=one.position, code=one.code,
            replayed=one.replayed,
        )
        for one in message.answers
    ]  # fmt: skip


class Frames:
    """Puts together the messages of what arrives in pieces."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, data: bytes) -> Iterator[bytes]:
        """The messages that are whole with this piece, without their lengths."""
        rest = self._rest
        rest += data
        at = 0
        while len(rest) - at >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(rest, at)
            end = at + _LENGTH.size + length
            if len(rest) < end:
                break
            yield bytes(rest[at + _LENGTH.size : end])
            at = end
        del rest[:at]
