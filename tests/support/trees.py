"""The hash of a list of events as RFC 6962 defines it: slow, and from the top down."""

import hashlib
from collections.abc import Sequence

from ledger.log import Log


def tree_hash(events: Sequence[bytes]) -> bytes:
    """The Merkle Tree Hash of a list (RFC 6962, 2.1)."""
    if not events:
        return hashlib.sha256(b"").digest()
    if len(events) == 1:
        return hashlib.sha256(b"\x00" + events[0]).digest()
    below = 1 << (len(events) - 1).bit_length() - 1
    halves = tree_hash(events[:below]), tree_hash(events[below:])
    return hashlib.sha256(b"\x01" + b"".join(halves)).digest()


def root_of(log: Log) -> bytes:
    """The hash of everything that a log holds."""
    return tree_hash([event.stored for event in log.read(0, 1_000_000)])
