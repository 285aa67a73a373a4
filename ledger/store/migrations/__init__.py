"""Brings the schema of a database up to this release: numbered files, each applied once."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final, LiteralString

import psycopg
from msgspec import Struct
from psycopg.rows import args_row

from ledger.log import LogUnavailable
from ledger.store.migrations.sealing import seal_what_is_there
from ledger.store.statements import statements, text_of

PACKAGE: Final = "ledger.store.migrations"
_SQL: Final = statements("applied.sql", PACKAGE)

Connection = psycopg.Connection[Any]
AFTER: Final[Mapping[str, Callable[[Connection], None]]] = {"0003_seal": seal_what_is_there}
"""What is to be done to the rows that are there once a file is applied, where SQL cannot."""


class Migration(Struct, frozen=True):
    """A file of this release."""

    name: str
    text: LiteralString

    @property
    def sha256(self) -> bytes:
        """The hash that is kept of what was applied."""
        return sha256(self.text.encode()).digest()


class WrongSchema(LogUnavailable):
    """The database is not what this release was written for; the sentence says in what."""


class NotMigrated(WrongSchema):
    """Migrations of this release are missing in the database: run `allot migrate`."""


class MigrationEdited(WrongSchema):
    """A file that was applied is not what it was: files are added, never edited."""


class MigrationUnknown(WrongSchema):
    """The database was migrated by a newer release than this one."""


class _Applied(Struct, frozen=True):
    name: str
    sha256: bytes


def shipped() -> tuple[Migration, ...]:
    """The migrations of this release, in order."""
    names = sorted(one.name for one in files(PACKAGE).iterdir() if one.name[:4].isdigit())
    return tuple(Migration(name.removesuffix(".sql"), text_of(PACKAGE, name)) for name in names)


def migrate(connection: Connection, migrations: Sequence[Migration] | None = None) -> list[str]:
    """Apply what is missing, in one transaction; returns the names of what was applied.

    Any number of processes may do so at once: one works, the others wait. Whoever connects is a
    superuser, or owns the database and may create roles. Raises MigrationEdited and
    MigrationUnknown, and then nothing has changed.
    """
    wanted = shipped() if migrations is None else tuple(migrations)
    with connection.transaction():
        connection.execute(_SQL["lock"])
        connection.execute(text_of(PACKAGE, "roles.sql"))
        connection.execute(text_of(PACKAGE, "bootstrap.sql"))
        connection.execute(_SQL["as_owner"])
        connection.execute(_SQL["begin"])
        connection.execute(_SQL["let_read"])
        connection.execute(_SQL["let_read_migrations"])
        missing = _missing(connection, wanted)
        for migration in missing:
            connection.execute(migration.text)
            if after := AFTER.get(migration.name):
                after(connection)
            noted = {"name": migration.name, "sha256": migration.sha256}
            connection.execute(_SQL["note"], noted)
        connection.execute(_SQL["as_oneself"])
    return [migration.name for migration in missing]


def make_roles(connection: Connection) -> None:
    """Make the roles of the server and nothing else: a dump that is restored names them."""
    with connection.transaction():
        connection.execute(text_of(PACKAGE, "roles.sql"))


def check(connection: Connection, migrations: Sequence[Migration] | None = None) -> None:
    """Raise WrongSchema, in words, unless the schema is exactly that of this release."""
    begun = connection.execute(_SQL["is_begun"]).fetchone()
    wanted = shipped() if migrations is None else tuple(migrations)
    missing = _missing(connection, wanted) if begun and begun[0] else wanted
    if missing:
        names = ", ".join(migration.name for migration in missing)
        raise NotMigrated(f"the database lacks {names}: run `allot migrate`")


def _missing(connection: Connection, wanted: Sequence[Migration]) -> Sequence[Migration]:
    with connection.cursor(row_factory=args_row(_Applied)) as cursor:
        applied = {one.name: one.sha256 for one in cursor.execute(_SQL["applied"]).fetchall()}
    unknown = sorted(applied.keys() - {migration.name for migration in wanted})
    if unknown:
        raise MigrationUnknown(
            f"the database has {', '.join(unknown)}, which this release does not know: "
            "it was migrated by a newer one"
        )
    for migration in wanted:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationEdited(
                f"{migration.name} was applied with other content than this release has"
            )
    return [migration for migration in wanted if migration.name not in applied]
