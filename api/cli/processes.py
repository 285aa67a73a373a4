"""How a command that runs for long is told to end, and leaves nothing behind."""

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager
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


@contextmanager
def interrupted_by_sigterm() -> Generator[None]:
    """Meanwhile SIGTERM and SIGHUP interrupt as Ctrl-C does: KeyboardInterrupt is raised."""
    before = {told: signal.getsignal(told) for told in (signal.SIGTERM, signal.SIGHUP)}
    for told, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(told, signal.default_int_handler)
    try:
        yield
    finally:
        for told, handler in before.items():
            signal.signal(told, handler)


def finish_undisturbed() -> None:
    """Ignore a second Ctrl-C or SIGTERM while things are put away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
