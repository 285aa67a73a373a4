"""A process that uses a server, for tests that kill it: DATA, then `stop` or `leave` on stdin."""

import os
import sys
from pathlib import Path

from ledger.store.embedded.binaries import find_binaries
from ledger.store.embedded.server import Durability, start, status


def main() -> None:
    """Start, say so in one line, and wait for the word how to end."""
    data = Path(sys.argv[1])
    environ = {k: v for k, v in os.environ.items() if k != "ALLOT_DATABASE_URL"}
    server = start(data, find_binaries(environ), durability=Durability.TEST)
    print(status(data).pid, server.started_here, flush=True)
    if sys.stdin.readline().strip() == "stop":
        server.stop()


if __name__ == "__main__":
    main()
