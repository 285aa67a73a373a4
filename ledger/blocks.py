"""Neighbouring breakpoints of a step function, and how those of long ago are packed away."""

import zlib
from array import array

from ledger.periods import Instant

Parts = tuple[int, int, int, bytes]
"""Of a packed block: how many breakpoints, their least value, what is pending, the bytes."""


class Block:
    """Breakpoints in order: `values[i] + pending` holds from `times[i]` to the next one."""

    __slots__ = ("low", "pending", "times", "values")

    def __init__(self, times: list[Instant], values: list[int]) -> None:
        self.times = times
        self.values = values
        self.low = min(values)
        self.pending = 0

    def packed(self) -> "PackedBlock":
        """The same in a tenth of the room."""
        text = array("q", self.values).tobytes() + "\n".join(self.times).encode()
        return PackedBlock(len(self.times), self.low, self.pending, zlib.compress(text, 1))


class PackedBlock(Block):
    """A block that is unpacked when somebody looks closer than at its least value."""

    __slots__ = ("_count", "_kept")

    def __init__(self, count: int, low: int, pending: int, kept: bytes) -> None:
        self.low = low
        self.pending = pending
        self._count = count
        self._kept: bytes | None = kept

    def packed(self) -> "PackedBlock":
        """Itself, unless it was unpacked."""
        return super().packed() if self._kept is None else self

    def parts(self) -> Parts:
        """What it is made of."""
        if self._kept is None:
            return self.packed().parts()
        return self._count, self.low, self.pending, self._kept

    def __getattr__(self, name: str) -> object:
        # Reached only while `times` and `values` are not there.
        if name not in ("times", "values") or self._kept is None:
            raise AttributeError(name)
        read = zlib.decompress(self._kept)
        begin = 8 * self._count
        self.values = array("q", read[:begin]).tolist()
        self.times = [Instant(text) for text in read[begin:].decode().split("\n")]
        self._kept = None
        return getattr(self, name)
