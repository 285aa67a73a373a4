"""The processes of a run that are the ledger's own: their environment, start and end."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

import httpx2
from msgspec import Struct

from tests.house.tree import TOP

READY_S = 90.0
LOOK_S = 0.2


def environ(url: str) -> dict[str, str]:
    """The environment of the ledger's own processes on that database: durable, with tokens.

    One person asks for all, as fast as it goes: nobody is limited.
    """
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "ALLOT_PG_BIN")
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "ALLOT_DATABASE_URL": url,
        "ALLOT_AUTH": "token",
        "ALLOT_COMMANDS_PER_S": "0",
        "ALLOT_READS_PER_S": "0",
    }


class Running(Struct, frozen=True, kw_only=True):
    """A process that listens: its id, and where."""

    pid: int
    url: str


@contextmanager
def reader(*words: str) -> Generator[tuple[str, Callable[[int], str]]]:
    """Run a reader that says when it has begun, and reads until a position that it is told.

    Yields its first line, and a function that tells it the position and returns its report.
    """
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        try:
            yield running.stdout.readline(), lambda until: running.communicate(f"{until}\n")[0]
        finally:
            running.kill()


@contextmanager
def process(*words: str, environ: Mapping[str, str]) -> Generator[str]:
    """Run a process of the project's own that prints its address, and yield that."""
    with _listening(*words, environ=environ) as running:
        yield running.url


def wait_until_it_decides(url: str) -> None:
    """Wait until a service takes commands: of a long log it has a snapshot made, and folds it."""
    deadline = time.monotonic() + READY_S
    while not _takes_commands(url):
        if time.monotonic() > deadline:
            raise RuntimeError(f"the service did not decide after {READY_S:g} s")
        time.sleep(LOOK_S)


def _takes_commands(url: str) -> bool:
    checks = httpx2.get(f"{url}/readyz").json()["checks"]
    return any(one["name"] == "committer" and one["ok"] for one in checks)


@contextmanager
def serving(url: str) -> Generator[Running]:
    """Run the doors with the follower beside them."""
    with _listening("api.cli", "serve", "--port", "0", environ=environ(url)) as running:
        yield running


@contextmanager
def _listening(*words: str, environ: Mapping[str, str]) -> Generator[Running]:
    running = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=TOP, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if not line:
                raise RuntimeError(f"{' '.join(words)} ended with {running.wait()}")
            yield Running(pid=running.pid, url=line.strip())
        finally:
            running.terminate()


@contextmanager
def follower(url: str) -> Generator[None]:
    """Run the follower as `allot serve` runs it, beside."""
    with subprocess.Popen(
        [sys.executable, "-m", "api.following"],
        cwd=TOP, env=environ(url), stdin=subprocess.PIPE,
    ) as running:  # fmt: skip
        try:
            yield
        finally:
            running.terminate()
