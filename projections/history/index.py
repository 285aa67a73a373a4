"""Which positions are on which tags, gathered for the block at the end of the log."""

from collections.abc import Iterable
from struct import Struct as Packed
from typing import Final

from projections.history import blocks
from projections.history.naming import Names
from projections.history.tags import Mark, tags_of
from projections.sheets import Cells, Changes, packed_text

_BLOCK: Final = Packed(">hii").pack
_BITS: Final = blocks.BYTES.to_bytes(4, "big")
_BIT: Final = tuple(1 << place for place in range(blocks.SIZE))


class Index:
    """The tags of the block at the end of the log, and what of them has to be written.

    Events are noted by what their tags follow from, and the tags made of it once for all events
    that have it in common.
    """

    def __init__(self) -> None:
        self.block = -1
        self._bits: dict[str, int] = {}
        self._stored: set[str] = set()
        self._changed: set[str] = set()
        self._marks: dict[Mark, int] = {}
        self._units: dict[str, int] = {}
        self._pools: dict[str, int] = {}
        self._rows: list[bytes] = []
        self._grown: list[Cells] = []

    def begin(self, block: int, standing: Iterable[tuple[str, bytes]]) -> None:
        """Go on with a block that is in the table already."""
        self.block = block
        self._bits = {tag: blocks.read(bits) for tag, bits in standing}
        self._stored = set(self._bits)

    def note(self, position: int, mark: Mark, named: Names) -> None:
        """Note what a position, the last of all, is found by."""
        block, place = divmod(position, blocks.SIZE)
        if block != self.block:
            self._flush()
            self.block, self._bits, self._stored = block, {}, set()
        bit = _BIT[place]
        marks, units, pools = self._marks, self._units, self._pools
        marks[mark] = marks.get(mark, 0) | bit
        for unit in named.units:
            units[unit] = units.get(unit, 0) | bit
        for pool in named.pools:
            pools[pool] = pools.get(pool, 0) | bit

    def drain(self, *, settled: bool) -> Changes:
        """Hand over what has changed: tags new to a block, and tags that have more positions.

        Settled are the blocks before the last.
        """
        if not settled:
            self._flush()
        changes = Changes("postings", packed=self._rows, grown=self._grown)
        self._rows, self._grown = [], []
        return changes

    def _flush(self) -> None:
        self._make_tags()
        for tag in sorted(self._changed):
            bits = blocks.stored(self._bits[tag])
            if tag in self._stored:
                self._grown.append((self.block, tag, bits))
            else:
                row = (_BLOCK(3, 4, self.block), packed_text(tag), _BITS, bits)
                self._rows.append(b"".join(row))
        self._stored |= self._changed
        self._changed.clear()

    def _make_tags(self) -> None:
        for mark, bits in self._marks.items():
            for tag in tags_of(mark):
                self._add(tag, bits)
        for unit, bits in self._units.items():
            self._add(f"unit:{unit}", bits)
        for pool, bits in self._pools.items():
            self._add(f"pool:{pool}", bits)
        self._marks.clear()
        self._units.clear()
        self._pools.clear()

    def _add(self, tag: str, bits: int) -> None:
        self._bits[tag] = self._bits.get(tag, 0) | bits
        self._changed.add(tag)
