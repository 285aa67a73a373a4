"""A closer look at events, for what their tags do not tell: the instant, and words side by side."""

from collections.abc import Sequence

from msgspec import Struct

from ledger.codec import decode
from ledger.periods import Instant
from ledger.store.reading import read_at
from projections.history.tags import told
from projections.statements import Connection


class Told(Struct, frozen=True):
    """What a closer look at an event shows."""

    position: int
    effective_at: Instant
    words: str | None


def look(connection: Connection, positions: Sequence[int]) -> list[Told]:
    """What the events at some positions say, in the order of the log."""
    events = [decode(one.stored) for one in read_at(connection, positions)]
    return [Told(one.position, one.effective_at, told(one).words) for one in events]
