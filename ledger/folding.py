"""The state of a log: folded from the newest snapshot on, and kept for a faster start."""

import gc
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from typing import Final

from ledger.codec import decode
from ledger.evolve import evolve
from ledger.gathering import Gathering
from ledger.gists import gists
from ledger.log import Log
from ledger.snapshot import opened, to_bytes
from ledger.state import State

READ_AT_ONCE: Final = 5000
FROZEN_FROM: Final = 50_000
REST_EVERY: Final = 50_000
"""Of what is folded for a snapshot, as much is in memory at a time."""


@contextmanager
def many_objects() -> Generator[None]:
    """Let objects become many, of which none is waste: nobody looks at them in vain meanwhile.

    A state has no cycles, and lives as long as its process. To look at a million objects over
    and over takes half of a start.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class Unneeded(Exception):
    """Nobody needs the state any more."""


def load(log: Log, is_needed: Callable[[], bool] = lambda: True) -> State:
    """The state at the head: from the newest snapshot, and what was recorded since.

    Raises Unneeded when it is needed no longer before all of a long log is folded.
    """
    with many_objects():
        gathering = _opened(log.snapshot())
        with closing(_pages(log, gathering.position)) as pages:
            for page in pages:
                if not is_needed():
                    raise Unneeded
                gathering.take_in(gists(page))
        state = gathering.gathered()
        if state.position >= FROZEN_FROM:
            gc.freeze()  # and some of the time of answers ever after
    return state


def _pages(log: Log, after: int) -> Generator[bytes]:
    """What was recorded after a position, as lines; a page is read while another is folded."""
    with ThreadPoolExecutor(1, "reads-ahead") as ahead:
        coming = ahead.submit(log.lines, after, READ_AT_ONCE)
        while page := coming.result():
            after += READ_AT_ONCE
            coming = ahead.submit(log.lines, after, READ_AT_ONCE)
            yield page
            if page.count(b"\n") + 1 < READ_AT_ONCE:
                return  # what is read ahead may not follow: the log has grown since


def _opened(kept: tuple[int, bytes] | None) -> Gathering:
    return Gathering() if kept is None else opened(kept[1])


def read_on(log: Log, state: State) -> None:
    """Take in what is committed after the state's position."""
    while page := log.read(state.position, READ_AT_ONCE):
        for one in page:
            evolve(state, decode(one.stored))


def take_snapshot(log: Log, *, every: int = 50_000) -> bool:
    """Keep a snapshot of the head if the last lies so many events back; whether one was kept.

    Folds the log by itself, and puts to rest what is over: meant for a process that judges
    nothing.
    """
    kept = log.snapshot()
    if log.head() - (kept[0] if kept else 0) < every:
        return False
    with many_objects():
        gathering = _opened(kept)
        rested_at = gathering.position
        with closing(_pages(log, gathering.position)) as pages:
            for page in pages:
                gathering.take_in(gists(page))
                if gathering.position - rested_at >= REST_EVERY:
                    gathering.let_rest()
                    rested_at = gathering.position
        gathering.let_rest()
        state = gathering.gathered()
        log.keep_snapshot(state.position, to_bytes(state))
    return True
