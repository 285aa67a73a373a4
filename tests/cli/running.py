"""A whole ledger as its own processes, started by the command line a person would use."""

import io
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from unittest import mock

import msgspec
from msgspec import Struct

from api.cli import main
from api.client import Client, Json, Reply
from ledger.store.embedded.server import Server
from tests.house.tree import TOP
from tests.support.forked import Process, fork
from tests.support.postgres import copied, exists, made, make_read_models

PATIENCE_S = 60
FOUNDER = "operator@demo"
ROOT = "lab"


class Ledger(Struct, frozen=True, kw_only=True):
    """A founded ledger whose doors are open: its address and the environment of its tools."""

    url: str
    environ: Mapping[str, str]
    doors: Process

    def allot(
        self, *words: str, stdin: io.StringIO | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command against it."""
        return allot(*words, environ={**self.environ, "ALLOT_URL": self.url}, stdin=stdin)

    def get(self, path: str, **params: str | int) -> Reply:
        """Read, up to everything that was recorded before."""
        with Client(self.url, actor=FOUNDER) as client:
            head = client.get("/v1/position").read(_Head).head
            return client.get(path, {"min_position": head, **params})

    def items(self, path: str, **params: str | int) -> list[dict[str, Json]]:
        """All rows of a list, over its pages."""
        head = self.head()
        with Client(self.url, actor=FOUNDER) as client:
            found: list[dict[str, Json]] = []
            asked = {"min_position": head, "limit": 1000, **params}
            for reply, page in client.pages(path, asked):
                assert page is not None, reply.body
                found += page.items
            return found

    def head(self) -> int:
        """The position of the last event."""
        with Client(self.url, actor=FOUNDER) as client:
            return client.get("/v1/position").read(_Head).head


class _Head(Struct, frozen=True, kw_only=True):
    head: int


def base_environ() -> dict[str, str]:
    """The environment of a tool: nothing of ours but where programs are."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "ALLOT_PG_BIN")
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "PYTHONWARNINGS": "error",
        "NO_COLOR": "1",
    }


def allot(
    *words: str, environ: Mapping[str, str], stdin: io.StringIO | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `allot` to its end, with just this environment; in this process, which is quicker."""
    out, err = io.StringIO(), io.StringIO()
    code = allot_into(out, err, *words, environ=environ, stdin=stdin)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def allot_into(
    out: io.StringIO,
    err: io.StringIO,
    *words: str,
    environ: Mapping[str, str],
    stdin: io.StringIO | None = None,
) -> int:
    """Run `allot` in this process, its words going there; returns its exit code."""
    with (
        mock.patch.dict(os.environ, environ, clear=True),
        mock.patch.object(sys, "argv", ["allot", *words]),
        mock.patch.object(sys, "stdin", stdin or io.StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as left:
            code = left.code or 0
            assert isinstance(code, int)
            return code
    return 0


def allot_apart(*words: str, environ: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `allot` to its end as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *words],
        cwd=TOP, env=dict(environ), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=PATIENCE_S * 3, check=False,
    )  # fmt: skip


def begin(*words: str, environ: Mapping[str, str]) -> Process:
    """Run `allot` as a process of its own, and leave it running; it had been imported before."""
    return fork("api.cli", *words, environ=environ)


def begin_anew(*words: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start `allot` as a person would, and leave it running."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *words],
        cwd=TOP, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def line_of(process: Process) -> str:
    """The next line of its stdout; fails when it ends without one."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, f"it ended with code {process.wait(PATIENCE_S)} and said nothing"
    return line.strip()


def ended(process: Process) -> int:
    """End it as an operator would, and return its exit code."""
    if process.poll() is None:
        process.terminate()
    code = process.wait(PATIENCE_S)
    if process.stdout is not None:
        process.stdout.close()
    return code


@contextmanager
def ledger(
    server: Server, *, founded: bool = True, anew: bool = False, **settings: str
) -> Generator[Ledger]:
    """Yield a running ledger: migrated, founded, doors open on loopback, follower beside.

    `settings` are variables of its environment that stand beside the usual, or in their place.
    Doors that are begun `anew` share no memory with another process.
    """
    template = "ledger_founded" if founded else "ledger_migrated"
    if not exists(server, template):
        founding = {"ALLOT_FOUNDER": FOUNDER, "ALLOT_ROOT": ROOT} if founded else {}
        with made(server, template) as address:
            migrated = allot("migrate", environ={**environ_of(address), **founding})
            assert migrated.returncode == 0, migrated.stderr
            make_read_models(address)
    with (
        copied(server, template) as address,
        serving({**environ_of(address), **settings}, anew=anew) as running,
    ):
        yield running


def environ_of(address: str) -> dict[str, str]:
    """The environment of everything that belongs to the ledger in a database."""
    return {
        **base_environ(),
        # One process less to start for each of a hundred; what is about it has it (tests/faults).
        "ALLOT_DECIDES_APART": "false",
        "ALLOT_DATABASE_URL": address,
        "ALLOT_AUTH": "open",
        "ALLOT_DURABILITY": "test",
    }


@contextmanager
def serving(environ: Mapping[str, str], *, anew: bool = False) -> Generator[Ledger]:
    """Yield a running ledger on a database that is ready for it."""
    doors = (begin_anew if anew else begin)("serve", "--port", "0", environ=environ)
    try:
        yield Ledger(url=line_of(doors), environ=environ, doors=doors)
    finally:
        code = ended(doors)
    assert code == 0


def json_of(text: str) -> Json:
    """What a JSON text says."""
    return msgspec.json.decode(text)
