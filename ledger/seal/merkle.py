"""The tree over the log's bytes (RFC 6962, RFC 9162), kept as its frontier, and its root.

The frontier is what is needed to add leaves: the roots of the perfect trees that the leaves so
far fall into, one for each bit of their number, largest first.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from msgspec import Struct

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256().digest()
_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(stored: bytes) -> bytes:
    """The hash of an event, of its bytes as they are stored."""
    return sha256(_LEAF + stored).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two trees under one node."""
    return sha256(_NODE + left + right).digest()


class Frontier(Struct, frozen=True):
    """A tree of `size` leaves, as far as it takes to add more. See EMPTY."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def with_leaves(self, leaves: Iterable[bytes]) -> "Frontier":
        """The tree with these leaf hashes behind the others."""
        row = list(leaves)
        size = self.size + len(row)
        kept = list(self.peaks)
        grown: list[bytes] = []
        standing = self.size
        # Height by height: what stands alone there goes ahead of what was added, pairs go up,
        # and what is left over stands alone from now on.
        while row:
            if standing & 1:
                row.insert(0, kept.pop())
            if len(row) & 1:
                grown.append(row.pop())
            pairs = zip(row[::2], row[1::2], strict=True)
            row = [sha256(_NODE + left + right).digest() for left, right in pairs]
            standing >>= 1
        return Frontier(size, (*kept, *reversed(grown)))

    def root(self) -> bytes:
        """The hash of the whole tree."""
        if not self.peaks:
            return EMPTY_ROOT
        *larger, root = self.peaks
        for peak in reversed(larger):
            root = node_hash(peak, root)
        return root

    def pack(self) -> bytes:
        """The peaks one behind the other."""
        return b"".join(self.peaks)

    @staticmethod
    def unpacked(size: int, packed: bytes) -> "Frontier":
        """What was packed; ValueError when it is not of that size."""
        if size < 0 or len(packed) != HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(packed)} bytes are no frontier of {size} leaves")
        starts = range(0, len(packed), HASH_BYTES)
        return Frontier(size, tuple(packed[start : start + HASH_BYTES] for start in starts))


EMPTY: Final = Frontier()
