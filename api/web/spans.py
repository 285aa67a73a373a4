"""How much time a chart shows: behind the instant asked, and a quarter of it ahead."""

from datetime import timedelta
from typing import Final

from ledger.periods import Instant, shifted

SPANS: Final = ("90", "365", "all")
USUAL: Final = "365"
SHORT: Final = "90"
Window = tuple[Instant, Instant]
"""From an instant until another."""
MARGIN: Final = timedelta(days=7)


def window(span: str, valid_at: Instant, first: Instant) -> Window:
    """The period of a chart; it begins with the first fact at the earliest."""
    begin = min(shifted(first, -MARGIN), shifted(valid_at, -MARGIN))
    if span == "all":
        return begin, shifted(valid_at, timedelta(days=90))
    days = int(span)
    start = max(begin, shifted(valid_at, timedelta(days=-days)))
    return start, shifted(valid_at, timedelta(days=days // 4))
