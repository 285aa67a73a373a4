"""A server that says nothing is given up, and asked again on another connection."""

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from ledger.store.patience import patient, soon_away
from tests.faults.proxy import between
from tests.support.committing import LONG_S


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
