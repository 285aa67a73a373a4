"""Work that one process at a time does, of all that serve one database."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psycopg

from ledger.log import LogUnavailable
from ledger.store.statements import statements

_SQL: Final = statements("alone.sql")


@contextmanager
def making_snapshots(url: str) -> Generator[None]:
    """Be the one process that makes snapshots; wait for the one that does. Raises LogUnavailable.

    Whoever has waited looks again whether one is due: to fold a long log twice at a time takes
    twice as long.
    """
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as away:
        raise LogUnavailable(str(away)) from away
    with connection:
        try:
            connection.execute(_SQL["snapshots_alone"])
        except psycopg.OperationalError as away:
            raise LogUnavailable(str(away)) from away
        yield
