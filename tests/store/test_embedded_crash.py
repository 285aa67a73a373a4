"""A server that was killed, at any moment, starts again with what it had stored."""

import os
import signal
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ledger.store.embedded import server as servers
from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.place import SOCKET, Place
from ledger.store.embedded.processes import workers
from ledger.store.embedded.refusals import ServerFailed
from ledger.store.embedded.server import Durability, Server, start, status
from tests.store.conftest import Starter, told

TEST = Durability.TEST
PATIENCE_S = 60.0


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def state_of(pid: int) -> str:
    """Return the kernel's letter for a process: Z is a zombie."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def open_sockets() -> int:
    """Return how many sockets this process has."""
    return sum(is_socket(int(entry.name)) for entry in Path("/proc/self/fd").iterdir())


def is_socket(descriptor: int) -> bool:
    """Whether a descriptor is an open socket; the listing's own is closed by now."""
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def remember(url: str) -> None:
    """Store a row."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE stored AS SELECT 7 AS number")


def remembered(url: str) -> object:
    """Return what `remember` stored."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT number FROM stored").fetchone()


def test_a_killed_postmaster_of_our_own_starts_again(
    data: Path, postgres_binaries: Binaries
) -> None:
    first = start(data, postgres_binaries)
    remember(first.url)
    pid = status(data).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    second = start(data, postgres_binaries)
    assert second.started_here
    assert second.url == first.url
    assert status(data).pid != pid
    assert remembered(second.url) == (7,)
    assert not first.stop()
    assert second.stop()


def test_a_postmaster_that_stays_a_zombie_is_not_taken_for_alive(
    data: Path, starter: Callable[[], Starter], postgres_binaries: Binaries
) -> None:
    process = starter()
    pid, _ = told(process)
    # The parent sleeps in a read and never asks for its child: nobody reaps the postmaster.
    os.kill(pid, signal.SIGKILL)
    until(lambda: state_of(pid) == "Z")
    place = Place.below(data)
    assert (place.cluster / "postmaster.pid").read_text().startswith(f"{pid}\n")
    assert (place.cluster / f"{SOCKET}.lock").exists()
    with start(data, postgres_binaries, durability=TEST) as server:
        assert server.started_here
        assert state_of(pid) == "Z"


def test_a_stale_pid_that_another_server_has_by_now_does_not_stop_a_start(
    data: Path, postgres_binaries: Binaries, postgres_server: Server
) -> None:
    start(data, postgres_binaries, durability=TEST).stop()
    place = Place.below(data)
    stranger = status(postgres_server.data).pid
    assert stranger is not None
    for name in ("postmaster.pid", f"{SOCKET}.lock"):
        (place.cluster / name).write_text(f"{stranger}\nsomewhere\n1\n5432\n.\n\n")
    assert not status(data).running
    with start(data, postgres_binaries, durability=TEST) as server:
        assert server.started_here
    assert status(postgres_server.data).pid == stranger


def test_a_server_that_dies_while_it_is_joined_is_started_anew(
    data: Path, postgres_binaries: Binaries
) -> None:
    first = start(data, postgres_binaries, durability=TEST)
    pid = status(data).pid
    assert pid is not None
    # A stopped postmaster is alive and lets its callers wait.
    os.kill(pid, signal.SIGSTOP)
    joined: list[Server] = []
    before = open_sockets()
    thread = threading.Thread(
        target=lambda: joined.append(start(data, postgres_binaries, durability=TEST))
    )
    thread.start()
    until(lambda: open_sockets() > before)
    os.kill(pid, signal.SIGKILL)
    thread.join()
    assert joined[0].started_here
    assert status(data).pid != pid
    first.stop()
    assert joined[0].stop()


def test_a_backend_that_outlives_its_postmaster_is_ended_first(
    data: Path, postgres_binaries: Binaries
) -> None:
    first = start(data, postgres_binaries, durability=TEST)
    remember(first.url)
    busy = psycopg.connect(first.url, autocommit=True)
    orphan = busy.info.backend_pid

    def loop_without_waiting() -> None:
        with pytest.raises(psycopg.OperationalError):
            busy.execute("DO $$ BEGIN LOOP END LOOP; END $$")

    thread = threading.Thread(target=loop_without_waiting)
    thread.start()
    until(lambda: state_of(orphan) == "R")
    pid = status(data).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: workers(Place.below(data)) == (orphan,))
    assert not status(data).running
    with start(data, postgres_binaries, durability=TEST) as server:
        assert not Path(f"/proc/{orphan}/cwd").exists()
        assert remembered(server.url) == (7,)
    thread.join()
    busy.close()
    first.stop()


def test_a_starter_killed_while_it_makes_the_cluster_leaves_nothing_that_is_used(
    data: Path, starter: Callable[[], Starter], postgres_binaries: Binaries
) -> None:
    place = Place.below(data)
    process = starter()
    until((place.making / "PG_VERSION").exists)
    process.kill()
    process.wait()
    assert not place.cluster.exists()
    (place.making / "half").touch()
    with start(data, postgres_binaries, durability=TEST) as server:
        assert server.started_here
        remember(server.url)
    assert not place.making.exists()
    assert not (place.cluster / "half").exists()


def test_a_killed_initdb_is_told_and_the_next_start_makes_a_whole_cluster(
    data: Path, postgres_binaries: Binaries
) -> None:
    place = Place.below(data)
    said: list[str] = []

    def begin() -> None:
        try:
            start(data, postgres_binaries, durability=TEST)
        except ServerFailed as refusal:
            said.append(str(refusal))

    thread = threading.Thread(target=begin)
    thread.start()
    until((place.making / "PG_VERSION").exists)
    for pid in workers(place):
        with suppress(ProcessLookupError):  # it ended with the one that was killed before it
            os.kill(pid, signal.SIGKILL)
    thread.join()
    assert len(said) == 1
    assert "could not be made" in said[0]
    assert not place.cluster.exists()
    with start(data, postgres_binaries, durability=TEST) as server:
        remember(server.url)


def test_a_server_that_cannot_start_says_what_its_log_says(
    data: Path, postgres_binaries: Binaries
) -> None:
    start(data, postgres_binaries, durability=TEST).stop()
    with (Place.below(data).cluster / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = on\n")
    with pytest.raises(ServerFailed, match="no_such_setting"):
        start(data, postgres_binaries, durability=TEST)
    assert not status(data).running


@pytest.mark.parametrize(
    "wish", [("PGTZ", "Nowhere"), ("PGOPTIONS", "-cnonsense=1"), ("PGSERVICE", "nobody")]
)
def test_an_environment_that_no_server_takes_is_told_at_once(
    data: Path, postgres_binaries: Binaries, monkeypatch: pytest.MonkeyPatch, wish: tuple[str, str]
) -> None:
    monkeypatch.setattr(servers, "READY_S", 600.0)
    monkeypatch.setenv(*wish)
    with pytest.raises(ServerFailed, match=r"Nowhere|nonsense|nobody"):
        start(data, postgres_binaries, durability=TEST)
    assert not status(data).running
