"""Fills the empty tables of read models from the log: reading, folding and writing at once.

While one batch is folded the next one is read and the one before is written, each over a
connection of its own, so that PostgreSQL and Python work at the same time. The tables are made in
the same transaction, which lets their rows be frozen as they are written: nobody has to look at
each of them again to find out that it is visible to all.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ledger.codec import decode_lines
from ledger.store.reading import read_lines
from projections.building import BATCH, SQL, Building, Progress, whole
from projections.sheets import Changes
from projections.statements import Connection


def begin(
    connection: Connection,
    log: Connection,
    buildings: Sequence[Building],
    up_to: int,
    progress: Progress | None = None,
) -> None:
    """Make the tables of models and fill them up to a position; each event is decoded once.

    `connection` is that of the buildings, `log` another one.
    """
    with connection.transaction(), ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        connection.execute(SQL["hasten"])
        for one in buildings:
            one.make()
        position = 0
        reading = reader.submit(read_lines, log, 0, min(BATCH, up_to))
        writing: Future[None] | None = None
        while position < up_to:
            end = min(up_to, position + BATCH)
            events = whole(decode_lines(reading.result()), position, end)
            reading = reader.submit(read_lines, log, end, min(up_to, end + BATCH))
            if writing is not None and any(one.lacks(events) for one in buildings):
                writing.result()
            for one in buildings:
                one.recall(events)
            changes = [one.fold(events, settled=end < up_to) for one in buildings]
            if writing is not None:
                writing.result()
            writing = writer.submit(_write, buildings, changes)
            position = end
            for one in buildings:
                if progress is not None:
                    progress(one.model.name, position, up_to)
        if writing is not None:
            writing.result()


def _write(buildings: Sequence[Building], changes: Sequence[Sequence[Changes]]) -> None:
    for one, rows in zip(buildings, changes, strict=True):
        one.write(rows, frozen=True)
