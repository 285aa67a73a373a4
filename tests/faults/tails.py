"""Those who follow the log while things break, and what is wrong with what they saw.

readers = follow(lambda: one.url, lambda: other.url)   # each way, at each address, from 0
...                                                    # load, kills, cuts
end(one.url, by=operator, unit=team)                   # the last event: readers stop at it
assert misread(readers, whole_log(database)) == []
"""

from collections.abc import Callable, Sequence

from ledger.log import StoredEvent
from tests.support.committing import until
from tests.support.people import Person, Told
from tests.support.tailing import THE_END, WAYS, Reader


def follow(*urls: Callable[[], str]) -> list[Reader]:
    """Begin to read from the start of the log, in every way at every address.

    An address is asked for anew at each connection: a service that is started again has another.
    """
    readers = [Reader(way, url) for url in urls for way in WAYS]
    for reader in readers:
        reader.begin()
    return readers


def end(url: str, *, by: str, unit: str) -> Told:
    """Record the event by which those who follow know that they have seen everything."""
    person = Person(url, by)
    try:
        told = person.ask("note", {"about": {"unit": unit}, "text": "The end"}, THE_END)
    finally:
        person.hang_up()
    assert told.status == 201, told.body
    return told


def misread(readers: Sequence[Reader], log: Sequence[StoredEvent]) -> list[str]:
    """What any of them did not see once, in order and byte by byte; waits until each is done."""
    return [
        f"{reader.way}: {wrong}" for reader in readers for wrong in wrong_in(reader.ended(), log)
    ]


def misread_by_now(readers: Sequence[Reader], log: Sequence[StoredEvent]) -> list[str]:
    """The same before the end: waits until each has reached the last of these events."""
    until(lambda: all(reader.position >= log[-1].position or reader.failures for reader in readers))
    return [
        f"{reader.way}: {wrong}"
        for reader in readers
        for wrong in [*map(repr, reader.failures), *wrong_in(reader.seen[: len(log)], log)]
    ]


def wrong_in(seen: Sequence[tuple[int, bytes]], log: Sequence[StoredEvent]) -> list[str]:
    """What is wrong with these (position, bytes) when each event has to come once, in order."""
    stored = {event.position: event.stored for event in log}
    wrong: list[str] = []
    came = set[int]()
    last = 0
    for position, read in seen:
        if position in came:
            wrong.append(f"{position} came again, after {last}")
        elif position < last:
            wrong.append(f"{position} came after {last}")
        if position not in stored:
            wrong.append(f"{position} is not in the log")
        elif stored[position] != read:
            wrong.append(f"{position} has other bytes than the log")
        came.add(position)
        last = position
    return wrong + [f"{position} was passed over" for position in stored if position not in came]
