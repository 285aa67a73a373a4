"""The follower as a process beside the doors: `python -m api.following`.

It ends when it is told to, and when its standard input closes: when whoever started it is gone.
"""

import gc
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog

from api.snapshots import Snapshots
from api.speaking import speak
from ledger.store.log import PostgresLog
from ledger.store.patience import soon_away
from ledger.store.roles import FOLLOWER, as_role, with_options
from projections.follow import follow

SNAPSHOT_LOOK_S: Final = 30.0
TIMEOUTS: Final = (
    "-c statement_timeout=300s -c lock_timeout=60s -c idle_in_transaction_session_timeout=60s"
)
"""What meets one of these is begun anew, as when the database was away."""
TIDY_EVERY: Final = 100
"""After so many events waste is looked for: among thousands of objects, not millions."""
_log = structlog.get_logger()


@contextmanager
def tidied() -> Generator[Callable[[int], None]]:
    """Look for waste in what came lately alone; yields what is told of each batch of events.

    What folds keep is no waste: to look through all of it, as Python does whenever it has grown by
    a quarter, takes longer than an event may wait to be seen.
    """
    lately = 0

    def after(events: int) -> None:
        nonlocal lately
        lately += events
        if lately >= TIDY_EVERY:
            lately = 0
            gc.collect(0)
            gc.freeze()

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield after
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()


def run(url: str, is_ending: threading.Event) -> None:
    """Keep the read models up with the log, and a snapshot near its head, until told to end."""
    with PostgresLog(url) as log:
        snapshots = Snapshots(url, log)
        keeping = threading.Thread(target=_keep, args=(snapshots, is_ending), name="snapshots")
        keeping.start()
        try:
            with tidied() as progress:
                as_follower = soon_away(with_options(as_role(url, FOLLOWER), TIMEOUTS))
                follow(as_follower, is_ending, progress=progress)
        finally:
            is_ending.set()
            snapshots.stop()
            keeping.join()


def _keep(snapshots: Snapshots, is_ending: threading.Event) -> None:
    while not is_ending.wait(SNAPSHOT_LOOK_S):
        snapshots.keep_up()


def main() -> None:
    """Follow the log of ALLOT_DATABASE_URL."""
    speak()
    is_ending = threading.Event()

    def end(_told: int, _frame: FrameType | None) -> None:
        is_ending.set()

    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, end)
    threading.Thread(target=_end_with_stdin, args=(is_ending,), daemon=True).start()
    run(os.environ["ALLOT_DATABASE_URL"], is_ending)


def _end_with_stdin(is_ending: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    is_ending.set()


if __name__ == "__main__":
    main()
