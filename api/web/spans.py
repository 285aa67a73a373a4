"""How much time a chart shows: behind the instant asked, and a quarter of it ahead."""

from datetime import timedelta
from typing import Final

from ledger.periods import Instant, shifted

SPANS: Final = ("90", "365", "all")
USUAL: Final = "365"


def window(span: str, valid_at: Instant, first: Instant) -> tuple[Instant, Instant]:
    """The period of a chart; "all" begins with the first fact."""
    if span == "all":
        start = min(first, shifted(valid_at, timedelta(days=-1)))
        return start, shifted(valid_at, timedelta(days=90))
    days = int(span)
    return shifted(valid_at, timedelta(days=-days)), shifted(valid_at, timedelta(days=days // 4))
