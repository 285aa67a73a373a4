"""Event to canonical bytes and back: the bytes stored are RFC 8785 canonical JSON, kept for ever.

msgspec writes members in the order of their names, no blanks and the shortest escapes, which is
RFC 8785 for what an event may hold: integers up to 2^53-1, booleans, null, NFC text, ASCII names.
A test holds the two equal against an independent implementation.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from ledger.events import Event, Recorded

EVENT_BYTES_MAX: Final = 65_535
EVENTS_MAX: Final = 5_000
"""So many events one decision may make: nobody else is judged, or answered, meanwhile."""

_encoder = msgspec.json.Encoder(order="sorted")
_decoder = msgspec.json.Decoder(Event)


def encode(event: Recorded) -> bytes:
    """The canonical bytes of an event."""
    return _encoder.encode(event)


def decode(stored: bytes) -> Event:
    """The event of stored bytes; msgspec.ValidationError when they are not an event."""
    return _decoder.decode(stored)


def encode_lines(events: Sequence[Recorded]) -> bytes:
    """The canonical bytes of events, each ended by a line feed."""
    return _encoder.encode_lines(events)


def decode_lines(stored: bytes) -> list[Event]:
    """The events of lines of stored bytes; msgspec.ValidationError when one is not an event.

    Blank lines are passed over: whoever minds compares with `encode_lines`.
    """
    return _decoder.decode_lines(stored)


def canonical(value: object) -> bytes:
    """Canonical JSON (RFC 8785) of text, integers, booleans, null, arrays and objects."""
    return _encoder.encode(value)
