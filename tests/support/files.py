"""How many files this process may have open, and the processes that it begins meanwhile."""

import resource
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def open_at_most(count: int | None) -> Generator[None]:
    """Let it open so many; None stands for as many as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard if count is None else count, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
