"""The database that an operator's verb speaks to: the one that is named, or one of our own."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from api.cli.endings import UNREACHABLE, USAGE, Ended
from ledger.store.embedded.binaries import find_binaries
from ledger.store.embedded.refusals import CannotStart
from ledger.store.embedded.server import durability_of, start, status

ADDRESS = "ALLOT_DATABASE_URL"
WHO = (
    "Operators' verbs need the login that ran `allot migrate`: a superuser, or the owner of the"
    " database with CREATEROLE."
)
READ_ONLY = (
    f"takes only reads. If it is a standby, {ADDRESS} has to name the server that it follows."
)

_TORN = re.compile(r"postgres(ql)?://[^/?#]*@[^/?#]*@")
"""The beginning of an address of which a part of the password would be taken for the host."""

DataOption = Annotated[
    Path | None,
    typer.Option(
        "--data",
        envvar="ALLOT_DATA",
        metavar="DIR",
        help=f"Where a database of our own is kept; {ADDRESS} names another instead.",
    ),
]


def home() -> Path:
    """Where data is kept when nobody says where (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "allot"


@contextmanager
def database(data: Path | None, *, keep: bool = False) -> Generator[str]:
    """Yield the address of the database; one of our own runs at least as long as the block."""
    from api.speaking import speak

    speak()
    named = os.environ.get(ADDRESS)
    if named:
        if _TORN.match(named):
            raise Ended(USAGE, f"{ADDRESS} has an @ in a name or password: write it as %40.")
        yield named
        return
    try:
        found = find_binaries(os.environ)
        durability = durability_of(os.environ)
        server = start(data or home(), found, durability=durability, keep=keep)
    except CannotStart as reason:
        raise Ended(UNREACHABLE, str(reason)) from reason
    with server:
        yield server.url


@contextmanager
def connected(data: Path | None) -> Generator[psycopg.Connection]:
    """Yield a connection to a ledger of this release; else the command ends in words."""
    demand_made(data)
    with database(data) as address, connection_to(address) as connection:
        demand_schema(connection)
        yield connection


@contextmanager
def ledger_in(data: Path | None) -> Generator[str]:
    """Yield the address of the database that has a ledger of this release; else it ends."""
    demand_made(data)
    with database(data) as address:
        with connection_to(address) as connection:
            demand_schema(connection)
        yield address


@contextmanager
def connection_to(address: str) -> Generator[psycopg.Connection]:
    """Yield a connection to a database by its address; what it cannot do ends the command."""
    try:
        connection = psycopg.connect(address, autocommit=True)
    except psycopg.ProgrammingError as wrong:
        # What it says may quote a part of the address, and so of a password.
        raise Ended(USAGE, f"{ADDRESS} is not the address of a database.") from wrong
    except psycopg.OperationalError as down:
        raise Ended(UNREACHABLE, f"The database cannot be reached: {down}") from down
    with connection, told_in_words():
        yield connection


@contextmanager
def told_in_words() -> Generator[None]:
    """What a database cannot do, or that it is gone, ends the command and is said."""
    try:
        yield
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as bare:
        raise Ended(UNREACHABLE, "The database has no ledger: run `allot migrate`.") from bare
    except psycopg.errors.InsufficientPrivilege as refused:
        raise Ended(
            UNREACHABLE, f"The database does not let this login do it: {refused}. {WHO}"
        ) from refused
    except psycopg.errors.ReadOnlySqlTransaction as refused:
        raise Ended(UNREACHABLE, f"The database {READ_ONLY}") from refused
    except psycopg.OperationalError as lost:
        raise Ended(UNREACHABLE, f"The database was lost: {lost}") from lost


def demand_made(data: Path | None) -> None:
    """End the command unless there is a database: what needs a ledger in it makes no new one."""
    folder = data or home()
    if not os.environ.get(ADDRESS) and status(folder).major is None:
        raise Ended(
            UNREACHABLE,
            f"Nothing was done: no database was made in {folder} yet, and {ADDRESS} names none.",
        )


def demand_schema(connection: psycopg.Connection) -> None:
    """End the command in words unless the tables are exactly those of this release."""
    from ledger.store.migrations import WrongSchema, check

    try:
        check(connection)
    except WrongSchema as wrong:
        raise Ended(UNREACHABLE, f"Nothing was done: {wrong}.") from wrong
