"""What 0003_seal.sql leaves to be done: the seal of the events that are there already."""

from typing import Any, Final

import psycopg
from msgspec.structs import asdict
from psycopg.rows import args_row

from ledger.log import StoredEvent
from ledger.seal.sealing import Sealing
from ledger.store.statements import statements

AT_ONCE: Final = 10_000
"""So many events are held in memory, and come under a seal as if they were a batch."""
_SQL: Final = statements("sealing.sql", "ledger.store.migrations")


def seal_what_is_there(connection: psycopg.Connection[Any]) -> None:
    """Seal every event of the log, in the transaction that made the tables of it.

    Nobody adds events meanwhile: making the trigger took a lock that lasts. Raises ValueError
    when positions are missing.
    """
    sealing = Sealing()
    row = args_row(_stored)
    with (
        connection.cursor("to_seal", row_factory=row) as reading,
        connection.cursor() as keeping,
    ):
        reading.execute(_SQL["events"], binary=True)
        while seal := sealing.seal(reading.fetchmany(AT_ONCE)):
            keeping.execute(_SQL["keep"], asdict(seal))
        keeping.execute(_SQL["look_now"])
        keeping.execute(_SQL["look_later"])


def _stored(position: int, topic: str, stored: bytes) -> StoredEvent:
    return StoredEvent(position=position, topic=topic, stored=stored)
