"""Helios Earth, imported over the public API, answers as its own table does."""

from typing import Any

import pytest

from ledger.store.embedded.server import Server
from tests.cli.running import allot, base_environ, serving
from tests.helios.answers import POOL, capacity, everything, gpu_hours, history, holdings
from tests.helios.conftest import SOURCE, Run
from tests.support.postgres import fresh

INSTANTS = range(5)
UNITS = ("vcIya", "vc6YE", "vc3sl", "vcira", "vcvcM")


def expected(run: Run) -> dict[str, Any]:
    return run.said("expected.json")


def test_the_final_state_is_the_table_s(helios: Run) -> None:
    final = expected(helios)["final"]
    assert holdings(helios.ledger, final["at"]) == final["holdings"]
    assert capacity(helios.ledger, final["at"]) == final["capacity"]


@pytest.mark.parametrize("index", INSTANTS)
def test_a_past_day_is_the_table_s(helios: Run, index: int) -> None:
    assert len(expected(helios)["as_of"]) == len(INSTANTS)
    state = expected(helios)["as_of"][index]
    assert holdings(helios.ledger, state["at"]) == state["holdings"]
    assert capacity(helios.ledger, state["at"]) == state["capacity"]


@pytest.mark.parametrize("unit", UNITS)
def test_the_history_of_a_team_is_every_operation_that_touched_it(helios: Run, unit: str) -> None:
    histories = helios.said("history.json")
    assert set(histories) == {f"sensetime/{name}" for name in UNITS}
    assert history(helios.ledger, f"sensetime/{unit}") == histories[f"sensetime/{unit}"]


def test_gpu_hours_are_the_table_s(helios: Run) -> None:
    until = expected(helios)["gpu_hours_until"]
    found = gpu_hours(helios.ledger, "2020-04-01T00:00:00Z", until)
    assert found == expected(helios)["gpu_hours"]


@pytest.mark.parametrize("number", range(20))
def test_what_a_strict_ledger_refuses_is_refused_and_changes_nothing(
    helios: Run, number: int
) -> None:
    assert [one.operation["after_seq"] for one in helios.tried] == [25] * 5 + [50] * 5 + [
        75
    ] * 5 + ([84] * 5)
    tried = helios.tried[number]
    why = tried.operation["why"]
    invalid = tried.operation["quantity"] == 0
    assert tried.reply.status == (422 if invalid else 409), why
    assert tried.after == tried.before
    if not invalid:
        assert tried.reply.problem.code == CODES[why], tried.reply.body


CODES = {
    "releases one more than held": "MoreThanHeld",
    "moves one more than held": "MoreThanHeld",
    "grants one more than is free": "NotEnoughFree",
    "moves to itself": "SameUnit",
}


def test_the_file_is_named_with_its_hash_in_every_event_of_the_import(helios: Run) -> None:
    events = helios.ledger.items("/v1/history", pool=POOL)
    vias = [event["via"] for event in events]
    assert len(vias) > 84
    assert all(
        isinstance(via, dict)
        and via["file"] == "operations.jsonl"
        and len(str(via["sha256"])) == 64
        for via in vias
    )


def test_importing_twice_changes_nothing(helios: Run) -> None:
    before = helios.ledger.head()
    again = helios.ledger.allot("import", "operations", str(helios.file), "--source", SOURCE)
    assert again.returncode == 0, again.stderr
    assert "0 recorded, 84 known already, 0 refused" in again.stderr
    assert helios.ledger.head() == before


def test_rebuilt_read_models_answer_the_same(helios: Run) -> None:
    units = [f"sensetime/{name}" for name in UNITS]
    before = everything(helios.ledger, expected(helios), units)
    rebuilt = helios.ledger.allot("rebuild")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert everything(helios.ledger, expected(helios), units) == before


def test_an_export_restores_into_an_empty_ledger_that_answers_the_same(
    helios: Run, postgres_server: Server
) -> None:
    units = [f"sensetime/{name}" for name in UNITS]
    before = everything(helios.ledger, expected(helios), units)
    out = helios.file.parent / "events.jsonl"
    exported = helios.ledger.allot("export", "events", str(out))
    assert exported.returncode == 0, exported.stderr
    with fresh(postgres_server) as address:
        environ = {
            **base_environ(),
            "ALLOT_DATABASE_URL": address,
            "ALLOT_AUTH": "open",
            "ALLOT_DURABILITY": "test",
        }
        migrated = allot("migrate", environ=environ)
        assert migrated.returncode == 0, migrated.stderr
        restored = allot("import", "events", str(out), "--yes", environ=environ)
        assert restored.returncode == 0, restored.stderr
        with serving(environ) as second:
            assert second.head() == helios.ledger.head()
            assert everything(second, expected(helios), units) == before
            again = second.allot("import", "operations", str(helios.file), "--source", SOURCE)
            assert again.returncode == 0, again.stderr
            assert "0 recorded, 84 known already" in again.stderr
            twice = second.allot("export", "events", str(out.with_name("again.jsonl")))
            assert twice.returncode == 0, twice.stderr
    for name in ("events.jsonl", "events.receipts.jsonl"):
        again_name = name.replace("events", "again", 1)
        assert out.with_name(again_name).read_bytes() == out.with_name(name).read_bytes()
