"""How the words of a command line become the fields of a command."""

import re
from typing import Final

from api.cli.endings import USAGE, Ended
from api.cli.options import moment
from ledger.periods import Instant, to_instant

_PERCENT: Final = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?%", re.ASCII)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def amount(text: str) -> int | str:
    """A whole number, or `all`; anything else ends the command."""
    return text if text == "all" else whole(text, "neither a whole number nor all")


def whole(text: str, otherwise: str = "no whole number") -> int:
    """A whole number; anything else ends the command."""
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        raise Ended(USAGE, f"'{text}' is {otherwise}.")
    return int(text)


def percent_bp(text: str) -> int | None:
    """PERCENT% in hundredths of a percent; None when it is no percentage."""
    found = _PERCENT.fullmatch(text)
    return None if found is None else int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def end(text: str) -> str | None:
    """The end of a grant as a fact says it: `open` is null."""
    return None if text == "open" else moment(text)


def instant(text: str) -> Instant:
    """A time as facts write it, so that two of them compare as text; else the command ends."""
    try:
        return to_instant(moment(text) or "")
    except ValueError as wrong:
        raise Ended(USAGE, str(wrong)) from wrong


def is_uuid(text: str) -> bool:
    """Whether it names a grant rather than a unit."""
    return _UUID.fullmatch(text) is not None


def named_grant(text: str) -> dict[str, object]:
    """UUID=QUANTITY of a grant."""
    name, quantity = _parted(text)
    return {"grant": name, "quantity": quantity}


def source(text: str) -> dict[str, object]:
    """UNIT=QUANTITY, UNIT=all, or UUID=QUANTITY of a grant."""
    name, quantity = _parted(text)
    return {"grant" if is_uuid(name) else "unit": name, "quantity": quantity}


def expected(text: str) -> dict[str, object]:
    """QUANTITY@TIME: so much is expected back by then."""
    quantity, at, date = text.partition("@")
    if not at or not date:
        raise Ended(USAGE, f"'{text}': say how much and when, as QUANTITY@TIME.")
    return {"quantity": whole(quantity), "expected_at": moment(date)}


def _parted(text: str) -> tuple[str, int | str]:
    name, equals, quantity = text.rpartition("=")
    if not equals or not name:
        raise Ended(USAGE, f"'{text}': say how many, as NAME=QUANTITY.")
    return name, amount(quantity)
