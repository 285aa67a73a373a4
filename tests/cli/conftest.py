"""For the tests of the command line: one running ledger with two teams, and looks at others."""

import json
from collections.abc import Generator
from typing import Any

import pytest

from api.cli.doctor import doctor
from api.cli.endings import Ended
from api.cli.founding import begin, prepare
from api.cli.options import Output
from api.client import Client, Json
from ledger.store.embedded.server import Server
from tests.cli.doctoring import Look, followed
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


@pytest.fixture
def look(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Look:
    """Return how the doctor looks at a fresh database: its exit code and findings."""
    monkeypatch.setenv("ALLOT_DATABASE_URL", fresh_database)
    monkeypatch.setenv("ALLOT_DURABILITY", "test")

    def looked(*, seal: bool = False) -> tuple[int, dict[str, dict[str, Any]]]:
        capsys.readouterr()
        code = 0
        try:
            doctor(seal=seal, form=Output.JSONL)
        except Ended as ended:
            code = ended.code
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        return code, {row["check"]: row for row in rows}

    return looked


@pytest.fixture
def alone(fresh_database: str, look: Look) -> str:
    """Return the address of a founded ledger whose read models nobody feeds."""
    prepare(fresh_database)
    begin(fresh_database, founder="kim@lab", root="lab")
    return fresh_database


@pytest.fixture
def founded(alone: str) -> Generator[str]:
    """Yield the address of a founded ledger with a follower, which has not begun to read."""
    with followed(alone):
        yield alone
