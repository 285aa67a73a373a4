"""The follower as a process beside the doors: `python -m api.following`.

It ends when it is told to, and when its standard input closes: when whoever started it is gone.
"""

import os
import signal
import threading
from types import FrameType
from typing import Final

import structlog

from api.ending import end_with_any_thread
from api.snapshots import Snapshots
from api.speaking import speak
from api.tidying import tidied
from ledger.store.log import PostgresLog
from ledger.store.patience import soon_away
from ledger.store.roles import FOLLOWER, as_role, with_options
from projections.follow import follow

SNAPSHOT_LOOK_S: Final = 30.0
TIMEOUTS: Final = (
    "-c statement_timeout=300s -c lock_timeout=60s -c idle_in_transaction_session_timeout=60s"
)
"""What meets one of these is begun anew, as when the database was away."""
_log = structlog.get_logger()


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
    end_with_any_thread()
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
