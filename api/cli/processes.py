"""How a command that runs for long is told to end, and leaves nothing behind."""

import os
import signal
from types import FrameType

from api.cli.endings import DONE, Ended


def end_on_sigterm() -> None:
    """Turn SIGTERM and SIGHUP into an orderly end: every block is left, every child is ended."""

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise Ended(DONE)

    def as_sigterm(_number: int, _frame: FrameType | None) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, ended)
    # A terminal that is closed sends SIGHUP; the server of our own must not outlive it, unless
    # the command was begun under nohup.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, as_sigterm)


def finish_undisturbed() -> None:
    """Ignore a second Ctrl-C or SIGTERM while things are put away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
