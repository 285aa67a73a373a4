"""The follower's process, how far it is, and what doors say of a database they cannot serve."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec
import psycopg
import pytest
from fastapi.testclient import TestClient

from ledger.store.migrations import NotMigrated
from ledger.store.roles import FOLLOWER, as_role
from tests.api.asking import furnish, problem
from tests.api.conftest import opened
from tests.api.looking import read

MODELS = [
    "budgets", "capacity", "forecasts", "history", "holdings", "organisation", "pledges",
    "proposals", "requests",
]  # fmt: skip


@contextmanager
def following(address: str) -> Generator[subprocess.Popen[bytes]]:
    """The follower as its own process, killed after the block if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "api.following"],
        env={**os.environ, "ALLOT_DATABASE_URL": address},
        stdin=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_follower_brings_every_read_model_to_the_head(
    doors: TestClient, founded_database: str
) -> None:
    head = furnish(doors)
    behind = doors.get("/v1/position").json()["projections"]
    assert [one["name"] for one in behind] == MODELS
    assert {one["lag_events"] for one in behind} == {head}
    assert all(one["lag_seconds"] > 0 for one in behind)
    with following(founded_database):
        read(doors, "/v1/pools")
    reached = doors.get("/v1/position").json()
    assert reached["head"] == head
    for one in reached["projections"]:
        assert (one["position"], one["lag_events"], one["lag_seconds"]) == (head, 0, 0.0)
        assert one["state"] == "following"


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_the_follower_ends_when_it_is_told_to(
    doors: TestClient, founded_database: str, told: signal.Signals
) -> None:
    with following(founded_database) as process:
        read(doors, "/v1/pools")
        process.send_signal(told)
        assert process.wait(60) == 0


def test_the_follower_ends_with_whoever_started_it(
    doors: TestClient, founded_database: str
) -> None:
    with following(founded_database) as process:
        read(doors, "/v1/pools")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_read_model_that_stopped_turns_readiness_red(
    doors: TestClient, founded_database: str
) -> None:
    with psycopg.connect(as_role(founded_database, FOLLOWER), autocommit=True) as connection:
        connection.execute(
            "UPDATE projections.state SET state = 'stopped', reason = 'it broke'"
            " WHERE model = 'holdings'"
        )
    states = {one["name"]: one["state"] for one in doors.get("/v1/position").json()["projections"]}
    assert states["holdings"] == "stopped: it broke"
    answer = doors.get("/readyz")
    assert answer.status_code == 503
    words = {one["name"]: one["words"] for one in answer.json()["checks"] if not one["ok"]}
    assert "it broke" in words["projection holdings"]


def test_a_database_that_was_not_migrated_is_not_served(fresh_database: str) -> None:
    with pytest.raises(NotMigrated, match="run `allot migrate`"), opened(fresh_database):
        pass


def test_without_read_models_a_read_says_so(doors: TestClient, founded_database: str) -> None:
    with psycopg.connect(founded_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA projections CASCADE")
    for path in ("/v1/holdings", "/v1/export?what=events"):
        answer = doors.get(path)
        assert (problem(answer).status, problem(answer).code) == (503, "NotReflectedYet")
    assert doors.get("/v1/position").json()["projections"] == []


def test_whoever_reads_next_is_not_told_that_idle_connections_were_cut(
    reads: TestClient, founded_database: str
) -> None:
    head = furnish(reads)
    read(reads, "/v1/pools", min_position=head)
    for _ in range(3):
        with psycopg.connect(founded_database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        # They were idle: whoever asks next is not told of it.
        assert [reads.get("/v1/pools").status_code for _ in range(12)] == [200] * 12


def test_a_follower_that_dies_is_started_again(
    served: httpx2.Client, founded_database: str
) -> None:
    asked = {"min_position": 6, "wait_s": 60}
    assert served.get("/v1/units", params=asked).status_code == 200
    (follower,) = followers_of(founded_database)
    os.kill(follower, signal.SIGKILL)
    note = {"about": {"unit": "lab"}, "text": "recorded while nobody followed"}
    answer = served.post(
        "/v1/notes", content=msgspec.json.encode(note),
        headers={"Content-Type": "application/json", "Idempotency-Key": "alone"},
    )  # fmt: skip
    asked["min_position"] = int(answer.headers["Allot-Position"])
    assert served.get("/v1/units", params=asked).status_code == 200
    assert follower not in followers_of(founded_database)


def followers_of(address: str) -> list[int]:
    """The processes that follow a database, as Linux knows them."""
    wanted = f"ALLOT_DATABASE_URL={address}".encode()
    found: list[int] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
            environment = (process / "environ").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if b"api.following" in command and wanted in environment:
            found.append(int(process.name))
    return found
