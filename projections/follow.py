"""Follows the log: feeds the read models whenever there is news, until told to end."""

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from selectors import EVENT_READ, DefaultSelector
from time import monotonic
from typing import Final

import psycopg
import structlog

from projections.follower import Follower
from projections.model import Model
from projections.registry import MODELS
from projections.statements import Connection

POLL_S: Final = 1.0
HEED_S: Final = 0.1
"""So soon an end is heard by who waits for news."""
RETRY_S: Final = 0.5

_log = structlog.get_logger()


def follow(
    url: str,
    is_ending: threading.Event,
    *,
    models: Sequence[Model] = MODELS,
    progress: Callable[[int], None] | None = None,
) -> None:
    """Follow until told to end; a database that goes away is waited for.

    `progress` is told how many events each batch had.
    """
    while not is_ending.is_set():
        try:
            with (
                psycopg.connect(url, autocommit=True) as connection,
                closing(psycopg.connect(url, autocommit=True)) as line,
            ):
                follower = Follower(connection, models, line=line)
                _follow(follower, connection, line, is_ending, progress or (lambda _: None))
        except psycopg.OperationalError as gone:
            _log.warning("the follower lost the database and tries again", why=str(gone))
            is_ending.wait(RETRY_S)


def _follow(
    follower: Follower,
    connection: Connection,
    line: Connection,
    is_ending: threading.Event,
    progress: Callable[[int], None],
) -> None:
    due = monotonic()
    while not is_ending.is_set():
        if monotonic() >= due:
            follower.acquire()
            due = monotonic() + POLL_S
        if count := follower.step():
            progress(count)
        if follower.is_level:
            _wait(follower, connection, line, is_ending)
    follower.settle()


def _wait(
    follower: Follower, connection: Connection, line: Connection, is_ending: threading.Event
) -> None:
    """Wait for news, for the end, or for a while; and see what is under way written."""
    until = monotonic() + POLL_S
    with DefaultSelector() as news:
        news.register(connection, EVENT_READ)
        if follower.is_writing:
            news.register(line, EVENT_READ)
        while not list(connection.notifies(timeout=0)):
            heard = [key.fileobj for key, _ in news.select(min(HEED_S, until - monotonic()))]
            if line in heard:
                news.unregister(line)
                if not follower.settle():
                    return
            elif not heard and (is_ending.is_set() or monotonic() >= until):
                return
