"""Whoever reads on at the end of the log sees every event once, in order, while many write."""

import threading
from collections.abc import Sequence

from ledger.log import Receipt, StoredEvent
from ledger.seal.sealing import Sealing
from ledger.store.log import PostgresLog
from tests.support.postgres import ROOT

WRITERS = 4
BATCHES = 40
LAST = b"the end"


def write(address: str, person: str) -> None:
    with PostgresLog(address) as log:
        position = 0
        for number in range(BATCHES):
            with log.batch(position) as batch:
                position = max([position, *(one.position for one in batch.catch_up(position))])
                events = [
                    StoredEvent(position=position + n, topic="noted.v1", stored=person.encode())
                    for n in range(1, 2 + number % 7)
                ]
                sealing = Sealing(log.seal())
                batch.append(events, [answered(person, number)], sealing.seal(events))


def answered(person: str, number: int) -> Receipt:
    return Receipt(
        person=person,
        key=str(number),
        fingerprint=b"." * 32,
        status=409,
        body=b"{}",
        position=0,
        decision=None,
    )


def read_on(log: PostgresLog, seen: list[StoredEvent]) -> None:
    position = 0
    while not (seen and seen[-1].stored == LAST):
        page = log.read(position, 10)
        seen += page
        position = page[-1].position if page else position


def by_library(log: PostgresLog, seen: list[StoredEvent]) -> None:
    with log.recorder.subscribe(gt=None) as subscription:
        for one in subscription:
            seen.append(StoredEvent(position=one.id, topic=one.topic, stored=bytes(one.state)))
            if one.state == LAST:
                return


def test_tail_readers_miss_nothing_and_see_nothing_twice(migrated_database: str) -> None:
    reads: tuple[list[StoredEvent], ...] = ([], [], [])
    with PostgresLog(migrated_database) as log:
        readers = [
            threading.Thread(target=reading, args=(log, seen))
            for reading, seen in zip((read_on, read_on, by_library), reads, strict=True)
        ]
        writers = [
            threading.Thread(target=write, args=(migrated_database, f"{ROOT}-{number}"))
            for number in range(WRITERS)
        ]
        run(readers, writers, log)
        written = list(log.read(0, 100_000))
    assert [one.position for one in written] == list(range(1, len(written) + 1))
    assert len(written) == WRITERS * sum(1 + number % 7 for number in range(BATCHES)) + 1
    for seen in reads:
        assert seen == written


def run(
    readers: Sequence[threading.Thread], writers: Sequence[threading.Thread], log: PostgresLog
) -> None:
    for thread in (*readers, *writers):
        thread.start()
    for writer in writers:
        writer.join()
    with log.batch() as batch:
        position = batch.catch_up(0)[-1].position + 1
        last = [StoredEvent(position=position, topic="noted.v1", stored=LAST)]
        batch.append(last, [], Sealing(log.seal()).seal(last))
    for reader in readers:
        reader.join()
