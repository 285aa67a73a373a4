"""A server that says nothing is given up, and asked again on another connection."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.store.patience import patient, soon_away, still_there
from tests.faults.proxy import between
from tests.support.committing import LONG_S
from tests.support.files import open_at_most


def test_a_statement_that_is_answered_in_time_is_answered(fresh_database: str) -> None:
    with patient(LONG_S).connect(soon_away(fresh_database), autocommit=True) as connection:
        assert connection.execute("SELECT 1 FROM pg_sleep(0.2)").fetchone() == (1,)
        with connection.transaction():
            assert connection.execute("SELECT %s::int", (2,)).fetchone() == (2,)


def test_a_server_that_says_nothing_is_given_up_with_its_connection(fresh_database: str) -> None:
    with patient(0.2).connect(fresh_database, autocommit=True) as connection:
        with pytest.raises(psycopg.OperationalError, match="said nothing for"):
            connection.execute("SELECT pg_sleep(%s)", (LONG_S,))
        assert connection.closed


def test_a_pool_goes_on_once_the_wire_speaks_again(fresh_database: str) -> None:
    with between(fresh_database) as proxy:
        pool = ConnectionPool(
            proxy.url, connection_class=patient(0.3), min_size=1, max_size=1, open=True
        )
        with pool:
            with pool.connection() as connection:
                connection.execute("SELECT 1")
            proxy.stall()
            with (
                pytest.raises(psycopg.OperationalError, match="said nothing for"),
                pool.connection() as connection,
            ):
                connection.execute("SELECT 1")
            proxy.go_on()
            with pool.connection(timeout=LONG_S) as connection:
                assert connection.execute("SELECT 3").fetchone() == (3,)


@pytest.fixture
def _has_many_files() -> Iterator[None]:
    """More files are open than select(2) can tell apart."""
    with open_at_most(None), ExitStack() as opened:
        for _ in range(1100):
            opened.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        yield


@pytest.mark.usefixtures("_has_many_files")
def test_an_idle_connection_is_known_to_be_there_or_gone(fresh_database: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        assert connection.fileno() > 1024
        still_there(connection)
        with psycopg.connect(fresh_database, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(%s, 5000)", (connection.info.backend_pid,)
            )  # fmt: skip
        with pytest.raises(psycopg.OperationalError, match="has ended an idle connection"):
            still_there(connection)
        assert connection.closed
        with pytest.raises(psycopg.OperationalError, match="has ended an idle connection"):
            still_there(connection)
