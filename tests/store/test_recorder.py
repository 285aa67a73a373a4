"""Each known trap of the library that records for us."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.utils import get_topic, resolve_topic

from ledger.events import TOPICS, Granted
from ledger.log import Seal
from ledger.store.recorder import UNSAFE_SETTING, LedgerDatastore, LedgerRecorder
from tests.support.committing import until

LEDGER = uuid4()


@pytest.fixture
def recorder(migrated_database: str) -> Iterator[LedgerRecorder]:
    with LedgerDatastore(migrated_database) as datastore:
        yield LedgerRecorder(datastore)


def events(*positions: int, of: UUID = LEDGER) -> list[StoredEvent]:
    return [StoredEvent(of, position, "noted.v1", b"{}") for position in positions]


def sealed(recorder: LedgerRecorder, *positions: int) -> Sequence[int] | None:
    """Append under a seal that fits, whatever it says."""
    size = max(positions)
    frontier = bytes(32 * size.bit_count())
    seal = Seal(size=size, previous=positions[0] - 1 or None, root=bytes(32), frontier=frontier)
    return recorder.insert_events(events(*positions), seal=seal)


def test_the_library_without_its_lock_is_refused(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = PostgresDatastore("", "", "", "", "", enable_db_functions=True)
    with pytest.raises(ValueError, match=UNSAFE_SETTING):
        LedgerRecorder(unlocked)
    monkeypatch.setenv(UNSAFE_SETTING, "y")
    with LedgerDatastore(migrated_database) as datastore, pytest.raises(ValueError, match="lock"):
        LedgerRecorder(datastore)


def test_the_library_never_makes_our_tables(recorder: LedgerRecorder) -> None:
    with pytest.raises(RuntimeError, match="migrations"):
        recorder.create_table()


def test_every_topic_names_its_event_wherever_the_class_lives() -> None:
    for topic, kind in TOPICS.items():
        assert resolve_topic(topic) is kind
    assert get_topic(Granted) != "granted.v1"  # what the library would store: the place


def test_topics_are_known_in_a_process_that_only_opens_the_log() -> None:
    program = """if True:
        import ledger.store.log
        from eventsourcing.utils import resolve_topic
        print(resolve_topic('granted.v1').__name__)
    """
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout == "Granted\n"


def test_positions_are_the_ids_and_a_rollback_leaves_no_hole(recorder: LedgerRecorder) -> None:
    assert sealed(recorder, 1, 2) == [1, 2]
    with pytest.raises(IntegrityError, match="events_pkey"):
        sealed(recorder, 3, 2)
    assert sealed(recorder, 3) == [3]
    assert recorder.max_notification_id() == 3


def test_the_library_alone_appends_nothing_for_it_seals_nothing(recorder: LedgerRecorder) -> None:
    with pytest.raises(IntegrityError, match="the log ends at 1, and its seal at 0"):
        recorder.insert_events(events(1))
    sealed(recorder, 1)
    with pytest.raises(IntegrityError, match="the log ends at 2, and its seal at 1"):
        recorder.insert_events(events(2))
    assert recorder.max_notification_id() == 1


def test_a_second_stream_cannot_take_a_position(recorder: LedgerRecorder) -> None:
    sealed(recorder, 1)
    with pytest.raises(IntegrityError, match="events_notification_id_idx"):
        recorder.insert_events(events(1, of=uuid4()))


def test_a_lost_connection_is_reported_once_and_not_tried_again(
    recorder: LedgerRecorder, migrated_database: str
) -> None:
    sealed(recorder, 1)
    # The lock is held by somebody else until the connection is gone.
    with psycopg.connect(migrated_database) as holder:
        recorder.lock(holder.cursor())  # pyright: ignore[reportArgumentType]  no row is read
        failed: list[Exception] = []

        def insert() -> None:
            try:
                sealed(recorder, 2)
            except OperationalError as lost:
                failed.append(lost)

        inserting = threading.Thread(target=insert)
        inserting.start()
        waiting = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        with psycopg.connect(migrated_database, autocommit=True) as ending:
            until(lambda: bool(ending.execute(waiting).fetchall()))
        inserting.join()
    assert len(failed) == 1
    assert recorder.max_notification_id() == 1
