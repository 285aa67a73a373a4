"""What events did to units, in blocks of sixteen positions."""

from collections.abc import Iterable
from struct import Struct as Packed
from typing import Final

import msgspec
from msgspec import Struct

from ledger.periods import Instant
from projections.sheets import Cells, Changes

SIZE: Final = 16

Told = tuple[int, str, str, Instant, int, int]
"""position, pool, unit, at, before, after."""

_ROW: Final = Packed(">hiqi").pack
_encode: Final = msgspec.json.Encoder().encode


class Effect(Struct, frozen=True, array_like=True):
    """What a unit has in hand of a pool at an instant, believed before and after an event."""

    position: int
    pool: str
    unit: str
    at: Instant
    before: int
    after: int


_decoder: Final = msgspec.json.Decoder(list[Effect])


def block_of(position: int) -> int:
    """The block a position is in."""
    return position // SIZE


def read(told: bytes) -> list[Effect]:
    """What is told of a block."""
    return _decoder.decode(told)


class Effects:
    """The block at the end of the log, and those that have to be written."""

    def __init__(self) -> None:
        self._block = -1
        self._told: list[Told] = []
        self._stored = 0
        self._rows: list[bytes] = []
        self._grown: list[Cells] = []

    def begin(self, block: int, standing: Iterable[Effect]) -> None:
        """Go on with a block that is in the table already."""
        self._block = block
        self._told = [
            (one.position, one.pool, one.unit, one.at, one.before, one.after) for one in standing
        ]
        self._stored = len(self._told)

    def add(self, told: Told) -> None:
        """Add what an event, the last of all, did to a unit."""
        block = told[0] // SIZE
        if block != self._block:
            self._flush()
            self._block, self._told, self._stored = block, [], 0
        self._told.append(told)

    def drain(self, *, settled: bool) -> Changes:
        """Hand over what has changed; settled are the blocks before the last."""
        if not settled:
            self._flush()
        changes = Changes("effects", packed=self._rows, grown=self._grown)
        self._rows, self._grown = [], []
        return changes

    def _flush(self) -> None:
        if len(self._told) == self._stored:
            return
        told = _encode(self._told)
        if self._stored:
            self._grown.append((self._block, told))
        else:
            self._rows.append(_ROW(2, 8, self._block, len(told)) + told)
        self._stored = len(self._told)
