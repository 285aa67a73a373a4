"""The pools of which more was knowingly let be held than there is."""

from collections.abc import Iterable
from typing import Final

from projections.history import blocks
from projections.statements import Connection, rows, statements, texts

SQL: Final = statements("projections.history")


def breached(connection: Connection, pools: Iterable[str], known_at: int) -> set[str]:
    """Of some pools those named by an event up to a position that broke a limit, acknowledged.

    Of no other is more given out than there is, unless there was less than before.
    """
    tags = {f"pool:{pool}": pool for pool in pools}
    given = {"tags": texts(tags), "last": blocks.block_of(known_at)}
    found: set[str] = set()
    for tag, block, broken, named in rows(connection, SQL["breached"], given):
        both = blocks.read(broken) & blocks.read(named)
        if both & blocks.between(block, 0, known_at):
            found.add(tags[tag])
    return found
