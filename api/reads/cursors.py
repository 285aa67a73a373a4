"""Cursors: a question, the head and second it was first asked at, and the row it has come to."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from hashlib import blake2b
from typing import Final

import msgspec
from msgspec import Struct

from api.problems import invalid
from ledger.periods import Instant

_SEAL_BYTES: Final = 12
# Not a secret: a cursor opens nothing that its holder may not read. The seal tells one that this
# release made from one that was cut, mistyped or made up, in every process alike.
_SEALED_FOR: Final = b"allot cursor 1"
LENGTH_MAX: Final = 16_384

Key = tuple[str | int, ...]


class Cursor(Struct, frozen=True, kw_only=True, array_like=True, forbid_unknown_fields=True):
    """`asked` = the parameters of the first page, `head` and `now` what it was answered at.

    When these name every clock, `head` is the position they name and `now` says nothing. `after`
    is the key of the last row given so far.
    """

    path: str
    asked: tuple[tuple[str, str], ...]
    head: int
    now: Instant
    after: Key


_decoder = msgspec.json.Decoder(Cursor)


def written(cursor: Cursor) -> str:
    """The cursor as text for an address."""
    body = msgspec.json.encode(cursor)
    return urlsafe_b64encode(_seal(body) + body).rstrip(b"=").decode()


def opened(text: str, path: str) -> Cursor:
    """The cursor of a text; Problem 422 when it was not made here for this path."""
    try:
        if len(text) > LENGTH_MAX:
            raise ValueError(f"{len(text)} characters")
        sealed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        cursor = _decoder.decode(sealed[_SEAL_BYTES:])
        if cursor.path != path or written(cursor) != text:
            raise ValueError("of another path, or not sealed here")
    except (ValueError, NotBase64, msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise invalid(
            "cursor is the `next` of an earlier page of this same list, unchanged.",
            parameter="cursor",
        ) from wrong
    return cursor


def _seal(body: bytes) -> bytes:
    return blake2b(body, digest_size=_SEAL_BYTES, key=_SEALED_FOR).digest()
