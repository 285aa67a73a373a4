"""The two clocks of a page: what people type, what it means, and the links that step in time."""

import re
from datetime import timedelta
from typing import Final

from msgspec import Struct

from ledger.periods import Instant, shifted, to_instant

MINUS: Final = "\N{MINUS SIGN}"
STEPS: Final = (-90, -30, -7, -1, 1, 7, 30, 90)
_BARE = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?)?\Z", re.ASCII)


class Clocks(Struct, frozen=True, kw_only=True):
    """What was asked: `valid_at` None is now, `known_at` None is the latest position."""

    valid_at: Instant | None = None
    known_at: int | Instant | None = None

    @property
    def kept(self) -> dict[str, str]:
        """The query parameters that every link of the page carries on."""
        asked = {"valid_at": self.valid_at, "known_at": self.known_at}
        return {name: str(value) for name, value in asked.items() if value is not None}


class Step(Struct, frozen=True, kw_only=True):
    """A link that moves valid time by some days."""

    label: str
    says: str
    sets: dict[str, str]


def read_time(text: str) -> Instant | None:
    """A time as people type it; a bare date is midnight, no zone means UTC, empty means now.

    Raises ValueError with a sentence for the reader.
    """
    text = text.strip()
    if text in {"", "now"}:
        return None
    bare = _BARE.match(text)
    if bare is None and not text[:1].isdigit():
        raise ValueError(
            f"'{text}' is no time: write a day such as 2027-01-31, or 2027-01-31 14:30 in UTC"
        )
    if bare is None:
        return to_instant(text)
    day, minute, rest = bare.groups()
    return to_instant(f"{day}T{minute or '00:00'}{rest or ':00'}Z")


def read_clocks(valid_at: str, known_at: str) -> Clocks:
    """The clocks of a page's address; ValueError has a sentence for the reader."""
    known = known_at.strip().replace(",", "")
    if known.isascii() and known.isdigit():
        return Clocks(valid_at=read_time(valid_at), known_at=int(known))
    later = None if known == "latest" else read_time(known_at)
    return Clocks(valid_at=read_time(valid_at), known_at=later)


def steps(valid_at: Instant) -> tuple[Step, ...]:
    """Links to midnights around an instant."""
    return tuple(
        Step(
            label=f"{'+' if days > 0 else MINUS}{abs(days)} d",
            says=f"{_days(abs(days))} {'later' if days > 0 else 'earlier'}",
            sets={"valid_at": midnight(shifted(valid_at, timedelta(days=days)))[:10]},
        )
        for days in STEPS
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def midnight(instant: Instant) -> Instant:
    """The beginning of the UTC day of an instant."""
    return Instant(f"{instant[:10]}T00:00:00.000000Z")


def short(instant: Instant) -> str:
    """An instant as short as it can be without saying less: date, minute, or all of it."""
    if instant.endswith("T00:00:00.000000Z"):
        return instant[:10]
    if instant.endswith(":00.000000Z"):
        return f"{instant[:10]} {instant[11:16]}"
    return instant


def to_minute(instant: Instant) -> str:
    """An instant to the minute, as people type it."""
    return f"{instant[:10]} {instant[11:16]}".removesuffix(" 00:00")
