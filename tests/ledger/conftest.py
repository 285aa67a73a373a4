"""A founded log, in memory and in PostgreSQL: what the committer promises holds on both."""

from collections.abc import Iterator

import pytest

from ledger.log import Log
from ledger.store.log import PostgresLog
from tests.support.committing import found_log
from tests.support.memory_log import MemoryLog


@pytest.fixture(params=["memory", "PostgreSQL"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """Yield a founded log."""
    if request.param == "memory":
        kept = MemoryLog()
        found_log(kept)
        yield kept
        return
    with PostgresLog(request.getfixturevalue("founded")) as kept:
        yield kept
