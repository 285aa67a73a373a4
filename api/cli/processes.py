"""How a command that runs for long is told to end, and leaves nothing behind."""

import signal
from types import FrameType

from api.cli.endings import DONE, Ended


def end_on_sigterm() -> None:
    """Turn SIGTERM into an orderly end, so that every block is left and every child is ended."""

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise Ended(DONE)

    signal.signal(signal.SIGTERM, ended)


def finish_undisturbed() -> None:
    """Ignore a second Ctrl-C or SIGTERM while things are put away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
