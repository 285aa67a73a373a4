"""The fixtures give each test a database of its own on one server."""

import psycopg

from ledger.store.embedded.server import Server


def test_a_fresh_database_is_empty_and_is_not_the_servers_own(
    fresh_database: str, postgres_server: Server
) -> None:
    with psycopg.connect(fresh_database) as connection:
        row = connection.execute(
            """
            SELECT current_database(), COUNT(*)
              FROM pg_class
             WHERE relnamespace = 'public'::regnamespace
            """
        ).fetchone()
        connection.execute("CREATE TABLE mine (x integer)")
    assert row is not None
    assert row[0] != "allot"
    assert row[1] == 0
    with psycopg.connect(postgres_server.url) as connection:
        own = connection.execute("SELECT to_regclass('mine')").fetchone()
    assert own == (None,)
