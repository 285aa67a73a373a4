"""A crowd of threads that all act over and over for some time."""

import contextlib
import gc
import threading
import time
from array import array
from collections.abc import Callable

from tests.benchmarks.figures import Load

Act = Callable[[], None]


def crowd(clients: int, seconds: float, client: Callable[[int], Act]) -> Load:
    """Let so many clients act at once; what one of them raises ends the measurement.

    What was left behind before is cleared away first: peers share the process, and nobody is to
    look for the waste of another.
    """
    start = threading.Barrier(clients + 1)
    took = [array("d") for _ in range(clients)]
    failures: list[BaseException] = []
    ends: list[float] = []
    deadline = [0.0]

    def run(number: int) -> None:
        try:
            act = client(number)
            start.wait()
            _repeat(act, deadline[0], took[number])
        except BaseException as failed:  # noqa: BLE001 - raised again below
            failures.append(failed)
            start.abort()
        ends.append(time.perf_counter())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    gc.collect()
    gc.freeze()
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    deadline[0] = began + seconds
    with contextlib.suppress(threading.BrokenBarrierError):  # a client failed, as told below
        start.wait()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    latencies = [value * 1000 for each in took for value in each]
    return Load(answers=len(latencies), seconds=max(ends) - began, latencies_ms=latencies)


def _repeat(act: Act, deadline: float, took: "array[float]") -> None:
    before = time.perf_counter()
    while before < deadline:
        act()
        after = time.perf_counter()
        took.append(after - before)
        before = after
