"""Reads are bounded in time and number: one that cannot be answered soon is told so, in words."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
from fastapi.testclient import TestClient

from ledger.store.roles import FOLLOWER, as_role
from tests.api.asking import command, furnish, problem
from tests.api.conftest import followed, opened
from tests.api.gauging import metric, reached, unfed, until
from tests.api.looking import read

HOLDINGS = "/v1/holdings"


@contextmanager
def locked(address: str) -> Generator[None]:
    """While the block lasts nobody reads what is held, as when its tables are exchanged."""
    with psycopg.connect(as_role(address, FOLLOWER)) as connection:
        found = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname LIKE '%holdings%' ORDER BY 1"
        ).fetchall()
        assert found
        for (name,) in found:
            connection.execute(f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE".encode())
        yield
        connection.rollback()


def refused(doors: TestClient, code: str) -> None:
    """The read is a 503 of that code, and says to ask again."""
    answer = doors.get(HOLDINGS)
    said = problem(answer)
    assert (said.status, said.code) == (503, code)
    assert answer.headers["Retry-After"] == "1"


def test_a_read_that_meets_a_lock_is_told_so_and_works_again(founded_database: str) -> None:
    with opened(founded_database, read_lock_s=0.3) as doors:
        with followed(founded_database):
            furnish(doors)
            read(doors, HOLDINGS)
        with locked(founded_database):
            refused(doors, "Locked")
            page = doors.get("/unit")
            assert page.status_code == 503
            assert page.headers["Retry-After"] == "1"
            assert "What is read is locked" in page.text
            assert reached(doors, "read_lock") == 2
        assert doors.get(HOLDINGS).status_code == 200
        assert doors.get("/unit").status_code == 200


def test_a_read_that_takes_too_long_is_ended_in_words(founded_database: str) -> None:
    with opened(founded_database, read_s=0.3, read_lock_s=30) as doors:
        with locked(founded_database):
            refused(doors, "ReadTooLong")
            assert reached(doors, "read_time") == 1
        # A slow machine may take longer than so short a limit, and then asks again.
        until(lambda: doors.get(HOLDINGS).status_code == 200)


def test_when_every_place_is_taken_a_read_is_told_so_and_all_else_goes_on(
    founded_database: str,
) -> None:
    with (
        unfed(founded_database, reading_connections=2, read_wait_s=0.3, read_lock_s=30) as doors,
        ThreadPoolExecutor() as threads,
    ):
        with locked(founded_database):
            stuck = [threads.submit(doors.get, HOLDINGS) for _ in range(2)]
            until(lambda: metric(doors, "allot_reads_running") == 2)
            refused(doors, "ReadersBusy")
            assert reached(doors, "reads") == 1
            # Sixty more wait in the loop, not each in a thread.
            many = [threads.submit(doors.get, HOLDINGS) for _ in range(60)]
            for path in ("/livez", "/readyz", "/v1/position", "/v1/events"):
                assert doors.get(path).status_code == 200, path
            assert command(doors, "/v1/units", {"unit": "vision"}).status_code == 201
            assert {one.result().status_code for one in many} == {503}
        assert [one.result().status_code for one in stuck] == [200, 200]
        assert doors.get(HOLDINGS).status_code == 200
        assert metric(doors, "allot_reads_running") == 0


def test_an_export_that_has_begun_waits_for_its_place(reads: TestClient) -> None:
    furnish(reads)
    read(reads, HOLDINGS)
    with reads.stream("GET", "/v1/export?what=holdings&format=csv") as answer:
        assert answer.status_code == 200
        assert next(answer.iter_lines()).startswith("pool,unit")
