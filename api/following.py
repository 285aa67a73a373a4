"""The follower as a process beside the doors: `python -m api.following`.

It ends when it is told to, and when its standard input closes: when whoever started it is gone.
"""

import os
import signal
import sys
import threading
from types import FrameType
from typing import Final

import structlog

from ledger.folding import take_snapshot
from ledger.log import LogUnavailable
from ledger.store.log import PostgresLog
from ledger.store.patience import soon_away
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import follow

SNAPSHOT_LOOK_S: Final = 30.0
_log = structlog.get_logger()


def run(url: str, is_ending: threading.Event) -> None:
    """Keep the read models up with the log, and a snapshot near its head, until told to end."""
    snapshots = threading.Thread(target=_snapshots, args=(url, is_ending), name="snapshots")
    snapshots.start()
    try:
        follow(soon_away(as_role(url, FOLLOWER)), is_ending)
    finally:
        is_ending.set()
        snapshots.join()


def _snapshots(url: str, is_ending: threading.Event) -> None:
    with PostgresLog(url) as log:
        while not is_ending.wait(SNAPSHOT_LOOK_S):
            try:
                if take_snapshot(log):
                    _log.info("kept a snapshot of the state")
            except LogUnavailable as away:
                _log.warning("no snapshot was kept", why=str(away))


def main() -> None:
    """Follow the log of ALLOT_DATABASE_URL."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
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
