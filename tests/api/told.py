"""Doors that read what a ledger in memory was told, with its own clock."""

from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from fastapi.testclient import TestClient

from tests.api.conftest import opened
from tests.projections.conftest import Log
from tests.support.facts import stored
from tests.support.in_memory import InMemory


def write(address: str, ledger: InMemory) -> None:
    """Write what the log lacks of a ledger, and bring the read models up to it."""
    with psycopg.connect(address, autocommit=True) as connection:
        log = Log(address, connection)
        log.sealing.seal(stored(ledger.events[: log.head()]))
        log.append(*stored(ledger.events[log.head() :]))
        log.follow()


@contextmanager
def reading(address: str, ledger: InMemory) -> Generator[TestClient]:
    """Yield the doors of a migrated database that holds what the ledger was told."""
    write(address, ledger)
    with opened(address) as doors:
        yield doors
