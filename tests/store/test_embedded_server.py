"""A server is started, shared, kept, stopped and reset."""

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.place import Place
from ledger.store.embedded.processes import workers
from ledger.store.embedded.refusals import CannotStart, OtherMajorVersion
from ledger.store.embedded.server import (
    Durability,
    durability_of,
    reset,
    start,
    status,
    stop,
    stop_unused,
)
from tests.store.conftest import Starter, told

TEST = Durability.TEST


def asked(url: str, question: bytes) -> list[tuple[object, ...]]:
    """Ask the server one thing."""
    with psycopg.connect(url) as connection:
        return connection.execute(question).fetchall()


def test_the_server_is_private_durable_and_otherwise_stock(
    data: Path, postgres_binaries: Binaries
) -> None:
    with start(data, postgres_binaries) as server:
        changed = asked(
            server.url,
            b"SELECT name, setting FROM pg_settings WHERE source = 'command line' ORDER BY name",
        )
        fsync = asked(server.url, b"SHOW fsync")
        who = asked(
            server.url,
            b"""
            SELECT current_user, current_database(), usesuper
              FROM pg_user
             WHERE usename = current_user
            """,
        )
    told_to = {str(name): setting for name, setting in changed}
    assert told_to["listen_addresses"] == ""
    assert {*told_to} - {"data_directory", "config_file", "hba_file", "ident_file"} == {
        "listen_addresses", "port", "unix_socket_directories", "unix_socket_permissions",
    }  # fmt: skip
    assert fsync == [("on",)]
    assert who == [("allot", "allot", True)]
    for directory in (Place.below(data).directory, Place.below(data).cluster):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_fsync_is_given_up_only_when_asked(data: Path, postgres_binaries: Binaries) -> None:
    with start(data, postgres_binaries, durability=TEST) as server:
        assert asked(server.url, b"SHOW fsync") == [("off",)]
    assert durability_of({}) is Durability.FULL
    assert durability_of({"ALLOT_DURABILITY": "test"}) is TEST
    with pytest.raises(CannotStart, match="say `full` or `test`"):
        durability_of({"ALLOT_DURABILITY": "off"})


def test_a_socket_too_deep_to_be_named_is_reached_by_a_short_link(
    data: Path, postgres_binaries: Binaries
) -> None:
    deep = data.joinpath(*["a long name for a directory"] * 6)
    assert len(os.fsencode(Place.below(deep).cluster)) > 2 * 107
    with start(deep, postgres_binaries, durability=TEST) as server:
        assert asked(server.url, b"SELECT 1") == [(1,)]
        assert len(server.url) < 107


def test_what_was_stored_is_there_after_a_stop_and_no_process_or_socket_is_left(
    data: Path, postgres_binaries: Binaries
) -> None:
    place = Place.below(data)
    with start(data, postgres_binaries, durability=TEST) as server:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept_words AS SELECT 'hello' AS word")
        lived = workers(place)
    assert len(lived) > 3
    assert [pid for pid in lived if Path(f"/proc/{pid}").exists()] == []
    assert not [path for path in place.cluster.iterdir() if path.name.startswith(".s.PGSQL")]
    assert not status(data).running
    with start(data, postgres_binaries, durability=TEST) as server:
        assert asked(server.url, b"SELECT word FROM kept_words") == [("hello",)]


def test_a_stop_does_not_wait_for_an_idle_session(data: Path, postgres_binaries: Binaries) -> None:
    server = start(data, postgres_binaries, durability=TEST)
    with psycopg.connect(server.url) as idle:
        assert server.stop()
        with pytest.raises(psycopg.OperationalError):
            idle.execute("SELECT 1")
    assert not server.stop()


def test_the_server_ends_with_its_last_user(data: Path, postgres_binaries: Binaries) -> None:
    first = start(data, postgres_binaries, durability=TEST)
    second = start(data, postgres_binaries, durability=TEST)
    assert (first.started_here, second.started_here) == (True, False)
    assert not first.stop()
    assert asked(second.url, b"SELECT 1") == [(1,)]
    assert not stop_unused(data)
    assert second.stop()
    assert not status(data).running


def test_a_killed_user_does_not_keep_the_server(
    data: Path, starter: Callable[[], Starter], postgres_binaries: Binaries
) -> None:
    killed = starter()
    pid, _ = told(killed)
    killed.kill()
    killed.wait()
    assert status(data).pid == pid
    server = start(data, postgres_binaries, durability=TEST)
    assert not server.started_here
    assert server.stop()
    assert not Path(f"/proc/{pid}/cwd").exists()


def test_a_kept_server_outlives_its_users_until_it_is_stopped(
    data: Path, postgres_binaries: Binaries
) -> None:
    start(data, postgres_binaries, durability=TEST, keep=True).stop()
    assert status(data).running
    assert status(data).kept
    assert stop(data)
    assert not stop(data)
    start(data, postgres_binaries, durability=TEST).stop()
    assert not status(data).running


def test_two_starters_at_once_share_one_server(data: Path, starter: Callable[[], Starter]) -> None:
    answers = [told(process) for process in [starter(), starter(), starter()]]
    assert len({pid for pid, _ in answers}) == 1
    assert sorted(started_here for _, started_here in answers) == [False, False, True]
    assert status(data).pid == answers[0][0]


def test_ctrl_c_ends_the_starter_and_not_the_server(
    data: Path, starter: Callable[[], Starter]
) -> None:
    process = starter()
    pid, _ = told(process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait() != 0
    assert status(data).pid == pid


def test_a_reset_deletes_what_was_recorded(data: Path, postgres_binaries: Binaries) -> None:
    assert not reset(data)
    server = start(data, postgres_binaries, durability=TEST)
    asked(server.url, b"SELECT pg_create_physical_replication_slot('mark')")
    assert reset(data)
    assert status(data).major is None
    with start(data, postgres_binaries, durability=TEST) as server:
        assert asked(server.url, b"SELECT slot_name FROM pg_replication_slots") == []


def test_a_cluster_of_another_major_version_is_refused_and_left_alone(
    data: Path, postgres_binaries: Binaries
) -> None:
    other = other_major(data, postgres_binaries)
    with pytest.raises(OtherMajorVersion) as refusal:
        start(data, postgres_binaries, durability=TEST)
    for words in (f"PostgreSQL {other}", f"PostgreSQL {postgres_binaries.major}", "ALLOT_PG_BIN"):
        assert words in str(refusal.value)
    assert status(data).major == other
    assert not status(data).running


def other_major(data: Path, ours: Binaries) -> int:
    """Make a cluster of another major version: by a PostgreSQL of the system, or by its mark."""
    from ledger.store.embedded.binaries import SYSTEM, examine

    for directory in sorted(SYSTEM.glob("[0-9]*/bin")):
        found = examine(directory, "system")
        if found.major != ours.major:
            start(data, found, durability=TEST).stop()
            return found.major
    start(data, ours, durability=TEST).stop()
    (Place.below(data).cluster / "PG_VERSION").write_text("17\n")
    return 17
