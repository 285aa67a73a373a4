"""Is it as late here as at the database: no time can be vouched for when they disagree."""

from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from ledger.log import Log

Clock = Callable[[], datetime]
"""Gives aware datetimes."""

APART_S: Final = 5.0
COMPARE_S: Final = 5.0
DOUBT_S: Final = 1.0
"""So often clocks are compared that were apart."""
SET_S: Final = 1.0
"""A clock that goes so far from the processor's own count was set, and is compared at once."""


def system_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


class Clocks:
    """The clock that decisions are stamped by, held against the database's now and then.

    With `compares` None that is done of the system's clock alone, which is no test's.
    """

    def __init__(self, clock: Clock, *, compares: bool | None) -> None:
        self.now: Final = clock
        self.apart: str | None = None
        """By how much they disagree, in words; None while they do not."""
        self._compares: Final = clock is system_clock if compares is None else compares
        self._compare_at = 0.0
        self._compared = clock(), monotonic()

    def moment(self, log: Log) -> datetime:
        """The time, which `apart` is right about: compared anew if the clock was set meanwhile.

        Raises LogUnavailable.
        """
        now = self.now()
        if self._compares:
            then, counted = self._compared
            if abs((now - then).total_seconds() - monotonic() + counted) > SET_S:
                self._compare_at = 0.0
                self.compare(log)
                return self.now()
        return now

    def compare(self, log: Log) -> None:
        """Compare, if it is time to. Raises LogUnavailable."""
        if not self._compares or monotonic() < self._compare_at:
            return
        before, theirs, after = self.now(), log.now(), self.now()
        self._compared = after, monotonic()
        apart = max(before - theirs, theirs - after).total_seconds()
        is_sure = apart <= APART_S
        self.apart = (
            None
            if is_sure
            else (
                f"The clock of this machine is {apart:.1f} s from the database's, and "
                f"{APART_S:g} s are allowed: no time can be vouched for"
            )
        )
        self._compare_at = monotonic() + (COMPARE_S if is_sure else DOUBT_S)
