"""The stored events, stretch by stretch, out of the database or of an export, up to a position."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
import psycopg
from msgspec import Struct

from ledger.store.reading import head, read_after

AT_ONCE: Final = 5_000
READ_BYTES: Final = 4 * 1024 * 1024


class Broken(Exception):
    """What was read is no log: the message says what is wrong and where."""


class Short(Exception):
    """The log does not reach as far as was asked for; the message says how far it does."""


class Stretch(Struct, frozen=True):
    """Stored events that follow each other; `done` says how much of the log is read with them."""

    done: int
    stored: Sequence[bytes]


class Log(Protocol):
    """A log that can be read from its first event on, more than once."""

    name: str
    total: int
    """What `done` is at its end."""

    def stretches(self) -> Iterator[Stretch]:
        """Every event in order."""
        ...


class InDatabase:
    """The log as it stands in the database, up to where it ends now."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.name = "the log"
        self.total = head(connection)
        self._connection = connection

    def stretches(self) -> Iterator[Stretch]:
        """Every event in order."""
        done = 0
        while done < self.total:
            found = read_after(self._connection, done, min(AT_ONCE, self.total - done))
            done = found[-1].position
            yield Stretch(done, [one.stored for one in found])


class InFile:
    """The log as an export holds it."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.total = path.stat().st_size
        self._path = path

    def stretches(self) -> Iterator[Stretch]:
        """Every event in order. Raises Broken when the file is cut off."""
        with self._path.open("rb") as file:
            while lines := file.readlines(READ_BYTES):
                if not lines[-1].endswith(b"\n"):
                    raise Broken(f"{self.name} is cut off")
                yield Stretch(file.tell(), [line[:-1] for line in lines])


class _Leg(Struct, frozen=True):
    leg: tuple[int, int]


def up_to(log: Log, position: int | None) -> Iterator[Stretch]:
    """The stretches up to a position, and to the end of the decision in which it stands.

    None = all of it. Raises Short when the log does not reach so far.
    """
    count = 0
    end = position
    for stretch in log.stretches():
        stored = stretch.stored
        if position is not None and count < position <= count + len(stored):
            end = position + _following(log, position, stored[position - count - 1])
        if end is not None and end <= count + len(stored):
            yield Stretch(stretch.done, stored[: end - count])
            return
        yield stretch
        count += len(stored)
    if end is not None:
        raise Short(f"{log.name} ends at position {count}")


def _following(log: Log, position: int, stored: bytes) -> int:
    """How many events of the same decision follow."""
    try:
        leg, legs = msgspec.json.decode(stored, type=_Leg).leg
    except (msgspec.ValidationError, msgspec.DecodeError) as wrong:
        raise Broken(f"{log.name}, position {position}: no event: {wrong}") from wrong
    return legs - leg - 1
