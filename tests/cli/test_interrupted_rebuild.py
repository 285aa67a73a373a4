"""A rebuild that is interrupted says so, ends its processes, and leaves what serves."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.cli.running import PATIENCE_S, allot, base_environ
from tests.house.tree import TOP
from tests.support.committing import until

WORDS = (
    "Interrupted: each read model is as it was, or made anew, and whole."
    " `allot rebuild` begins again.\n"
)


@pytest.fixture
def environ(alone: str) -> dict[str, str]:
    """Return the environment of a founded ledger whose read models show all of it."""
    environ = {
        **base_environ(), "ALLOT_DATABASE_URL": alone, "ALLOT_DURABILITY": "test"
    }  # fmt: skip
    made = allot("rebuild", environ=environ)
    assert made.returncode == 0, made.stderr
    return environ


@contextmanager
def held(address: str) -> Generator[psycopg.Connection]:
    """While it lasts no new tables can be put in place: whoever builds waits."""
    with psycopg.connect(address, autocommit=True) as owner, psycopg.connect(address) as holder:
        holder.execute("SELECT FROM projections.state FOR UPDATE")
        yield owner


def rebuilding(*models: str, environ: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", "rebuild", *models],
        cwd=TOP, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def waiting(owner: psycopg.Connection) -> int:
    """How many builders wait."""
    found = owner.execute(
        "SELECT FROM pg_stat_activity WHERE application_name = 'allot rebuild'"
        " AND wait_event_type = 'Lock' AND datname = current_database()"
    )
    return len(found.fetchall())


def builders(process: subprocess.Popen[str]) -> list[int]:
    """The processes that build for a rebuild."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(one) for one in children if b"spawn_main" in read_of(one, "cmdline")]


def read_of(process: int | str, name: str) -> bytes:
    return Path(f"/proc/{process}/{name}").read_bytes()


def is_deaf(process: int) -> bool:
    """Whether what was sent to a process waits for ever to be heard."""
    pending = read_of(process, "status").partition(b"ShdPnd:")[2].split()[0]
    return int(pending, 16) & 1 << (signal.SIGINT - 1) != 0


def standing(owner: psycopg.Connection) -> list[tuple[str, str, int]]:
    return owner.execute("SELECT model, state, built FROM projections.state ORDER BY 1").fetchall()


@pytest.mark.parametrize(
    ("told", "models"),
    [(signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGHUP, ("holdings",))],
)
def test_an_interrupted_rebuild_says_so_and_leaves_nothing_that_works(
    environ: dict[str, str], told: signal.Signals, models: tuple[str, ...]
) -> None:
    with held(environ["ALLOT_DATABASE_URL"]) as owner:
        before = standing(owner)
        process = rebuilding(*models, environ=environ)
        until(lambda: waiting(owner) == (1 if models else 2))
        building = builders(process)
        assert len(building) == (1 if models else 2)
        process.send_signal(told)
        out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out, err) == (130, "", WORDS)
        assert not any(Path(f"/proc/{one}").exists() for one in building)
        # The lock is still held, so that nothing ends by itself.
        until(lambda: waiting(owner) == 0)
        assert standing(owner) == before
    again = allot("rebuild", environ=environ)
    assert again.returncode == 0, again.stderr


def test_who_builds_does_not_hear_ctrl_c_on_the_terminal(environ: dict[str, str]) -> None:
    with held(environ["ALLOT_DATABASE_URL"]) as owner:
        process = rebuilding(environ=environ)
        until(lambda: waiting(owner) == 2)
        for one in builders(process):
            os.kill(one, signal.SIGINT)
            assert is_deaf(one)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (130, "", WORDS)
