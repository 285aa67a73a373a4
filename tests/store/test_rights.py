"""What each role may do to the record, and what a service refuses to start on."""

from typing import LiteralString

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from ledger.log import LogUnavailable
from ledger.store.embedded.server import Durability
from ledger.store.log import PostgresLog
from ledger.store.migrations import NotMigrated
from ledger.store.roles import FOLLOWER, OWNER, READER, WRITER, as_role
from ledger.store.safety import Unsafe, check_durability, check_rights

CHANGES: tuple[LiteralString, ...] = (
    "UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}",
)  # fmt: skip
TABLES: tuple[tuple[LiteralString, LiteralString], ...] = (
    ("ledger.events", "topic"), ("ledger.receipts", "key"), ("ledger.identity", "id"),
    ("ledger.seal", "root"),
)  # fmt: skip


@pytest.mark.parametrize("role", [WRITER, FOLLOWER, READER])
def test_no_service_may_change_what_is_recorded(founded: str, role: LiteralString) -> None:
    with psycopg.connect(as_role(founded, role), autocommit=True) as connection:
        for table, column in TABLES:
            for change in CHANGES:
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(change.format(table, column, column))


@pytest.mark.parametrize("role", ["allot", OWNER])
def test_not_even_the_owner_changes_it_by_mistake(founded: str, role: LiteralString) -> None:
    with psycopg.connect(as_role(founded, role), autocommit=True) as connection:
        for table, column in TABLES:
            for change in CHANGES:
                with pytest.raises(psycopg.errors.RestrictViolation, match="recorded stays"):
                    connection.execute(change.format(table, column, column))


def test_only_the_writer_adds(founded: str) -> None:
    add = (
        "INSERT INTO ledger.events (originator_id, originator_version, topic, state)"
        " SELECT id, 7, 'noted.v1', '' FROM ledger.identity"
    )
    for role in (FOLLOWER, READER):
        with (
            psycopg.connect(as_role(founded, role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(add)
    seal = "INSERT INTO ledger.seal VALUES (7, 6, %s, %s)"
    for role in (FOLLOWER, READER):
        with (
            psycopg.connect(as_role(founded, role)) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(seal, (bytes(32), bytes(96)))
    with psycopg.connect(as_role(founded, WRITER)) as connection:
        connection.execute(seal, (bytes(32), bytes(96)))
        assert connection.execute(add).rowcount == 1


def test_an_event_that_is_too_long_is_refused_by_the_table_too(founded: str) -> None:
    with (
        psycopg.connect(founded) as connection,
        pytest.raises(psycopg.errors.CheckViolation),
    ):
        connection.execute(
            "INSERT INTO ledger.events (originator_id, originator_version, topic, state)"
            " SELECT id, 7, 'noted.v1', convert_to(repeat('x', 65536), 'UTF8') FROM ledger.identity"
        )


def test_readers_read_what_the_follower_makes(founded: str) -> None:
    with psycopg.connect(as_role(founded, FOLLOWER)) as follower:
        follower.execute("CREATE SCHEMA model")
        follower.execute("CREATE TABLE model.rows AS SELECT 1 AS n")
    for role in (READER, WRITER):
        with psycopg.connect(as_role(founded, role)) as reader:
            assert reader.execute("SELECT n FROM model.rows").fetchone() == (1,)
            assert reader.execute("SELECT count(*) FROM ledger.tokens").fetchone() == (0,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute("DROP TABLE model.rows")


def test_a_role_keeps_the_other_options_of_an_address(founded: str) -> None:
    address = as_role(make_conninfo(founded, options="-c work_mem=9MB"), READER)
    with psycopg.connect(address) as connection:
        told = connection.execute("SELECT current_user, current_setting('work_mem')").fetchone()
    assert told == (READER, "9MB")


def test_who_could_change_events_does_not_serve(founded: str) -> None:
    with (
        psycopg.connect(founded) as superuser,
        pytest.raises(Unsafe, match=r"TRUNCATE on ledger\.events.*UPDATE on ledger\.seal"),
    ):
        check_rights(superuser)
    with psycopg.connect(as_role(founded, WRITER)) as writer:
        check_rights(writer)


@pytest.mark.parametrize("statement", [
    "GRANT UPDATE (state) ON ledger.events TO allot_writer",
    "GRANT UPDATE, DELETE ON ledger.receipts TO allot_follower",
    "GRANT allot_owner TO allot_writer WITH INHERIT FALSE, SET TRUE",
])  # fmt: skip
def test_no_role_of_a_service_may_change_a_part_or_an_answer(
    founded: str, statement: LiteralString
) -> None:
    with psycopg.connect(founded, autocommit=True) as superuser:
        superuser.execute(statement)
        try:
            with (
                psycopg.connect(as_role(founded, WRITER)) as writer,
                pytest.raises(Unsafe, match="take it away again"),
            ):
                check_rights(writer)
        finally:  # roles are of the whole server
            superuser.execute("REVOKE allot_owner FROM allot_writer")


def test_the_log_refuses_a_writer_who_was_given_too_much(founded: str) -> None:
    with PostgresLog(founded) as log:
        log.check()
        with psycopg.connect(founded) as superuser:
            superuser.execute("GRANT DELETE ON ledger.events TO allot_writer")
        with pytest.raises(Unsafe, match="right to DELETE"):
            log.check()
        with pytest.raises(LogUnavailable, match="right to DELETE"), log.batch() as batch:
            batch.catch_up(0)


def test_commits_that_may_be_lost_are_refused(founded: str) -> None:
    with (
        PostgresLog(founded, durability=Durability.FULL) as log,
        pytest.raises(Unsafe, match=r"fsync.*off.*ALLOT_DURABILITY"),
    ):
        log.check()
    with PostgresLog(founded, durability=Durability.TEST) as log:
        log.check()


def test_each_setting_that_a_commit_rests_on_is_named(founded: str) -> None:
    with psycopg.connect(founded, autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off")
        with pytest.raises(Unsafe, match="fsync, full_page_writes, synchronous_commit"):
            check_durability(connection)


def test_a_database_that_was_not_migrated_is_said_to_be_so(fresh_database: str) -> None:
    with PostgresLog(fresh_database) as log, pytest.raises(NotMigrated, match="migrat"):
        log.check()
