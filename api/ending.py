"""The end of a process that was told to end: in time, whatever it still waits for."""

import os
import threading

import structlog

_log = structlog.get_logger()


def end_within(seconds: float) -> None:
    """Let this process go on for no longer than so many seconds.

    Who is answered waits; who is not asks again by its key. An operator waits for neither.
    """
    ending = threading.Timer(seconds, _give_up)
    ending.daemon = True
    ending.start()


def _give_up() -> None:
    _log.error("it did not end in time, and is ended: what was not answered is asked by its key")
    os._exit(1)
