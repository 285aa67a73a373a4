"""The tutorial, line by line, as a newcomer types it."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from msgspec import Struct

from ledger.store.embedded.server import stop
from tests.cli.running import allot_into, base_environ, ended, line_of
from tests.house.tree import TOP

TUTORIAL = (TOP / "docs/tutorial.md").read_text()
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = "8000"


class Step(Struct, frozen=True):
    """A line that is typed, and what is to be seen then; `...` stands for anything."""

    typed: str
    seen: str


def steps_of(page: str) -> list[Step]:
    """What a page has typed, in order."""
    blocks = [block for found in CONSOLE.findall(page) for block in found.split("$ ")[1:]]
    return [Step(*block.partition("\n")[::2]) for block in blocks]


def is_seen(expected: str, said: str) -> bool:
    """Whether it is what the page says: a line of dots alone stands for any number of lines."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "..." else ".*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in expected.splitlines()
    )
    return (
        re.fullmatch(pattern, said if said.endswith("\n") or not said else f"{said}\n") is not None
    )


class Newcomer:
    """Types lines in one folder, in two terminals."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # 8000 may belong to somebody else here: the doors choose a port, and it is put back.
        self.environ = {
            **base_environ(), "ALLOT_PORT": "0", "ALLOT_DURABILITY": "test",
            "PYTHONPATH": str(TOP),
        }  # fmt: skip
        self.doors: subprocess.Popen[str] | None = None

    def type(self, line: str) -> str:
        words = shlex.split(line)
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self.environ[name] = value
            return ""
        assert words[0] == "allot", line
        if words[1] == "serve":
            return self.open_doors(words)
        said = io.StringIO()
        with contextlib.chdir(self.folder):
            allot_into(said, said, *words[1:], environ=self.environ)
        return said.getvalue()

    def open_doors(self, words: list[str]) -> str:
        self.doors = subprocess.Popen(
            [sys.executable, "-m", "api.cli", *words[1:]], cwd=self.folder, env=self.environ,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        url = line_of(self.doors)
        self.environ["ALLOT_URL"] = url
        host, _, _ = url.rpartition(":")
        return f"{host}:{PORT}\n"


@pytest.fixture
def newcomer(tmp_path: Path) -> Generator[Newcomer]:
    """Yield somebody in an empty folder; what they started is ended."""
    somebody = Newcomer(tmp_path)
    yield somebody
    if somebody.doors is not None:
        assert ended(somebody.doors) == 0
    stop(tmp_path / "first-ledger")


def test_every_line_of_the_tutorial_does_what_the_page_says(newcomer: Newcomer) -> None:
    told = steps_of(TUTORIAL)
    assert len(told) > 15
    for step in told:
        said = newcomer.type(step.typed)
        assert is_seen(step.seen, said), f"$ {step.typed}\n{said}{os.linesep}is not\n{step.seen}"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("Recorded.\n", "Recorded.\n"),
        ("...\nRecorded.\n", "position 7\nmore\nRecorded.\n"),
        ("pool ... 8\n...\n", "pool  north  8\nvalid_at now\n"),
        ("...\n", ""),
    ],
)
def test_dots_stand_for_anything(expected: str, said: str) -> None:
    assert is_seen(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("Recorded.\n", "Refused.\n"),
        ("...\nRecorded.\n", "Refused.\n"),
        ("pool 8\n...\n", "pool 9\n"),
    ],
)
def test_all_else_stands_for_itself(expected: str, said: str) -> None:
    assert not is_seen(expected, said)
