"""Keeps the processors awake while answers are timed that take a few milliseconds.

A virtual processor with nothing to do sleeps, and the host takes from a tenth of a millisecond to
several to wake it. Each round to the server puts two to sleep, so that 99 of 100 empty rounds in
fours took up to 3 ms. Where it may, this asks the system for a latency of nothing, as machines that
answer quickly are set up: then a processor with nothing to do waits for work. Else a process for
each, of the scheduling class that runs when nothing else wants to, has it wait for divisions, which
leaves most to the other processor where two are threads of one core; a loop takes a third of it.
What waits for the disk is not measured like this: there the host needs the processor.

A process of the server also takes a fault for each page of the server's memory that it comes upon
for the first time: twenty for a question about fifty pages, so that the first thousand questions
took up to twice as long as those that followed. A service keeps its connections, so these are asked
over one that has seen all of that memory.
"""

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from struct import pack
from typing import Final

import psycopg

from projections.statements import Connection

ROUNDS: Final = 1000
COUNTED: Final = 50_000
"""To count so far takes about as long as what is measured beside it: one or two milliseconds."""
ROWS: Final = 1_000_000
"""So many rows of the log fill the server's stock memory several times over."""
_LATENCY: Final = Path("/dev/cpu_dma_latency")
"""Who holds it open asks for the latency, in microseconds, that was written to it."""
_READ: Final = """
  SELECT sum(length(state))
    FROM (SELECT state FROM ledger.events ORDER BY notification_id LIMIT %(rows)s) AS log
"""
_SPIN = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
parent, long = os.getppid(), (1 << 30_000) - 1
while os.getppid() == parent:
    for _ in range(1_000):
        long % 1_000_003
"""


@contextmanager
def long_connected(url: str) -> Generator[Connection]:
    """Yield a connection as after long use, while the processors are kept awake."""
    with awake(), psycopg.connect(url, autocommit=True) as connection:
        with connection.transaction():
            connection.execute("SET LOCAL enable_seqscan = off")  # it would read past that memory
            connection.execute(_READ, {"rows": ROWS})
        yield connection


@contextmanager
def awake() -> Generator[None]:
    """Keep every processor that this process may use from sleeping, where the system can.

    What there is already is not looked through for garbage, as in the service once it has started.
    """
    with ExitStack() as stack:
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        if not _is_asked_for(stack) and sys.platform == "linux":
            for processor in sorted(os.sched_getaffinity(0)):
                spinning = subprocess.Popen([sys.executable, "-c", _SPIN, str(processor)])
                stack.callback(spinning.wait)
                stack.callback(spinning.kill)
        yield


def _is_asked_for(stack: ExitStack) -> bool:
    """Ask the system for a latency of nothing; False where this user or system may not."""
    try:
        latency = stack.enter_context(_LATENCY.open("wb", buffering=0))
        latency.write(pack("i", 0))
    except OSError:
        return False
    return True


def what_nothing_takes(connection: Connection) -> str:
    """How long a round that asks for nothing takes here and now, and a loop that only counts.

    As a remark beside a figure: the loop asks for no memory and no server, so that what its
    slowest are slower by is the machine's doing.
    """
    rounds = _sorted_ms(lambda: connection.execute("SELECT 1").fetchone())
    loops = _sorted_ms(_count)
    half, most = ROUNDS // 2, int(0.99 * ROUNDS)
    return (
        "processors kept awake, a connection long in use; a round that asks for nothing took"
        f" {rounds[half]:.2f} ms, p99 {rounds[most]:.2f}, a loop that only counts"
        f" {loops[half]:.2f} ms, p99 {loops[most]:.2f}"
    )


def _sorted_ms(work: Callable[[], object]) -> list[float]:
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def _count() -> None:
    for _ in range(COUNTED):
        pass
