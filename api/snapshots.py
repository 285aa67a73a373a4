"""Snapshots of the state, made by a process that ends afterwards: `... api.snapshots EVENTS`.

To fold a long log takes room, which a process that goes on would never give back. It ends when
its standard input closes: when whoever started it is gone.
"""

import os
import subprocess
import sys
import threading
from typing import Final

import structlog

from api.speaking import speak
from ledger.folding import take_snapshot
from ledger.log import LogUnavailable
from ledger.store.alone import making_snapshots
from ledger.store.log import PostgresLog

EVERY: Final = 50_000
"""So many events after the newest snapshot, another is due."""
NOT_DUE: Final = 3
"""Said by the process when another has made one meanwhile."""
_log = structlog.get_logger()


class Snapshots:
    """Has a snapshot made when one is due."""

    def __init__(self, url: str, log: PostgresLog, *, every: int = EVERY) -> None:
        """Take where the log is, for the process, and the log itself, to see what is due."""
        self._url = url
        self._log = log
        self._every = every
        self._changing = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    def keep_up(self) -> None:
        """See that a snapshot lies near the head; return when it does, or cannot be made."""
        try:
            behind = self._log.head() - self._log.snapshot_position()
        except LogUnavailable as away:
            _log.warning("no snapshot was looked for", why=str(away))
            return
        if behind < self._every:
            return
        with self._changing:
            if self._is_over:
                return
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "api.snapshots", str(self._every)],
                    stdin=subprocess.PIPE,
                    env={**os.environ, "ALLOT_DATABASE_URL": self._url},
                    start_new_session=True,
                )
            except OSError as refused:
                _log.warning("no snapshot was kept: no process can be started", why=str(refused))
                return
        with self._process as process:
            code = process.wait()
        if not code:
            _log.info("kept a snapshot of the state", events=behind)
        elif code != NOT_DUE and not self._is_over:
            _log.warning("no snapshot was kept: its process failed", code=code)

    def stop(self) -> None:
        """End what is under way, and begin no more."""
        with self._changing:
            self._is_over = True
            if self._process is not None and self._process.poll() is None:
                self._process.kill()


def main() -> None:
    """Keep a snapshot of the log of ALLOT_DATABASE_URL, if so many events came since the last."""
    speak()
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    url = os.environ["ALLOT_DATABASE_URL"]
    try:
        with making_snapshots(url), PostgresLog(url) as log:
            is_kept = take_snapshot(log, every=int(sys.argv[1]))
    except LogUnavailable as away:
        _log.warning("no snapshot was kept", why=str(away))
        sys.exit(1)
    sys.exit(0 if is_kept else NOT_DUE)


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os._exit(2)


if __name__ == "__main__":
    main()
