"""The follower feeds every model in batches, stops loudly where it must, and one process feeds."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from psycopg import sql
from structlog.testing import capture_logs

from ledger.facts import UnitCreation, UnitRenaming
from ledger.log import StoredEvent
from projections.follow import follow
from projections.holdings.model import HOLDINGS
from projections.holdings.numbering import account
from projections.organisation import read as organisation
from projections.rebuild import RebuildFailed, rebuild
from projections.registry import MODELS, lags, positions, reflected
from tests.projections.conftest import Log, follower
from tests.projections.histories import Author
from tests.support.committing import until
from tests.support.facts import Book, granted, leg, released, stored
from tests.support.postgres import only_reads

NAMES = [model.name for model in MODELS]


@contextmanager
def followed(log: Log) -> Generator[threading.Semaphore]:
    """Follow a log meanwhile; what is yielded is released whenever something was taken in."""
    ending = threading.Event()
    told = threading.Semaphore(0)
    following = threading.Thread(
        target=follow,
        args=(log.url, ending),
        kwargs={"progress": lambda _: told.release()},
        daemon=True,
    )
    following.start()
    try:
        yield told
    finally:
        ending.set()
        following.join()


@pytest.mark.usefixtures("nothing_made")
def test_before_anything_is_made_everything_stands_at_nothing(log: Log) -> None:
    assert positions(log.connection) == []
    assert reflected(log.connection) == 0
    log.follow()
    assert log.standing() == dict.fromkeys(NAMES, (0, "following"))


def test_bytes_that_are_no_event_stop_every_model_before_them(log: Log) -> None:
    book = Author(31).write(10)
    sound = book.head
    log.write(book)
    log.append(StoredEvent(position=sound + 1, topic="granted.v1", stored=b"\xff{garbage"))
    log.follow(3)
    assert log.standing() == dict.fromkeys(NAMES, (sound, "stopped"))
    reasons = {one.reason for one in positions(log.connection)}
    assert len(reasons) == 1
    assert str(reasons).startswith(f"{{'position {sound + 1}: DecodeError:")
    assert {(one.events, one.oldest) for one in lags(log.connection)} == {(1, None)}


def test_a_model_that_cannot_apply_an_event_stops_and_the_others_go_on(log: Log) -> None:
    book = Book()
    book.tell(UnitCreation(unit="lab", name="lab", kind="company", parent=None))
    book.tell(granted("g", "lab", 4), granted("h", "lab", 4))
    # No rule let this pass: it takes more than there is.
    book.tell(granted("i", "lab", 4), released(leg("g", "lab", 9)), granted("j", "lab", 4))
    book.tell(UnitRenaming(unit="lab", name="The Lab"))
    log.write(book)
    log.follow(2)
    standing = log.standing()
    assert standing.pop("holdings") == (3, "stopped"), "it stands at the end of a whole decision"
    assert set(standing.values()) == {(7, "following")}
    reason = next(one.reason for one in positions(log.connection) if one.name == "holdings")
    assert reason is not None
    assert reason.startswith("position 5: ValueError: grant ")
    (behind,) = [one for one in lags(log.connection) if one.events]
    assert (behind.name, behind.events, behind.oldest) == (
        "holdings",
        4,
        book.events[3].recorded_at,
    )
    now = book.events[-1].recorded_at
    (lab,) = organisation.units(log.connection, valid_at=now, known_at=7)
    assert lab.name == "The Lab"


def test_two_accounts_with_one_number_stop_their_model(log: Log) -> None:
    log.follow()
    log.connection.execute(
        "INSERT INTO proj_holdings.accounts VALUES (%s, 'h100', 'other', 'guaranteed', 7)",
        [account("h100", "lab", "guaranteed")],
    )
    book = Book()
    book.tell(granted("g", "lab", 4))
    log.write(book)
    log.follow()
    assert log.standing()["holdings"][1] == "stopped"


def test_a_stopped_model_goes_on_in_the_same_process_once_it_is_rebuilt(log: Log) -> None:
    book = Author(32).write(20)
    log.write(book)
    with follower(log) as one:
        one.acquire()
        log.connection.execute("ALTER TABLE proj_holdings.holdings ADD CHECK (quantity < 0)")
        while one.step():
            pass
        assert log.standing()["holdings"] == (0, "stopped")
        rebuild(log.url, processes=1)
        book.tell(granted("new", "vision", 1))
        log.write(book)
        one.acquire()
        while one.step():
            pass
    assert log.standing() == dict.fromkeys(NAMES, (book.head, "following"))


def test_a_rebuild_cannot_pass_what_no_model_can_apply(log: Log) -> None:
    book = Author(33).write(10)
    log.write(book)
    log.follow()
    rows = log.rows()
    log.append(StoredEvent(position=book.head + 1, topic="granted.v1", stored=b"{}"))
    with pytest.raises(RebuildFailed, match="ValidationError"):
        rebuild(log.url, processes=1)
    assert log.rows() == rows


@pytest.mark.usefixtures("nothing_made")
def test_of_two_followers_one_feeds_and_the_other_takes_over(log: Log) -> None:
    book = Author(34).write(20)
    log.write(book)
    with follower(log) as second:
        with follower(log) as first:
            first.acquire()
            second.acquire()
            assert second.step() == 0
            assert first.step() == book.head
            assert first.step() == 0
        book.tell(granted("late", "vision", 1))
        log.write(book)
        taken_over = False
        while not taken_over:
            # The server lets go of a lock when it has noticed that its owner is gone.
            second.acquire()
            taken_over = second.step() == 1
    assert log.standing() == dict.fromkeys(NAMES, (book.head, "following"))


def test_a_follower_never_stops_inside_a_decision(log: Log) -> None:
    book = Book()
    book.tell(granted("a", "lab", 1))
    book.tell(*(granted(f"b{n}", "lab", 1) for n in range(10)))
    book.tell(granted("c", "lab", 1))
    log.write(book)
    with follower(log, batch=3) as one:
        one.acquire()
        steps: list[int] = []
        while count := one.step():
            steps.append(count)
            assert len({at for at, _ in log.standing().values()}) == 1
    assert steps == [11, 1]


def test_a_model_that_is_behind_catches_up_with_the_others(log: Log) -> None:
    book = Author(35).write(20)
    log.write(book)
    log.follow()
    rows = log.rows()
    log.connection.execute(
        "UPDATE projections.state SET position = 0, built = built + 1 WHERE model = 'capacity'"
    )
    for table in ("levels", "pools", "changes"):
        truncate = sql.SQL("TRUNCATE {}").format(sql.Identifier("proj_capacity", table))
        log.connection.execute(truncate)
    assert reflected(log.connection) == 0
    log.follow(4)
    assert log.rows() == rows


def test_a_lost_connection_is_made_again(log: Log) -> None:
    book = Book()
    book.tell(granted("a", "lab", 1))
    log.write(book)
    with followed(log) as told:
        assert told.acquire(timeout=60)
        cut = log.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        # One to read by and one to write by: without the first the other may be gone by itself.
        assert cut.fetchall() in ([(True,), (True,)], [(True,), (False,)])
        book.tell(granted("b", "lab", 1))
        log.write(book)
        log.connection.execute("NOTIFY allot_log")
        assert told.acquire(timeout=60)
    assert log.standing() == dict.fromkeys(NAMES, (2, "following"))


def test_a_database_that_takes_only_reads_is_waited_for(log: Log) -> None:
    with followed(log) as told:
        with capture_logs() as said, only_reads(log.connection):
            log.append(*stored(Author(4).write(3).events))
            until(lambda: any("read-only" in one.get("why", "") for one in said))
        assert told.acquire(timeout=60)
    assert log.standing() == dict.fromkeys(NAMES, (log.head(), "following"))


@pytest.mark.usefixtures("nothing_made")
def test_older_tables_are_left_to_a_follower_of_their_release(log: Log) -> None:
    log.follow()
    log.connection.execute("UPDATE projections.state SET version = 0 WHERE model = 'holdings'")
    log.append(*stored(Author(36).write(5).events))
    with follower(log) as new:
        new.acquire()
        while new.step():
            pass
        free = log.connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('allot projection holdings', 0))"
        )
        assert free.fetchall() == [(True,)]
    (holdings,) = [one for one in positions(log.connection) if one.name == "holdings"]
    assert (holdings.position, holdings.state) == (0, "stopped")
    assert holdings.reason == f"its tables are of version 0, not {HOLDINGS.version}: rebuild it"
    assert log.standing()["history"] == (log.head(), "following")
