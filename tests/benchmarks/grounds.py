"""Where measurements stand: one durable server, and a database of its own for each.

The server's files lie in a directory that is kept between runs, with the made-up logs in it.
Several runs may share it; each names its databases after its process.
"""

import itertools
import os
import uuid
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import psycopg
from msgspec import Struct
from psycopg import sql

from api.cli.founding import begin, prepare
from api.tidying import tidied
from api.tokens import create_token
from ledger.asks import Answer, Ask
from ledger.committer import Committer
from ledger.store.embedded.binaries import find_binaries
from ledger.store.embedded.server import Durability, Server, start
from ledger.store.log import PostgresLog
from tests.benchmarks.figures import Gate
from tests.benchmarks.kept import Kept, drop, kept
from tests.benchmarks.made.copies import crowd_of, years_of
from tests.benchmarks.moving import FOUNDER, ROOT, ask_of, furnishing
from tests.support.postgres import address_of

DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
AT_ONCE = 1_000
WAIT_S = 60.0
BENCH = "SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_%' ORDER BY datname"
_numbers = itertools.count(1)


class Grounds(Struct, frozen=True, kw_only=True):
    """The server of this run, and the directory of what is kept."""

    server: Server
    version: str
    data: Path

    @contextmanager
    def database(self) -> Generator[str]:
        """Yield the address of an empty database, dropped afterwards."""
        name = _name()
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield address_of(self.server, name)
        finally:
            drop(self.server, name)

    @contextmanager
    def years(self, events: int) -> Generator[str]:
        """Yield the address of a ledger with a log of years, followed to its end."""
        with kept(self.server, self.data, years_of(self.data, events)).lent(_name()) as url:
            yield url

    def years_to_read(self, events: int) -> Kept:
        """The kept ledger with so many events itself: it must stay as it is."""
        return kept(self.server, self.data, years_of(self.data, events))

    @contextmanager
    def crowded(self, grants: int) -> Generator[str]:
        """Yield the address of a furnished ledger with so many live grants in the one pool."""
        with kept(self.server, self.data, crowd_of(self.data, grants)).lent(_name()) as url:
            yield url

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
def grounds(data: Path) -> Generator[Grounds]:
    """Yield a durable server in stock configuration, whose files lie below a directory."""
    data.mkdir(parents=True, exist_ok=True)
    binaries = find_binaries({k: v for k, v in os.environ.items() if k != "ALLOT_DATABASE_URL"})
    with start(data, binaries, durability=Durability.FULL) as server:
        _drop_left_over(server)
        with psycopg.connect(server.url) as connection:
            version = connection.execute("SHOW server_version").fetchone()
        yield Grounds(server=server, version=str(version[0]) if version else "?", data=data)


def _name() -> str:
    return f"bench_{os.getpid()}_{next(_numbers)}"


def _drop_left_over(server: Server) -> None:
    """Drop the databases of runs that were killed."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        found = connection.execute(BENCH).fetchall()
    for (name,) in found:
        if not Path(f"/proc/{name.split('_')[1]}").exists():
            drop(server, name)


@contextmanager
def committing(url: str) -> Generator[Committer]:
    """Yield a committer that runs in this process, which is tidied as the one that decides is."""
    with PostgresLog(url) as log, tidied() as told:
        committer = Committer(log, told=told)
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


def answered(committer: Committer, command: Mapping[str, object]) -> Answer:
    """What one command alone is answered."""
    came: SimpleQueue[Answer] = SimpleQueue()
    committer.submit(ask_of(command, uuid.uuid4().hex), came.put)
    return came.get(timeout=WAIT_S)


def _answers(committer: Committer, asks: Sequence[Ask]) -> Sequence[Answer]:
    answers: list[Answer] = []
    done = Event()

    def take(given: Sequence[Answer]) -> None:
        answers.extend(given)
        done.set()

    committer.submit_many(asks, take)
    done.wait()
    return answers


def token(url: str) -> str:
    """A new token of the founder."""
    with psycopg.connect(url, autocommit=True) as connection:
        return create_token(connection, FOUNDER, f"bench-{next(_numbers)}")


def durability(url: str) -> Gate:
    """Whether a commit on that database is on the disk when it is answered."""
    with psycopg.connect(url) as connection:
        found = {
            name: connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
            for name in DURABLE
        }
    said = ", ".join(f"{name} {row[0] if row else '?'}" for name, row in found.items())
    return Gate("durability on", all(row and row[0] == "on" for row in found.values()), said)
