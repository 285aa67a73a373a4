"""What a unit of a pool counts as when it is shown, in thousandths of an H100, over time."""

from collections.abc import Iterable

from msgspec import Struct

from ledger.periods import Instant


class RateRecord(Struct, frozen=True, array_like=True, gc=False):
    """The rate that the event at a position sets from an instant on, until the next in time."""

    position: int
    start: Instant
    h100_milli: int


def in_time(rates: Iterable[RateRecord]) -> tuple[RateRecord, ...]:
    """Rates by start, and at one instant in the order of the log."""
    return tuple(sorted(rates, key=lambda one: (one.start, one.position)))


def rate_at(rates: Iterable[RateRecord], at: Instant) -> RateRecord | None:
    """The rate at an instant, of rates in order of time; None before the first."""
    begun = [one for one in rates if one.start <= at]
    return begun[-1] if begun else None
