"""How long a page that acts waits for the read models, and for whom it does not wait at all."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from msgspec import Struct
from starlette.concurrency import run_in_threadpool

from api.problems import Problem
from api.running import Running
from api.web.doorway import Visit
from projections.registry import unfed

T = TypeVar("T")

SOON_S: Final = 1.0
"""How long the page waits to read what is recorded: mostly that takes some milliseconds."""


class Late(Struct, frozen=True, kw_only=True):
    """The read models do not reflect a position in time: `is_fed` when somebody feeds them all."""

    is_fed: bool
    why: Problem


async def once_caught_up(
    seen: Visit,
    position: int,
    find: Callable[[Visit], Awaitable[T]],
    *,
    within_s: float | None = None,
) -> T | Late:
    """What is found by a visit that reflects a position, or that it is late.

    Nobody is kept waiting for read models that nobody feeds: that is late at once.
    """
    found = await _unless_late(find(seen.after(position, within_s=0)))
    if not isinstance(found, Problem):
        return found
    if not await run_in_threadpool(_are_fed, seen.running):
        return Late(is_fed=False, why=found)
    found = await _unless_late(find(seen.after(position, within_s=within_s)))
    return Late(is_fed=True, why=found) if isinstance(found, Problem) else found


async def _unless_late(found: Awaitable[T]) -> T | Problem:
    """What is found; the problem when the read models do not reflect in time what it needs."""
    try:
        return await found
    except Problem as late:
        if late.status != 503:
            raise
        return late


def _are_fed(now: Running) -> bool:
    """Whether every read model has a process that feeds it."""
    with now.primary.connection() as connection:
        return not unfed(connection)
