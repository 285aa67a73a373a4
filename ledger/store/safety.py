"""What a service refuses to start on: rights to change the record, commits that may be lost."""

from typing import Any, Final

import psycopg

from ledger.log import LogUnavailable
from ledger.store.statements import statements

_SQL: Final = statements("safety.sql")


class Unsafe(LogUnavailable):
    """The record would not be safe in this database; the sentence says why."""


def check_rights(connection: psycopg.Connection[Any]) -> None:
    """Raise Unsafe when who is connected could change or remove events."""
    found = connection.execute(_SQL["rights"]).fetchone()
    if found is not None and found[1]:
        raise Unsafe(
            f"{found[0]} has the right to {', '.join(found[1])} on ledger.events: connect with "
            "the rights of allot_writer"
        )


def check_durability(connection: psycopg.Connection[Any]) -> None:
    """Raise Unsafe when a commit that was answered could be lost in a crash."""
    found = connection.execute(_SQL["durability"]).fetchone()
    if found is not None and found[0]:
        raise Unsafe(
            f"{', '.join(found[0])} of the database is off: an answer could be lost in a crash. "
            "ALLOT_DURABILITY=test allows it"
        )
