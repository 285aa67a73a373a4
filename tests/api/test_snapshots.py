"""Snapshots are made by a process of their own, which is gone afterwards."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import psycopg
import pytest
from structlog.testing import capture_logs

from api.snapshots import Snapshots
from ledger.committer import Committer
from ledger.folding import load, take_snapshot
from ledger.organising import OpenPool
from ledger.snapshot import to_bytes
from ledger.store.alone import making_snapshots
from ledger.store.log import PostgresLog
from tests.support.committing import ask, committing, told, until

MODULE = "api.snapshots"


@pytest.fixture
def log(founded_database: str) -> Iterator[PostgresLog]:
    with PostgresLog(founded_database) as log:
        yield log


def kept(address: str) -> list[int]:
    """The positions of the snapshots that are kept."""
    with psycopg.connect(address) as connection:
        rows = connection.execute("SELECT position FROM ledger.snapshots ORDER BY 1").fetchall()
    return [position for (position,) in rows]


def test_a_snapshot_is_kept_when_the_last_lies_far_enough_back(
    founded_database: str, log: PostgresLog
) -> None:
    head = log.head()
    Snapshots(founded_database, log, every=head + 1).keep_up()
    assert (kept(founded_database), log.snapshot_position()) == ([], 0)
    Snapshots(founded_database, log, every=head).keep_up()
    assert (kept(founded_database), log.snapshot_position()) == ([head], head)
    assert log.snapshot() == (head, to_bytes(load(log)))


def test_who_waited_for_another_process_makes_no_second_snapshot(
    founded_database: str, log: PostgresLog
) -> None:
    head = log.head()
    waiting = threading.Thread(target=Snapshots(founded_database, log, every=head).keep_up)
    with making_snapshots(founded_database):
        waiting.start()
        until(lambda: is_waited(founded_database))
        take_snapshot(log, every=1)
        with committing(Committer(log)) as committer:
            (answer,) = told(committer, ask(OpenPool(pool="p", title="P", unit_label="GPU")))
            assert answer.status == 201
    waiting.join()
    assert log.head() == head + 1
    assert kept(founded_database) == [head], "a second one would lie at the head"


def test_nobody_waits_for_ever_for_a_process_that_may_be_gone(
    founded_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with making_snapshots(founded_database):
        monkeypatch.setattr("ledger.store.alone.PATIENCE_S", 0.2)
        with making_snapshots(founded_database):
            assert "has long been at a snapshot" in capsys.readouterr().out


def is_waited(address: str) -> bool:
    """Whether a process waits to be the one that makes snapshots."""
    with psycopg.connect(address) as connection:
        found = connection.execute(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        return bool(found.fetchall())


def test_no_snapshot_is_begun_after_the_end(founded_database: str, log: PostgresLog) -> None:
    snapshots = Snapshots(founded_database, log, every=1)
    snapshots.stop()
    snapshots.keep_up()
    assert kept(founded_database) == []


def test_a_snapshot_that_is_ended_is_not_said_to_be_kept(
    founded_database: str, log: PostgresLog
) -> None:
    snapshots = Snapshots(founded_database, log, every=1)
    keeping = threading.Thread(target=snapshots.keep_up)
    with making_snapshots(founded_database), capture_logs() as said:
        keeping.start()
        until(lambda: is_waited(founded_database))
        snapshots.stop()
        keeping.join()
    assert (said, kept(founded_database)) == ([], [])


def test_a_committer_begins_when_the_snapshot_is_kept(
    founded_database: str, log: PostgresLog
) -> None:
    snapshots = Snapshots(founded_database, log, every=1)
    seen: list[list[int]] = []
    ready = threading.Event()

    def prepare() -> None:
        snapshots.keep_up()
        seen.append(kept(founded_database))
        ready.set()

    committer = Committer(log, prepare=prepare)
    assert committer.trouble() == "has not begun"
    committer.start()
    try:
        assert ready.wait(60)
    finally:
        committer.stop()
    assert seen == [[log.head()]]


def test_a_database_that_is_away_gets_no_snapshot_and_stops_nobody(
    founded_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.log.WAIT_S", 0.5)
    nowhere = founded_database.replace("@/", "@/no_such_", 1)
    with PostgresLog(nowhere) as log:
        Snapshots(nowhere, log, every=1).keep_up()


def test_the_process_ends_with_whoever_started_it(founded_database: str) -> None:
    with psycopg.connect(founded_database) as holding:
        holding.execute("LOCK TABLE ledger.events")
        process = subprocess.Popen(
            [sys.executable, "-m", MODULE, "1"],
            env={**os.environ, "ALLOT_DATABASE_URL": founded_database},
            stdin=subprocess.PIPE,
        )
        process.communicate(timeout=60)
    assert process.returncode == 2
    assert kept(founded_database) == []


def test_where_no_process_can_be_started_there_is_no_snapshot_and_all_else_goes_on(
    founded_database: str, log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", refuse)
    with capture_logs() as said:
        Snapshots(founded_database, log, every=1).keep_up()
    assert [one["event"] for one in said] == ["no snapshot was kept: no process can be started"]
    assert kept(founded_database) == []
