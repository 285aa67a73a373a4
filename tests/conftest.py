"""What holds for every test: hypothesis' profile, and no silent gap in a run that counts."""

import os
import signal
from collections.abc import Iterator

import hypothesis
import pytest
import structlog

from tests.support.shared import SHARED

pytest_plugins = ["tests.support.postgres", "tests.support.spreading"]

# Two cores are shared with PostgreSQL and a browser: a slow example is not a wrong one.
hypothesis.settings.register_profile("allot", deadline=None)
hypothesis.settings.load_profile("allot")


@pytest.fixture(autouse=True)
def _speaks_as_it_did() -> Iterator[None]:
    """A tool that ran inside the test told the log where to go; the next test begins anew."""
    yield
    structlog.reset_defaults()


class NoGaps:
    """Fails a run of CI in which a test was skipped although everything it needs is there.

    The one reason to skip is that ../shared is absent; with it present, no test may.
    """

    def __init__(self) -> None:
        self.skipped: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a module that skipped itself."""
        if report.skipped:
            self.skipped.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a test that was skipped; an expected failure is none."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self.skipped.append(report.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Turn a green session with gaps into a failed one."""
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return (yield)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the gaps."""
        if self.skipped:
            terminalreporter.section("skipped although ../shared is present: a failure", red=True)
            for nodeid in self.skipped:
                terminalreporter.line(nodeid)


def pytest_configure(config: pytest.Config) -> None:
    """Watch for gaps where a run counts: in CI, beside ../shared.

    And hear Ctrl-C and hang-ups, as do the processes that tests start and end by them: a run that
    is started in the background, or by nohup, has them ignored.
    """
    for ignored in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(ignored) is signal.SIG_IGN:
            signal.signal(ignored, signal.SIG_DFL)
    if os.environ.get("CI") == "true" and SHARED.is_dir():
        config.pluginmanager.register(NoGaps(), "no-gaps")
