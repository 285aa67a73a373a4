"""What the faults found is told at the end of a run, in figures."""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from ledger.store.embedded.server import Server
from tests.faults.standing import Standing, stood

FIGURES: Final = "figures"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that takes a line of figures, to be shown at the end of the run."""
    return lambda figures: record_property(FIGURES, figures)


@pytest.fixture(scope="package")
def standing(postgres_server: Server) -> Iterator[Standing]:
    """Yield the one service of these tests: whatever is done to it, it has to live on."""
    with stood(postgres_server) as standing:
        yield standing


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show the figures, from whichever process they come."""
    lines = [
        f"{report.nodeid.rpartition('::')[2]}: {value}"
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, value in report.user_properties
        if name == FIGURES
    ]
    if lines:
        terminalreporter.section("what the faults found")
        for line in lines:
            terminalreporter.line(line)
