"""The store's SQL and the columns it sends are what the database takes them for."""

import re
from itertools import count

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.log import StoredEvent
from ledger.seal.sealing import Sealing
from ledger.store.arrays import Bigint, Bigints, Byteas, Texts, Uuids, register
from ledger.store.log import PostgresLog
from ledger.store.roles import READER, WRITER, as_role
from ledger.store.statements import statements

UTILITY = {"begin", "commit", "notify"}
FILES = ("log.sql", "reading.sql", "recorder.sql", "safety.sql")


@pytest.mark.parametrize("file", FILES)
def test_every_statement_is_one_that_the_writer_may_prepare(
    migrated_database: str, file: str
) -> None:
    found = {name: text for name, text in statements(file).items() if name not in UTILITY}
    assert found
    with psycopg.connect(as_role(migrated_database, WRITER), autocommit=True) as connection:
        for name, text in found.items():
            places = count(1)
            asked = re.sub(r"%b|%\(\w+\)s", lambda _, n=places: f"${next(n)}", text)
            connection.execute(f"PREPARE {name} AS {asked}".encode())


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(TEXT),
    numbers=st.lists(st.integers(-(2**63), 2**63 - 1)),
    raw=st.lists(st.binary(max_size=300)),
    ids=st.lists(st.none() | st.uuids()),
    number=st.integers(-(2**63), 2**63 - 1),
)
def test_columns_arrive_as_they_were_sent(
    migrated_database: str,
    *,
    texts: list[str],
    numbers: list[int],
    raw: list[bytes],
    ids: list[object],
    number: int,
) -> None:
    packed = [getattr(one, "bytes", None) for one in ids]
    sent = Texts(texts), Bigints(numbers), Byteas(raw), Uuids(packed), Bigint(number)
    with psycopg.connect(migrated_database) as connection:
        register(connection)
        asked = "SELECT %b::text[], %b::bigint[], %b::bytea[], %b::uuid[], %b::bigint"
        assert connection.execute(asked, sent).fetchone() == (texts, numbers, raw, ids, number)


def test_who_listens_hears_of_commits_and_of_nothing_else(migrated_database: str) -> None:
    def append(log: PostgresLog, position: int, *, fails: bool = False) -> None:
        with log.batch(position - 1) as batch:
            batch.catch_up(position - 1)
            events = [StoredEvent(position=position, topic="noted.v1", stored=b"{}")]
            batch.append(events, [], Sealing(log.seal()).seal(events))
            if fails:
                raise KeyError

    listening = psycopg.connect(as_role(migrated_database, READER), autocommit=True)
    with listening, PostgresLog(migrated_database) as log:
        listening.execute("LISTEN allot_log")
        append(log, 1)
        heard = [one.channel for one in listening.notifies(timeout=60, stop_after=1)]
        with pytest.raises(KeyError):
            append(log, 2, fails=True)
        with log.batch(1) as batch:
            batch.catch_up(1)
        append(log, 2)
        heard += [one.channel for one in listening.notifies(timeout=60, stop_after=1)]
        heard += [one.channel for one in listening.notifies(timeout=0.1)]
    assert heard == ["allot_log"] * 2
