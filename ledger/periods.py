"""Instants as text whose order is time order, and half-open periods `[start, end)` of them."""

import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final, NewType

import msgspec

Instant = NewType("Instant", str)
"""`YYYY-MM-DDTHH:MM:SS.ffffffZ`: always UTC, always six digits, so text order is time order."""

BEGINNING: Final = Instant("0001-01-01T00:00:00.000000Z")
EPOCH: Final = Instant("1970-01-01T00:00:00.000000Z")
FOREVER: Final = Instant("9999-12-31T23:59:59.999999Z")
"""The end of an open period. Written as null in facts and answers."""
MICROSECOND: Final = timedelta(microseconds=1)
"""The least by which two instants differ."""

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:[Zz]|([+-])(\d\d):(\d\d))\Z",
    re.ASCII,
)
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def to_instant(text: str) -> Instant:
    """Read an RFC 3339 time (section 5.6) with a zone and at most six digits of a second.

    A leap second, a time without zone, and years outside 1970..9998 raise ValueError with a
    sentence for the caller.
    """
    found = _RFC3339.match(text)
    if found is None:
        if " " in text and _RFC3339.match(text.replace(" ", "+")):
            raise ValueError(f"'{text}': an unescaped + in a query reads as a blank; write %2B")
        if _RFC3339.match(f"{text}Z"):
            raise ValueError(
                f"'{text}' has no zone: write Z behind it, or an offset such as +01:00, "
                "of which the + is %2B in an address"
            )
        if _RFC3339.match(f"{text}T00:00:00Z"):
            raise ValueError(f"'{text}' is a day without a time: write {text}T00:00:00Z")
        raise ValueError(
            f"'{text}' is not an RFC 3339 time with a zone and at most six digits of a second, "
            "such as 2027-01-31T14:30:00Z"
        )
    year, month, day, hour, minute, second, fraction, sign, zone_hour, zone_minute = found.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second),
            int((fraction or "").ljust(6, "0")), tzinfo=UTC,
        )  # fmt: skip
        if sign:
            if int(zone_hour) > 23 or int(zone_minute) > 59:
                raise ValueError("zone out of range")
            shift = timedelta(hours=int(zone_hour), minutes=int(zone_minute))
            moment = moment - shift if sign == "+" else moment + shift
    except (ValueError, OverflowError) as wrong:
        raise ValueError(f"'{text}' is not a time: {wrong}") from wrong
    if not 1970 <= moment.year <= 9998:
        raise ValueError(f"'{text}' lies outside the years 1970 to 9998")
    return from_datetime(moment)


def instant_of(text: str, name: str) -> Instant:
    """Read the time that a field says, as `to_instant` does; ValueError names the field."""
    try:
        return to_instant(text)
    except ValueError as wrong:
        raise ValueError(f"{name}: {wrong}") from wrong


def from_datetime(moment: datetime) -> Instant:
    """The instant of an aware datetime."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    text = moment.isoformat(timespec="microseconds")
    return Instant(text[:26] + "Z")


def to_datetime(instant: Instant) -> datetime:
    """The aware UTC datetime of an instant."""
    return datetime.fromisoformat(instant)


def micros(instant: Instant) -> int:
    """Microseconds since 1970-01-01T00:00:00Z."""
    return (datetime.fromisoformat(instant) - _ZERO) // MICROSECOND


def from_micros(count: int) -> Instant:
    """The instant that lies so many microseconds after 1970-01-01T00:00:00Z."""
    return from_datetime(_ZERO + timedelta(microseconds=count))


def is_instant(text: str) -> bool:
    """Whether a text is what `from_datetime` writes, of any year."""
    try:
        return from_datetime(datetime.fromisoformat(text)) == text
    except (ValueError, OverflowError):
        return False


def are_instants(texts: Collection[str]) -> bool:
    """Whether each of many texts is an instant: at once, in a fifth of the time.

    They are read and written by a library that differs in one thing alone: of a whole second it
    leaves the six zeros out.
    """
    try:
        read = msgspec.convert(texts, list[datetime])
    except msgspec.ValidationError:
        return False
    written = _encoder.encode(texts)
    shorter = written.replace(b".000000Z", b"Z")
    return set(map(len, texts)) <= {_LENGTH} and _encoder.encode(read) == shorter


_LENGTH: Final = len(BEGINNING)
_encoder: Final = msgspec.json.Encoder()


def shifted(instant: Instant, by: timedelta) -> Instant:
    """The instant moved by a duration, kept inside the representable years."""
    try:
        return from_datetime(datetime.fromisoformat(instant) + by)
    except OverflowError:
        return FOREVER if by > timedelta(0) else BEGINNING


def open_end(end: Instant | None) -> Instant:
    """The instant a period runs to, with FOREVER for an open one."""
    return FOREVER if end is None else end


def or_null(end: Instant) -> Instant | None:
    """The way an end is written in facts and answers: null when open."""
    return None if end == FOREVER else end


_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def clean_text(text: str, what: str) -> str:
    """Text in NFC without control or bidi-override characters; otherwise ValueError names it."""
    if text.isascii() and text.isprintable():
        return text  # nothing of all that can be in it
    found = _FORBIDDEN.search(text)
    if found is not None:
        raise ValueError(f"{what} contains the character U+{ord(found.group()):04X}, not allowed")
    return unicodedata.normalize("NFC", text)


_UNSEEN: Final = frozenset({"Cf", "Mn", "Me"})
"""Unicode's categories of what has no width of its own."""
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are drawn as nothing: Hangul's fillers, and Braille without a dot."""


def is_blank(text: str) -> bool:
    """Whether nothing in a text is to be seen: spaces, and what has no width or no ink."""
    if text.isascii():
        return not text.strip()
    return all(
        one.isspace() or one in _FILLERS or unicodedata.category(one) in _UNSEEN for one in text
    )
