"""A reader of its own process that notes when the read models reflect which position.

The server looks every millisecond and tells it what is new, until a position is reflected that it
is told on standard input. To ask each millisecond took much from what is watched.
"""

import sys
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager

import msgspec
import psycopg
from msgspec import Struct

from projections.registry import SQL
from tests.benchmarks.figures import Gate
from tests.benchmarks.processes import reader

PATIENCE_S = 30.0
_LOOK = f"""
CREATE FUNCTION pg_temp.beyond(seen bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  found bigint;
BEGIN
  FOR look IN 1..50 LOOP  -- then it says that nothing is new
    found := ({SQL["reflected"].rstrip(";")});
    EXIT WHEN found > seen;
    PERFORM pg_sleep(0.001);
  END LOOP;
  RETURN found;
END
$$
""".encode()


class Told(Struct, frozen=True, array_like=True):
    """Somebody was told of a position; `at` by the machine's monotonic clock, in seconds."""

    position: int
    at: float


class Watched(Struct, frozen=True):
    """When each position was first seen; positions rise."""

    seen: list[Told]

    def delays_ms(self, answers: Sequence[Told]) -> list[float]:
        """How long after each answer its position was seen; 0 when it was seen before."""
        positions = [one.position for one in self.seen]
        found: list[float] = []
        for answer in answers:
            seen = self.seen[bisect_left(positions, answer.position)]
            found.append(max(0.0, seen.at - answer.at) * 1000)
        return found


def seen_each_once(watched: Watched, began: int, head: int) -> Gate:
    """Whether a subscriber that began at one position saw each event up to another."""
    positions = [one.position for one in watched.seen]
    return Gate(
        "the subscriber saw each event once, in order",
        positions == list(range(began + 1, head + 1)),
        f"{len(positions)} events, {began + 1} to {head}",
    )


@contextmanager
def watcher(url: str) -> Generator[Callable[[int], Watched]]:
    """Yield a function that ends the reader at a position, and returns what it saw."""
    with reader("tests.benchmarks.watching", url) as (_, end):
        yield lambda position: msgspec.json.decode(end(position), type=Watched)


def main() -> None:
    """Watch."""
    until: list[int] = []
    told = threading.Thread(target=lambda: until.append(int(sys.stdin.readline())), daemon=True)
    seen: list[Told] = []
    last = -1
    deadline = float("inf")
    with psycopg.connect(sys.argv[1], autocommit=True) as connection:
        connection.execute(_LOOK)
        print("watching", flush=True)
        told.start()
        while not (until and last >= until[0]) and time.monotonic() < deadline:
            if until and deadline == float("inf"):
                deadline = time.monotonic() + PATIENCE_S
            looked = connection.execute("SELECT pg_temp.beyond(%s)", [last])
            ((position,),) = looked.fetchall()
            if position > last:
                seen.append(Told(position, time.monotonic()))
                last = position
    if until and last < until[0]:
        raise RuntimeError(f"the read models reflect {last}, not {until[0]}")
    sys.stdout.write(msgspec.json.encode(Watched(seen)).decode() + "\n")


if __name__ == "__main__":
    main()
