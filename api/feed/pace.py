"""How many events are read at once, so that little is held for whoever takes them slowly."""

from collections.abc import Sequence
from typing import Final

from ledger.log import StoredEvent

AIM_BYTES: Final = 1024 * 1024
BEGIN: Final = 64


class Pace:
    """`count` events make up about a megabyte, as far as the last ones tell; at most `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.count = min(most, BEGIN)

    def read(self, events: Sequence[StoredEvent]) -> None:
        """Take note of how large these were."""
        size = sum([len(event.stored) for event in events])
        wished = AIM_BYTES * len(events) // max(size, 1)
        # Small events may be followed by large ones: it grows by steps.
        self.count = max(1, min(self._most, wished, self.count * 8))
