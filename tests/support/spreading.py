"""A whole run is spread over two processes, each with a server of its own.

A file stays together, so that what its tests share is made once. So do folders that share a
ledger or a browser, and everything that loads the machine on purpose: it never meets its like.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

PROCESSES: Final = 2
LOADS: Final = "what loads the machine"
TOGETHER: Final = {
    "tests/faults": LOADS, "tests/stories": LOADS, "tests/web": "web", "tests/helios": "helios",
}  # fmt: skip
"""Folders of which one process takes all; these come first, the longest ahead."""


def place(nodeid: str) -> str:
    """What a test stays together with."""
    path = nodeid.partition("::")[0]
    return TOGETHER.get(path.rpartition("/")[0], path)


class Places(LoadScopeScheduling):
    """Hands out places in the order in which they were collected."""

    def __init__(self, config: pytest.Config, log: "Producer | None" = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return place(nodeid)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Spread a whole run; whoever asks for some tests gets them here, without a second start."""
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS or config.args == ["tests"]
    chooses = config.option.keyword or config.option.markexpr != "not slow"
    return PROCESSES if is_whole and not chooses else 0


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Places:
    """Hand out places instead of single tests."""
    return Places(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In a spread run, begin with the longest; alone, leave the order as it is.

    Tests are handed out by identity: of two that share one, one would never run.
    """
    shared = [nodeid for nodeid, count in Counter(one.nodeid for one in items).items() if count > 1]
    if shared:
        raise pytest.UsageError(f"several tests share an identity: {', '.join(shared)}")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid))


def rank(nodeid: str, order: Sequence[str] = tuple(TOGETHER.values())) -> int:
    """Where a test comes: the smaller the sooner."""
    where = place(nodeid)
    return order.index(where) if where in order else len(order)
