"""Run a coroutine to its end, whatever else this thread has under way."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def to_the_end(
    work: Coroutine[Any, Any, T], run: Callable[[Coroutine[Any, Any, T]], T] = asyncio.run
) -> T:
    """Return what the coroutine returns, in a loop and a thread of its own.

    A browser that is kept open between tests leaves a loop running in the main thread.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(run, work).result()
