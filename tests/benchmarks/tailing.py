"""A reader of its own process that follows the log while it grows, and says what it saw.

It begins at the head, says so, and reads until a position that it is told on standard input.
"""

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import msgspec
import psycopg

from ledger.store.reading import head, read_lines
from tests.benchmarks.figures import Gate
from tests.benchmarks.processes import reader

AT_ONCE = 5000
PAUSE_S = 0.25
"""Who reads more often takes more from what is measured: fifty times a second, a twelfth."""
PATIENCE_S = 30.0


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Where the reader began, what it reached, how many it saw, and whether all in order."""

    began: int
    reached: int
    count: int
    in_order: bool
    reads: int


class _Place(msgspec.Struct, frozen=True):
    position: int


_positions = msgspec.json.Decoder(_Place).decode_lines


def each_once(seen: Seen, began: int, position: int) -> Gate:
    """Whether a reader that began at one position saw each event up to another."""
    found = f"{seen.count} events in {seen.reads} reads up to {seen.reached}"
    is_so = seen.in_order and seen.reached == position and seen.count == position - began
    return Gate("a tailing reader saw each event once, in order", is_so, found)


@contextmanager
def tail_reader(url: str) -> Generator[Callable[[int], Gate]]:
    """Yield a function that ends the reader at a position and tells whether it saw each once."""
    with reader("tests.benchmarks.tailing", url) as (said, end):
        began = int(said)
        yield lambda position: each_once(
            msgspec.json.decode(end(position), type=Seen), began, position
        )


def main() -> None:
    """Follow."""
    until: list[int] = []
    told = threading.Thread(target=lambda: until.append(int(sys.stdin.readline())), daemon=True)
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        began = position = head(connection)
        print(began, flush=True)
        told.start()
        count = reads = 0
        in_order = True
        deadline = float("inf")
        while not (until and position >= until[0]) and time.monotonic() < deadline:
            if until and deadline == float("inf"):
                deadline = time.monotonic() + PATIENCE_S
            seen = _positions(read_lines(connection, position, position + AT_ONCE))
            expected = range(position + 1, position + 1 + len(seen))
            in_order = in_order and [one.position for one in seen] == list(expected)
            if seen:
                position = seen[-1].position
                count += len(seen)
                reads += 1
            if len(seen) < AT_ONCE:
                time.sleep(PAUSE_S)
    report = Seen(began=began, reached=position, count=count, in_order=in_order, reads=reads)
    sys.stdout.write(msgspec.json.encode(report).decode() + "\n")


if __name__ == "__main__":
    main()
