"""Doors on a database of their own: founded or not, with read models that follow or without."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from ledger.committer import found
from ledger.decide.founding import found as founding
from ledger.events import Via
from ledger.store.embedded.server import Durability
from ledger.store.log import PostgresLog
from ledger.store.migrations import migrate
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import follow
from projections.registry import ensure
from tests.api.asking import PERSON

LOOPBACK = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _nothing_is_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite's server does without fsync, and its services are told so."""
    monkeypatch.setenv("ALLOT_DURABILITY", "test")


@pytest.fixture
def migrated_database(fresh_database: str) -> str:
    """The address of a database with tables and nothing in them."""
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        migrate(connection)
    with psycopg.connect(as_role(fresh_database, FOLLOWER), autocommit=True) as connection:
        ensure(connection)
    return fresh_database


@pytest.fixture
def founded_database(migrated_database: str) -> str:
    """The address of a founded ledger."""
    decided = partial(founding, founder=PERSON, root="lab", via=Via(tool="tests"))
    with PostgresLog(migrated_database, durability=Durability.TEST) as log:
        found(log, decided)
    return migrated_database


@pytest.fixture
def unfounded(migrated_database: str) -> Iterator[TestClient]:
    """Doors of a ledger that nobody founded."""
    with opened(migrated_database) as client:
        yield client


@pytest.fixture
def doors(founded_database: str) -> Iterator[TestClient]:
    """Doors of a founded ledger, without a follower."""
    with opened(founded_database) as client:
        yield client


@pytest.fixture
def reads(founded_database: str) -> Iterator[TestClient]:
    """Doors of a founded ledger whose read models follow."""
    is_ending = threading.Event()
    url = as_role(founded_database, FOLLOWER)
    follower = threading.Thread(target=follow, args=(url, is_ending))
    follower.start()
    try:
        with opened(founded_database) as client:
            yield client
    finally:
        is_ending.set()
        follower.join()


@pytest.fixture
def closed_doors(founded_database: str) -> Iterator[TestClient]:
    """Doors that ask everybody for a token."""
    with opened(founded_database, auth="token") as client:
        yield client


@pytest.fixture
def served(founded_database: str) -> Iterator[httpx2.Client]:
    """A service of its own, follower included, over a real connection."""
    environment = {
        **os.environ, "ALLOT_DATABASE_URL": founded_database, "ALLOT_AUTH": "open",
        "ALLOT_KEEP_ALIVE_S": "0.2",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", "0"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().strip()
        with httpx2.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield client
    finally:
        process.terminate()
        code = process.wait()
        process.stdout.close()
    assert code == 0


def opened(address: str, **settings: object) -> TestClient:
    """Doors as a client in the same process; its `with` block is their lifespan."""
    chosen = Settings.model_validate({"database_url": address, "auth": "open", **settings})
    return TestClient(create_app(chosen), base_url=LOOPBACK)
