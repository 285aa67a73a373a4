"""Work that one process at a time does, of all that serve one database."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import psycopg
import structlog

from ledger.log import LogUnavailable
from ledger.store.patience import soon_away
from ledger.store.statements import statements

PATIENCE_S: Final = 600.0
"""Who has been at it for so long may be on a machine that is gone, which the server learns late."""
_SQL: Final = statements("alone.sql")
_log = structlog.get_logger()


@contextmanager
def making_snapshots(url: str) -> Generator[None]:
    """Be the one process that makes snapshots; wait for the one that does. Raises LogUnavailable.

    Whoever has waited looks again whether one is due: to fold a long log twice at a time takes
    twice as long. It harms nothing else, so that nobody waits for ever.
    """
    try:
        connection = psycopg.connect(soon_away(url), autocommit=True)
    except psycopg.OperationalError as away:
        raise LogUnavailable(str(away)) from away
    with connection:
        try:
            connection.execute(_SQL["patience"], {"patience": f"{PATIENCE_S * 1000:.0f}ms"})
            connection.execute(_SQL["snapshots_alone"])
        except psycopg.errors.LockNotAvailable:
            _log.warning("another process has long been at a snapshot: one more is made")
        except psycopg.OperationalError as away:
            raise LogUnavailable(str(away)) from away
        yield
