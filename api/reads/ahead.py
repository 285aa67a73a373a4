"""The window of a read that looks ahead: from an instant, now unless told, until another."""

from datetime import timedelta
from typing import NamedTuple

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.look import Look
from ledger.periods import Instant, shifted


class Window(NamedTuple):
    """From an instant until another; `is_fixed` when the caller named both."""

    start: Instant
    until: Instant
    is_fixed: bool


def instant(look: Look, asked: Asked) -> tuple[Instant, bool]:
    """The instant asked about, and whether the caller named it: `from`, or `valid_at`.

    Problem 422 when both are given and differ.
    """
    start, valid_at = asked.instant("from"), asked.instant("valid_at")
    if start is not None and valid_at is not None and start != valid_at:
        raise invalid("from and valid_at are the same thing and differ here.", parameter="valid_at")
    given = start or valid_at
    return given or look.now, given is not None


def window(look: Look, asked: Asked, days: int) -> Window:
    """The window, of so many days unless told otherwise. Problem 422 when it holds nothing."""
    start, is_given = instant(look, asked)
    until = asked.instant("until")
    if until is None:
        return Window(start, shifted(start, timedelta(days=days)), is_given)
    if until <= start:
        raise invalid(f"until {until} is not after from {start}.", parameter="until")
    return Window(start, until, is_given)
