"""Doors on a database of their own: founded or not, with read models that follow or without."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from ledger.clocks import Clock, system_clock
from ledger.decide.founding import found as founding
from ledger.facts import Via
from ledger.founding import found
from ledger.store.embedded.server import Durability, Server
from ledger.store.log import PostgresLog
from ledger.store.migrations import migrate
from ledger.store.roles import FOLLOWER, as_role
from projections.follow import follow
from tests.api.asking import PERSON
from tests.api.laboratory import build
from tests.api.looking import read
from tests.cli.running import environ_of
from tests.cli.running import serving as running
from tests.support.postgres import copied, made, make_read_models

LOOPBACK = "http://127.0.0.1:8000"


@pytest.fixture(autouse=True)
def _nothing_is_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite's server does without fsync, and its services are told so."""
    monkeypatch.setenv("ALLOT_DURABILITY", "test")


@pytest.fixture(scope="session")
def migrated_template(postgres_server: Server) -> str:
    """The name of a database with tables and nothing in them, which tests copy."""
    with made(postgres_server, "doors_migrated") as address:
        prepare(address)
    return "doors_migrated"


@pytest.fixture(scope="session")
def founded_template(postgres_server: Server, migrated_template: str) -> str:
    """The name of a database with a founded ledger, which tests copy."""
    with made(postgres_server, "doors_founded", migrated_template) as address:
        begin(address)
    return "doors_founded"


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
    with followed(founded_database), opened(founded_database) as client:
        yield client


@pytest.fixture(scope="module")
def lab(postgres_server: Server, founded_template: str) -> Iterator[TestClient]:
    """The doors of a furnished laboratory, for tests that only read."""
    with (
        pytest.MonkeyPatch.context() as patch,
        copied(postgres_server, founded_template) as address,
    ):
        patch.setenv("ALLOT_DURABILITY", "test")
        with followed(address), opened(address) as client:
            build(client)
            # From here on every read reflects it all.
            read(client, "/v1/pools")
            yield client


@pytest.fixture
def closed_doors(founded_database: str) -> Iterator[TestClient]:
    """Doors that ask everybody for a token."""
    with opened(founded_database, auth="token") as client:
        yield client


@pytest.fixture
def served(founded_database: str) -> Iterator[httpx2.Client]:
    """A service of its own, follower included, over a real connection."""
    with (
        serving(founded_database) as url,
        httpx2.Client(base_url=url, trust_env=False, timeout=90) as client,
    ):
        yield client


@contextmanager
def serving(address: str) -> Generator[str]:
    """Yield the URL of a service of its own, which ends in good order."""
    environ = {**environ_of(address), "ALLOT_KEEP_ALIVE_S": "0.2"}
    with running(environ) as ledger:
        yield ledger.url


def prepare(address: str) -> None:
    """Make the tables of the log and of the read models."""
    with psycopg.connect(address, autocommit=True) as connection:
        migrate(connection)
    make_read_models(address)


def begin(address: str, clock: Clock = system_clock) -> None:
    """Found the ledger."""
    decided = partial(founding, founder=PERSON, root="lab", via=Via(tool="tests"))
    with PostgresLog(address, durability=Durability.TEST) as log:
        found(log, decided, clock=clock)


@contextmanager
def followed(address: str) -> Generator[None]:
    """While the block lasts, the read models follow."""
    is_ending = threading.Event()
    url = as_role(address, FOLLOWER)
    follower = threading.Thread(target=follow, args=(url, is_ending))
    follower.start()
    try:
        yield
    finally:
        is_ending.set()
        follower.join()


def opened(address: str, *, clock: Clock = system_clock, **settings: object) -> TestClient:
    """Doors as a client in the same process; its `with` block is their lifespan."""
    chosen = Settings.model_validate({"database_url": address, "auth": "open", **settings})
    return TestClient(create_app(chosen, clock=clock), base_url=LOOPBACK)
