"""Databases that hold a made-up log and its read models: made once, kept, and lent as copies."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from msgspec import Struct
from psycopg import sql
from psycopg.errors import ObjectInUse

from api.cli.founding import prepare
from ledger.store.embedded.locks import alone
from ledger.store.embedded.place import Place
from ledger.store.embedded.server import Server
from ledger.store.migrations import shipped
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import Follower
from projections.rebuild import rebuild
from projections.registry import MODELS
from tests.benchmarks.made.copies import Copy
from tests.benchmarks.processes import environ
from tests.house.tree import TOP
from tests.support.postgres import address_of

PATIENCE_S = 60.0
_DESCRIBED = """
  SELECT shobj_description(oid, 'pg_database')
    FROM pg_database
   WHERE datname = %(name)s
"""
_NUMBER = "SELECT oid FROM pg_database WHERE datname = %(name)s"
_PATHS = """
  SELECT pg_relation_filepath(pg_class.oid)
    FROM pg_class
    JOIN pg_namespace
      ON pg_namespace.oid = relnamespace
   WHERE nspname = ANY(%(schemas)s)
     AND pg_relation_filepath(pg_class.oid) IS NOT NULL
"""
_AT_ONCE = 1 << 20


class Kept(Struct, frozen=True, kw_only=True):
    """A kept database that holds what a copy says. Nobody writes to it."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        """Where it is."""
        return address_of(self.server, self.name)

    def remember(self, schemas: Sequence[str]) -> int:
        """Have the tables and indexes of some schemas in the system's memory; their bytes."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(_PATHS, {"schemas": list(schemas)}).fetchall()
        numbers = {Path(path).name for (path,) in found}
        files = _files(self.server, self.name)
        mine = [one for one in files if re.split("[._]", one.name)[0] in numbers]
        for file in mine:
            _read(file)
        return sum(file.stat().st_size for file in mine)

    def forget(self) -> None:
        """Have nothing of it in the system's memory: what is asked next comes from the disk."""
        for file in _files(self.server, self.name):
            with file.open("rb") as read:
                os.posix_fadvise(read.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    @contextmanager
    def lent(self, name: str) -> Generator[str]:
        """Yield the address of a copy that may be written to, dropped afterwards."""
        made = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(
            sql.Identifier(name), sql.Identifier(self.name)
        )
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            deadline = time.monotonic() + PATIENCE_S
            while True:
                try:
                    connection.execute(made)
                except ObjectInUse:  # another run is still making it, or looks at it
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.5)
                else:
                    break
        try:
            url = address_of(self.server, name)
            prepare(url)  # rights to the database itself are not copied with it
            _remember(self.server, name)
            yield url
        finally:
            drop(self.server, name)


def kept(server: Server, data: Path, copy: Copy) -> Kept:
    """The database of a copy, made when it is missing or was made by other code.

    The log comes in by `allot import events`, with every check; the read models by following it.
    """
    name = f"kept_{copy.name.replace('-', '_')}"
    shape = _shape(copy)
    with alone(data / f"{name}.lock"):
        if _described(server, name) != shape:
            drop(server, name)
            _make(server, copy, name)
            _describe(server, name, shape)
    return Kept(server=server, name=name)


def _remember(server: Server, name: str) -> None:
    """Read the files of a database once, so that the system has them in memory.

    The memory is large enough. What a virtual machine gives back to its host would come from a disk
    again, whose pace is not what is asked.
    """
    for file in _files(server, name):
        _read(file)


def _files(server: Server, name: str) -> list[Path]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        ((number,),) = connection.execute(_NUMBER, {"name": name}).fetchall()
    return list((Place.below(server.data).cluster / "base" / str(number)).iterdir())


def _read(file: Path) -> None:
    with file.open("rb") as read:
        while read.read(_AT_ONCE):
            pass


def drop(server: Server, name: str) -> None:
    """Drop a database, whoever uses it."""
    with psycopg.connect(server.url, autocommit=True) as connection:
        named = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(named))


def _make(server: Server, copy: Copy, name: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = address_of(server, name)
    prepare(url)
    _say(f"importing {copy.name}")
    bring_in(copy.path, url, *([] if copy.has_answers else ["--without-receipts"]))
    _say(f"following {copy.name}")
    if copy.has_answers:
        _follow(url)
    else:
        rebuild(as_role(url, FOLLOWER))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (FREEZE, ANALYZE)")
        connection.execute("CHECKPOINT")


def _follow(url: str) -> None:
    """Batch by batch as the follower does, so that a rebuild has something else to equal."""
    with psycopg.connect(as_role(url, FOLLOWER), autocommit=True) as connection:
        follower = Follower(connection, MODELS)
        follower.acquire()
        while follower.step():
            pass


def bring_in(events: Path, url: str, *words: str) -> None:
    """Let `allot import events` restore an export into a migrated ledger, in its own process."""
    subprocess.run(
        [sys.executable, "-m", "api.cli", "import", "events", str(events), "--yes", *words],
        cwd=TOP, env=environ(url), check=True, stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip


def _shape(copy: Copy) -> str:
    """A digest of the copy, the tables of the log, and the tables and versions of read models."""
    digest = hashlib.sha256(copy.of.encode())
    for one in shipped():
        digest.update(one.sha256)
    for model in MODELS:
        digest.update(f"{model.version}{model.tables_sql}{model.indexes_sql}".encode())
    return digest.hexdigest()


def _described(server: Server, name: str) -> str | None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        found = connection.execute(_DESCRIBED, {"name": name}).fetchone()
    return found[0] if found else None


def _describe(server: Server, name: str, shape: str) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(shape))
        )


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
