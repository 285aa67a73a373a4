"""The processes `serve` and `demo` consist of, and how none of them is left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Self

from api.cli.endings import DONE, Ended
from api.cli.output import say

_PATIENCE_S = 10.0
_PAUSE_S_MAX = 10.0


def end_on_sigterm() -> None:
    """Turn SIGTERM into an orderly end, so that every block is left and every child is ended."""

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise Ended(DONE)

    signal.signal(signal.SIGTERM, ended)


def finish_undisturbed() -> None:
    """Ignore a second Ctrl-C or SIGTERM while things are put away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def end_with_parent() -> None:
    """End this process when its parent does, which holds the other end of our stdin."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


class Follower:
    """`allot follow` as a child: its fold must not share the interpreter of the doors.

    It is started anew when it ends, with growing pauses, until the block ends.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._over = threading.Event()
        self._changing = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._watch = threading.Thread(target=self._run, name="follower", daemon=True)

    def __enter__(self) -> Self:
        """Start it and watch it."""
        self._watch.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it and wait until it is gone."""
        with self._changing:
            self._over.set()
            child = self._child
        if child is not None:
            child.terminate()
            try:
                child.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._watch.join()

    def _run(self) -> None:
        pause = 0.5
        while True:
            with self._changing:
                if self._over.is_set():
                    return
                # A session of its own: Ctrl-C is for the parent, which then ends the child.
                self._child = child = subprocess.Popen(
                    [sys.executable, "-m", "api.cli", "follow", "--with-parent"],
                    stdin=subprocess.PIPE,
                    env=self._environ,
                    start_new_session=True,
                )
            code = child.wait()
            if self._over.wait(pause):
                return
            say(f"The follower ended with code {code} and is started anew.")
            pause = min(pause * 2, _PAUSE_S_MAX)
