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


def end_with_any_thread() -> None:
    """Let this process end when one of its threads does by what nobody expected.

    Whoever started it starts another; what would go on without that thread would answer nobody.
    """
    threading.excepthook = _lost


def _lost(lost: threading.ExceptHookArgs) -> None:
    name = lost.thread.name if lost.thread else None
    said = (lost.exc_type, lost.exc_value, lost.exc_traceback)
    try:
        _log.critical("a thread has ended, and its process with it", thread=name, exc_info=said)
    finally:  # also when it cannot be said
        os._exit(1)


def _give_up() -> None:
    _log.error("it did not end in time, and is ended: what was not answered is asked by its key")
    os._exit(1)
