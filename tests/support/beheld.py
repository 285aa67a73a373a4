"""A process that says what it sees of itself, as JSON, and ends in the way its last word names."""

import json
import os
import signal
import sys
import threading
import warnings
from pathlib import Path

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGCHLD)


def main() -> None:
    """Say it; then leave with a code, raise, warn, or wait until a signal ends it."""
    *words, how = sys.argv[1:]
    seen = {
        "words": words,
        "environ": dict(os.environ),
        "place": str(Path.cwd()),
        "group": os.getpgrp(),
        "standard": [str(Path(f"/proc/self/fd/{place}").readlink()) for place in range(2)],
        "open": len(list(Path("/proc/self/fd").iterdir())),
        "threads": threading.active_count(),
        "signals": [str(signal.getsignal(told)) for told in SIGNALS],
        "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    }
    print(json.dumps(seen), flush=True)
    match how:
        case "raise":
            raise ValueError("told to")
        case "warn":
            warnings.warn("told to", stacklevel=1)
        case "wait":
            while True:
                signal.pause()
        case code:
            sys.exit(int(code))


if __name__ == "__main__":
    main()
