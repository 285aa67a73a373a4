"""What the faults found is told at the end of a run, in figures."""

from collections.abc import Callable, Iterator

import pytest

from ledger.store.embedded.server import Server
from tests.faults.standing import Standing, stood

_SEEN = pytest.StashKey[list[str]]()


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Return a function that takes a line of figures, to be shown at the end of the run."""
    seen = request.config.stash.setdefault(_SEEN, [])
    return lambda figures: seen.append(f"{request.node.name}: {figures}")


@pytest.fixture(scope="package")
def standing(postgres_server: Server) -> Iterator[Standing]:
    """Yield the one service of these tests: whatever is done to it, it has to live on."""
    with stood(postgres_server) as standing:
        yield standing


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures."""
    seen = terminalreporter.config.stash.get(_SEEN, [])
    if seen:
        terminalreporter.section("what the faults found")
        for line in seen:
            terminalreporter.line(line)
