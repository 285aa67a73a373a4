"""Where measurements stand: one durable server, and a database of its own for each."""

import itertools
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import psycopg
from msgspec import Struct
from psycopg import sql

from api.cli.founding import begin, prepare
from api.tokens import create_token
from ledger.asks import Answer, Ask
from ledger.committer import Committer
from ledger.store.embedded.binaries import find_binaries
from ledger.store.embedded.server import Durability, Server, start
from ledger.store.log import PostgresLog
from tests.benchmarks.figures import Gate
from tests.benchmarks.moving import FOUNDER, ROOT, ask_of, furnishing
from tests.house.tree import TOP
from tests.support.postgres import address_of

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
AT_ONCE = 1_000
_numbers = itertools.count(1)


class Grounds(Struct, frozen=True, kw_only=True):
    """The server of this run."""

    server: Server
    version: str

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the address of an empty database, dropped afterwards."""
        name = f"bench_{next(_numbers)}"
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield address_of(self.server, name)
        finally:
            with psycopg.connect(self.server.url, autocommit=True) as connection:
                named = sql.Identifier(name)
                connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(named))

    @contextmanager
    def ledger(self, founded_at: datetime | None = None) -> Generator[str]:
        """Yield the address of a ledger that is founded, now or then, and has nothing else."""
        at = founded_at or datetime.now(UTC)
        with self.database() as url:
            prepare(url)
            begin(url, founder=FOUNDER, root=ROOT, clock=lambda: at)
            yield url

    @contextmanager
    def furnished(self) -> Generator[str]:
        """Yield the address of a ledger with the pool, the units and what they hold."""
        with self.ledger() as url:
            with committing(url) as committer:
                decide(committer, furnishing())
            yield url


@contextmanager
def grounds() -> Generator[Grounds]:
    """Yield a server of this run alone, durable, in stock configuration."""
    binaries = find_binaries({k: v for k, v in os.environ.items() if k != "ALLOT_DATABASE_URL"})
    with (
        tempfile.TemporaryDirectory(prefix="allot-bench-") as data,
        start(Path(data), binaries, durability=Durability.FULL) as server,
    ):
        with psycopg.connect(server.url) as connection:
            version = connection.execute("SHOW server_version").fetchone()
        yield Grounds(server=server, version=str(version[0]) if version else "unknown")


@contextmanager
def committing(url: str) -> Generator[Committer]:
    """Yield a committer that runs in this process."""
    with PostgresLog(url) as log:
        committer = Committer(log)
        committer.start()
        try:
            yield committer
        finally:
            committer.stop()


def decide(committer: Committer, lines: Iterable[Mapping[str, object]]) -> None:
    """Have all the commands recorded, in order."""
    rest = iter(lines)
    while some := list(itertools.islice(rest, AT_ONCE)):
        asks = [
            ask_of({name: value for name, value in line.items() if name != "key"}, str(line["key"]))
            for line in some
        ]
        refused = [answer for answer in _answers(committer, asks) if answer.status != 201]
        if refused:
            raise RuntimeError(f"the furnishing was refused: {refused[0].body.decode()}")


def _answers(committer: Committer, asks: Sequence[Ask]) -> Sequence[Answer]:
    answers: list[Answer] = []
    done = Event()

    def take(given: Sequence[Answer]) -> None:
        answers.extend(given)
        done.set()

    committer.submit_many(asks, take)
    done.wait()
    return answers


def environ(url: str) -> dict[str, str]:
    """The environment of the ledger's own processes on that database: durable, with tokens."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV", "ALLOT_PG_BIN")
    return {
        **{name: value for name, value in os.environ.items() if name in kept},
        "ALLOT_DATABASE_URL": url,
        "ALLOT_AUTH": "token",
    }


def token(url: str) -> str:
    """A new token of the founder."""
    with psycopg.connect(url, autocommit=True) as connection:
        return create_token(connection, FOUNDER, f"bench-{next(_numbers)}")


@contextmanager
def process(*words: str, environ: Mapping[str, str]) -> Generator[str]:
    """Run a process of the project's own that prints its address, and yield that."""
    running = subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=TOP, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        try:
            line = running.stdout.readline() if running.stdout else ""
            if not line:
                raise RuntimeError(f"{' '.join(words)} ended with {running.wait()}")
            yield line.strip()
        finally:
            running.terminate()


def durability(url: str) -> Gate:
    """Whether a commit on that database is on the disk when it is answered."""
    with psycopg.connect(url) as connection:
        found = {
            name: connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
            for name in DURABLE
        }
    said = ", ".join(f"{name} {row[0] if row else '?'}" for name, row in found.items())
    return Gate("durability on", all(row and row[0] == "on" for row in found.values()), said)
