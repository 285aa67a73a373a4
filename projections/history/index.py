"""Which positions are on which tags, gathered for the block at the end of the log."""

from collections.abc import Iterable, Sequence
from struct import Struct as Packed
from typing import Final

from projections.history import blocks
from projections.history.naming import Names
from projections.history.tags import Mark, tags_of
from projections.sheets import Cells, Changes, packed_text

LAST: Final = "postings_last"
BEFORE: Final = "postings_before"

_BLOCK: Final = Packed(">hii").pack
_BITS: Final = blocks.BYTES.to_bytes(4, "big")
_BIT: Final = tuple(1 << place for place in range(blocks.SIZE))


class Index:
    """The tags of the block at the end of the log, and what of them has to be written.

    Events are noted by what their tags follow from, and the tags made of it once for all events
    that have it in common. While nothing is written yet the last block of every tag is kept here,
    so that each of its blocks is written once; after that the table knows them.
    """

    def __init__(self, *, is_empty: bool) -> None:
        """Take whether the tables are empty; else `begin` is to tell of the block at the end."""
        self.block = -1
        self._bits: dict[str, int] = {}
        self._stored: set[str] = set()
        self._changed: set[str] = set()
        self._last: dict[str, tuple[int, int]] | None = {} if is_empty else None
        self._marks: dict[Mark, int] = {}
        self._units: dict[str, int] = {}
        self._pools: dict[str, int] = {}
        self._before: list[bytes] = []
        self._changes: list[Changes] = []

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

    def drain(self, *, settled: bool) -> Sequence[Changes]:
        """Hand over what has changed: what tags were in before, and what they are in last.

        Settled is of empty tables what comes before the last block of each tag.
        """
        self._flush()
        if self._last is not None:
            return self._drain_all(self._last, settled=settled)
        changes, self._changes = self._changes, []
        return changes

    def _drain_all(self, last: dict[str, tuple[int, int]], *, settled: bool) -> Sequence[Changes]:
        before = Changes(BEFORE, packed=self._before)
        self._before = []
        if settled:
            return (before,)
        self._last = None
        self._stored = set(self._bits)
        rows = [_row(block, tag, bits) for tag, (block, bits) in sorted(last.items())]
        return before, Changes(LAST, packed=rows)

    def _flush(self) -> None:
        self._make_tags()
        block, bits, last = self.block, self._bits, self._last
        changed = sorted(self._changed)
        self._changed.clear()
        if last is None:
            self._change(changed)
            return
        for tag in changed:
            known = last.get(tag)
            if known is not None and known[0] < block:
                self._before.append(_row(known[0], tag, known[1]))
            last[tag] = block, bits[tag]

    def _change(self, tags: Sequence[str]) -> None:
        """Change the rows of tags of one block: a tag has one row that all are written over."""
        stored = self._stored
        begun: list[Cells] = []
        grown: list[Cells] = []
        for tag in tags:
            rows = grown if tag in stored else begun
            rows.append((self.block, tag, blocks.stored(self._bits[tag])))
        stored.update(tags)
        self._changes += (Changes(BEFORE, grown=begun), Changes(LAST, grown=grown))

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


def _row(block: int, tag: str, bits: int) -> bytes:
    return b"".join((_BLOCK(3, 4, block), packed_text(tag), _BITS, blocks.stored(bits)))
