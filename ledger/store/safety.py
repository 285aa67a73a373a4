"""What a service refuses to start on: rights to change the record, commits that may be lost."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg

from ledger.log import LogUnavailable
from ledger.store.statements import statements

_SQL: Final = statements("safety.sql")


class Unsafe(LogUnavailable):
    """The record would not be safe in this database; the sentence says why."""


def rights(connection: psycopg.Connection[Any]) -> Mapping[str, Sequence[str]]:
    """How the record could be changed by who is connected, or by a service's role; by role."""
    return dict(connection.execute(_SQL["rights"]).fetchall())


def check_rights(connection: psycopg.Connection[Any]) -> None:
    """Raise Unsafe when the record could be changed by who is connected, or by a service's role."""
    found = rights(connection)
    if found:
        said = "; ".join(f"{role} has the right to {', '.join(to)}" for role, to in found.items())
        raise Unsafe(
            f"{said}: take it away again (REVOKE), and connect with the rights of allot_writer"
        )


def check_durability(connection: psycopg.Connection[Any]) -> None:
    """Raise Unsafe when a commit that was answered could be lost in a crash."""
    found = connection.execute(_SQL["durability"]).fetchone()
    if found is not None and found[0]:
        raise Unsafe(
            f"{', '.join(found[0])} of the database is off: an answer could be lost in a crash. "
            "ALLOT_DURABILITY=test allows it"
        )


def takes_writes(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database takes more than reads: a standby does not."""
    found = connection.execute(_SQL["takes_writes"]).fetchone()
    return found is not None and found[0]
