"""Sets of positions as bits: 1024 positions a block, so that terms meet by AND, OR and NOT."""

from collections.abc import Iterable, Iterator
from typing import Final

SIZE: Final = 1024
FULL: Final = (1 << SIZE) - 1
BYTES: Final = SIZE // 8


def block_of(position: int) -> int:
    """The block a position is in."""
    return position // SIZE


def bit_of(position: int) -> int:
    """A position as the bit it is in its block."""
    return 1 << (position % SIZE)


def between(block: int, above: int, up_to: int) -> int:
    """The positions of a block with `above` < position <= `up_to`."""
    first = max(above + 1 - block * SIZE, 0)
    after = min(up_to + 1 - block * SIZE, SIZE)
    return ((1 << after) - (1 << first)) if first < after else 0


def positions_in(block: int, bits: int, *, newest_first: bool) -> Iterator[int]:
    """The positions that bits of a block stand for, in order."""
    # Looked for in their digits, the highest first, which costs less than sums of so many bits.
    digits = f"{bits:b}"
    last = block * SIZE + len(digits) - 1
    at = digits.find("1") if newest_first else digits.rfind("1")
    while at >= 0:
        yield last - at
        at = digits.find("1", at + 1) if newest_first else digits.rfind("1", 0, at)


def stored(bits: int) -> bytes:
    """Bits as they stand in the table."""
    return bits.to_bytes(BYTES, "big")


def read(stored: bytes) -> int:
    """Bits as they stood in the table."""
    return int.from_bytes(stored, "big")


def marked(positions: Iterable[int]) -> dict[int, int]:
    """Positions as bits by block."""
    found: dict[int, int] = {}
    for position in positions:
        block = block_of(position)
        found[block] = found.get(block, 0) | bit_of(position)
    return found
