"""Data directories that are empty before a test and without a server after it."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ledger.store.embedded.server import stop

# Only root can drop to another account; an ordinary user's run does not collect those tests.
collect_ignore = [] if os.geteuid() == 0 else ["test_embedded_as_root.py"]

Starter = subprocess.Popen[str]


@pytest.fixture
def data(tmp_path: Path) -> Generator[Path]:
    """Yield a data directory that does not exist yet, with a blank, a comma and an umlaut."""
    directory = tmp_path / "two words, ü"
    yield directory
    stop(directory)


@pytest.fixture
def starter(data: Path) -> Generator[Callable[[], Starter]]:
    """Yield a maker of processes that start or share the data directory's server."""
    begun: list[Starter] = []

    def begin() -> Starter:
        begun.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.store.starter", str(data)],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
        return begun[-1]

    yield begin
    for process in begun:
        with ended(process):
            process.kill()


@contextmanager
def ended(process: Starter) -> Generator[None]:
    """After the block, wait for the process and close its pipes."""
    yield
    process.communicate()


def told(process: Starter) -> tuple[int, bool]:
    """Wait until the process uses a server; return the postmaster's pid and who started it."""
    assert process.stdout is not None
    pid, started_here = process.stdout.readline().split()
    return int(pid), started_here == "True"
