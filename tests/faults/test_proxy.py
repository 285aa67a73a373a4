"""The proxy tells what is kept from what is refused, so that a cut comes when a test means it."""

import psycopg
import pytest
from psycopg.errors import UniqueViolation

from tests.faults.proxy import Act, Message, between
from tests.faults.test_cuts import is_committed


def test_what_is_refused_is_not_taken_for_kept(fresh_database: str) -> None:
    kept: list[bytes] = []

    def note(message: Message) -> Act:
        if is_committed(message):
            kept.append(message.kind)
        return Act.PASS

    with (
        between(fresh_database) as proxy,
        psycopg.connect(proxy.url, autocommit=True) as connection,
    ):
        proxy.fault = note
        connection.execute("CREATE TABLE one (id bigint PRIMARY KEY)")
        connection.execute("INSERT INTO one VALUES (%s)", [7])
        assert kept == [b"Z"]
        with pytest.raises(UniqueViolation):
            connection.execute("INSERT INTO one VALUES (%s)", [7])
        assert kept == [b"Z"]
        connection.execute("INSERT INTO one VALUES (%s)", [8])
        assert kept == [b"Z", b"Z"]
