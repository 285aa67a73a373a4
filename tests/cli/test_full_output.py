"""What a command prints goes nowhere: that is said in words, and what it did stands."""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.cli.running import Ledger
from tests.house.tree import TOP

FULL = Path("/dev/full")
"""A device that never takes anything."""


def _allot_into(
    out: IO[bytes] | int, ledger: Ledger, *words: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=TOP, env={**ledger.environ, "ALLOT_URL": ledger.url}, stdin=subprocess.DEVNULL,
        stdout=out, stderr=subprocess.PIPE, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_full_disk_under_the_output_is_said_and_the_decision_stands(
    running: Ledger, form: str
) -> None:
    words = f"Written where nothing fits, as {form}"
    before = running.head()
    with FULL.open("wb") as full:
        done = _allot_into(full, running, "note", "--unit", "vision", words, "-o", form)
    assert done.returncode == 3
    assert done.stderr.decode() == (
        "Not all can be written, most likely of what this prints: No space left on device. "
        "A command was answered all the same: `allot history` shows what was recorded.\n"
    )
    assert running.head() == before + 1
    assert words in running.allot("history", "--unit", "vision").stdout


def test_who_reads_no_more_ends_a_command_without_a_word(running: Ledger) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        done = _allot_into(gone, running, "history", "--limit", "10000")
    assert (done.returncode, done.stderr) == (1, b"")
