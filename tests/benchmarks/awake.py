"""Keeps the processors awake while answers are timed that take a few milliseconds.

A virtual processor with nothing to do sleeps, and the host takes from a tenth of a millisecond to
several to wake it. Each round to the server puts two to sleep, so that 99 of 100 empty rounds in
fours took up to 3 ms, and 0.9 with processors awake. One process for each, of the scheduling class
that runs when nothing else wants to, keeps them awake. What waits for the disk is not measured
like this: there the host needs the processor.
"""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import Final

from projections.statements import Connection

ROUNDS: Final = 1000
_SPIN = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(100_000):
        pass
"""


@contextmanager
def awake() -> Generator[None]:
    """Keep every processor that this process may use from sleeping, where the system can."""
    with ExitStack() as stack:
        if sys.platform == "linux":
            for processor in sorted(os.sched_getaffinity(0)):
                spinning = subprocess.Popen([sys.executable, "-c", _SPIN, str(processor)])
                stack.callback(spinning.wait)
                stack.callback(spinning.kill)
        yield


def empty_rounds(connection: Connection) -> str:
    """What a round to the server takes that asks for nothing, as a remark beside a figure."""
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        connection.execute("SELECT 1").fetchone()
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    p99 = took[int(0.99 * ROUNDS)]
    return (
        "processors kept awake; a round that asks for nothing took"
        f" {took[ROUNDS // 2]:.2f} ms, p99 {p99:.2f}"
    )
