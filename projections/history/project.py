"""Events folded into what they are found by: their instants, words, subjects and tags."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from ledger.codec import decode
from ledger.events import Event, PoolOpened
from ledger.store.reading import read_at
from projections.history import blocks
from projections.history.naming import Names, made_by, names, subjects_told
from projections.history.tags import tags, told
from projections.sheets import Cells, Changes
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.history", "recall.sql")

PLACES_KEPT: Final = 500_000
"""Grants whose unit and pool are held in memory; beyond, the older half is let go."""


class _Posting(Struct, frozen=True):
    tag: str
    bits: bytes


class _Maker(Struct, frozen=True):
    subject: str
    position: int


class Index:
    """The tags of the block at the end of the log, and what of them has to be written."""

    def __init__(self) -> None:
        self.block = -1
        self._bits: dict[str, int] = {}
        self._stored: set[str] = set()
        self._changed: set[str] = set()
        self._rows: list[Cells] = []
        self._grown: list[Cells] = []

    def begin(self, block: int, standing: Iterable[_Posting]) -> None:
        """Go on with a block that is in the table already."""
        self.block = block
        self._bits = {one.tag: blocks.read(one.bits) for one in standing}
        self._stored = set(self._bits)

    def mark(self, position: int, found: Iterable[str]) -> None:
        """Note that a position, the last of all, is on some tags."""
        block = blocks.block_of(position)
        if block != self.block:
            self._flush()
            self.block, self._bits, self._stored = block, {}, set()
        bit = blocks.bit_of(position)
        bits = self._bits
        for tag in found:
            bits[tag] = bits.get(tag, 0) | bit
        self._changed.update(found)

    def drain(self) -> Changes:
        """Hand over what has changed: tags new to a block, and tags that have more positions."""
        self._flush()
        changes = Changes("postings", tuple(self._rows), (), tuple(self._grown))
        self._rows, self._grown = [], []
        return changes

    def _flush(self) -> None:
        for tag in sorted(self._changed):
            row = (tag, self.block, blocks.stored(self._bits[tag]))
            (self._grown if tag in self._stored else self._rows).append(row)
        self._stored |= self._changed
        self._changed.clear()


class HistoryFold:
    """Folds every event; remembers where grants and delegations are, and the block at the end."""

    def __init__(self, is_empty: bool) -> None:
        self._events: list[Cells] = []
        self._subjects: list[Cells] = []
        self._pools: list[Cells] = []
        self._index = Index()
        self._places: dict[str, Names] = {}
        self._shared: dict[Names, Names] = {}
        self._has_places = is_empty
        self._has_block = is_empty

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the block at the end, and where the grants are that these events name."""
        if not events:
            return
        if not self._has_block:
            self._has_block = True
            block = blocks.block_of(events[0].position)
            standing = fetch(connection, SQL["block_begun"], {"block": block}, _Posting)
            self._index.begin(block, standing)
        if not self._has_places:
            told = {subject for event in events for subject in subjects_told(event)}
            self._recall_places(connection, sorted(told - self._places.keys()))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        position = event.position
        made = made_by(event)
        if made is not None:
            subject, place = made
            self._places[subject] = self._shared.setdefault(place, place)
        named = names(event, self._places)
        said = told(event)
        last = position - event.leg[0] + event.leg[1] - 1
        self._events.append(
            (
                position, event.recorded_at, event.effective_at, event.decision, last, event.key,
                said.words,
            )
        )  # fmt: skip
        self._subjects += [(subject, position) for subject in dict.fromkeys(named.subjects)]
        if isinstance(event, PoolOpened):
            self._pools.append((event.data.pool, event.data.unit_label))
        self._index.mark(position, tags(event, named, said))

    def drain(self) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        changes = (
            Changes("events", self._events, ()),
            Changes("subjects", self._subjects, ()),
            self._index.drain(),
            Changes("pools", self._pools, ()),
        )
        self._events, self._subjects, self._pools = [], [], []
        if len(self._places) > PLACES_KEPT:
            self._places = dict(list(self._places.items())[PLACES_KEPT // 2 :])
            self._has_places = False
        return changes

    def _recall_places(self, connection: Connection, subjects: Sequence[str]) -> None:
        if not subjects:
            return
        makers = fetch(connection, SQL["makers_standing"], {"subjects": subjects}, _Maker)
        for one in read_at(connection, sorted(maker.position for maker in makers)):
            made = made_by(decode(one.stored))
            if made is not None:
                self._places[made[0]] = made[1]
