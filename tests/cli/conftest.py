"""One running ledger for the tests of the command line, with a pool and two teams."""

from collections.abc import Generator

import pytest

from api.client import Client, Json
from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER, Ledger, ledger
from tests.support.postgres import postgres_binaries, postgres_server

__all__ = ["postgres_binaries", "postgres_server"]

OPENED: list[tuple[str, dict[str, Json]]] = [
    ("open_pool", {"pool": "phoenix/h100", "granule": 8}),
    ("change_capacity", {"pool": "phoenix/h100", "kind": "counted", "total": 128}),
    ("create_unit", {"unit": "vision"}),
    ("create_unit", {"unit": "speech"}),
]


@pytest.fixture(scope="package")
def opened(postgres_server: Server) -> Generator[Ledger]:
    """Yield a founded ledger with 128 units in one pool and nobody who holds any."""
    with ledger(postgres_server) as found:
        with Client(found.url, actor=FOUNDER) as client:
            for do, fields in OPENED:
                assert client.command(do, fields).status == 201
        yield found


@pytest.fixture(scope="module")
def running(opened: Ledger) -> Generator[Ledger]:
    """Lend it to one module of tests, which leaves the whole pool free for ever."""
    yield opened
    whole = opened.allot("grant", "phoenix/h100", "vision", "128", "--dry-run")
    assert whole.returncode == 0, whole.stderr
