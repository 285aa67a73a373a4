"""When a process that keeps much looks for waste: what only a look for cycles lets go of."""

import gc
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

TIDY_EVERY: Final = 100
"""After so many events or answers waste is looked for: among thousands of objects, not millions."""


@contextmanager
def tidied() -> Generator[Callable[[int], None]]:
    """Look for waste in what came lately alone; yields what is told how much came, each time.

    It is called by one thread. What is kept of what came is no waste: to look through all of it, as
    Python does whenever it has grown by a quarter, takes longer than anybody should wait.
    """
    lately = 0

    def after(count: int) -> None:
        nonlocal lately
        lately += count
        if lately >= TIDY_EVERY:
            lately = 0
            gc.collect(0)
            gc.freeze()

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield after
    finally:
        gc.unfreeze()
        if was_on:
            gc.enable()
