"""What is imported line by line is recorded once, and told as what became of it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.client import Json
from tests.cli.running import Ledger


def operations(file: Path, *lines: dict[str, Json]) -> str:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(file)


def granted(quantity: int, ref: str, **more: Json) -> dict[str, Json]:
    """A grant as a line of operations, from now on unless `more` says otherwise."""
    return {
        "op": "grant", "at": now(), "pool": "phoenix/h100", "account": "vision",
        "quantity": quantity, "ref": ref, **more,
    }  # fmt: skip


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize("ref", ['a" zzz "b', "a zzz b", 'clé "1"'])
def test_a_line_that_was_edited_once_it_is_recorded_is_not_recorded_again(
    running: Ledger, tmp_path: Path, ref: str
) -> None:
    line, file = granted(8, ref), tmp_path / "twice.jsonl"
    first = running.allot("import", "operations", operations(file, line))
    assert first.returncode == 0, first.stderr
    head = running.head()
    again = running.allot("import", "operations", operations(file, {**line, "quantity": 16}))
    recorded = running.head()
    running.allot("release", "phoenix/h100", "vision", "all")
    assert again.returncode == 1
    assert "KeyReused" in again.stderr
    assert recorded == head


OLD = "2026-01-05T00:00:00Z"
"""Further back than the rules let anybody but an importer go."""


@pytest.fixture(scope="module")
def operator(running: Ledger) -> str:
    """Return who may grant in pools and to units that exist, and may make none."""
    made = running.allot("delegate", "oto@lab", "operator", "lab")
    assert made.returncode == 0, made.stderr
    return "oto@lab"


@pytest.fixture(scope="module")
def steward(running: Ledger) -> str:
    """Return who may do both, yet not so far back by one's own decision."""
    for role in ("operator", "steward"):
        made = running.allot("delegate", "olga@lab", role, "lab")
        assert made.returncode == 0, made.stderr
    return "olga@lab"


def held(ledger: Ledger, pool: str) -> list[Json]:
    return [one["quantity"] for one in ledger.items("/v1/holdings", pool=pool)]


def test_balances_that_wait_for_a_second_person_are_not_said_to_be_recorded(
    running: Ledger, steward: str, tmp_path: Path
) -> None:
    file = operations(
        tmp_path / "made.jsonl",
        {"op": "capacity", "at": OLD, "pool": "old", "quantity": 64, "ref": "c"},
        granted(8, "g", at=OLD, pool="old", account="nu"),
    )
    assert running.allot("import", "operations", file).returncode == 0
    table = tmp_path / "late.csv"
    table.write_text("pool,unit,quantity\nold,nu,8\n")
    words = ("import", "balances", str(table), "--at", OLD, "--as", steward)
    done = running.allot(*words)
    assert (done.returncode, held(running, "old")) == (0, [8])
    said = "0 recorded, 0 known already, 1 wait for a second person, 0 refused"
    assert f"late.csv: {said}; 0 pools and 0 units made" in done.stderr
    assert done.stdout.split() == ["pool", "units", "quantity"]
    again = running.allot(*words)
    assert "0 recorded, 0 known already, 1 proposed before, 0 refused" in again.stderr
    assert again.stdout == done.stdout


def test_operations_that_wait_for_a_second_person_are_not_said_to_be_recorded(
    running: Ledger, steward: str, tmp_path: Path
) -> None:
    before = {"at": OLD, "pool": "older", "account": "xi"}
    capacity: dict[str, Json] = {"op": "capacity", "at": OLD, "pool": "older", "quantity": 64}
    made = operations(tmp_path / "made.jsonl", {**capacity, "ref": "c2"}, granted(8, "1", **before))
    assert running.allot("import", "operations", made).returncode == 0
    file = operations(tmp_path / "late.jsonl", granted(8, "2", **before))
    done = running.allot("import", "operations", file, "--as", steward)
    assert (done.returncode, held(running, "older")) == (0, [8])
    said = "0 recorded, 0 known already, 1 wait for a second person, 0 refused"
    assert done.stderr == f"late.jsonl: {said}.\n"


def test_who_may_make_no_pool_imports_operations_into_those_that_exist(
    running: Ledger, operator: str, tmp_path: Path
) -> None:
    file = operations(tmp_path / "moves.jsonl", granted(8, "by an operator"))
    done = running.allot("import", "operations", file, "--as", operator)
    running.allot("release", "phoenix/h100", "vision", "all")
    assert done.returncode == 0, done.stderr
    assert "1 recorded" in done.stderr


def test_who_may_make_no_pool_imports_balances_into_those_that_exist(
    running: Ledger, operator: str, tmp_path: Path
) -> None:
    file = tmp_path / "moves.csv"
    file.write_text("pool,unit,quantity\nphoenix/h100,vision,8\n")
    done = running.allot("import", "balances", str(file), "--as", operator)
    running.allot("release", "phoenix/h100", "vision", "all")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", [{"pool": "nowhere"}, {"account": "nobody"}])
def test_who_may_make_no_pool_is_refused_where_it_is_missing(
    running: Ledger, operator: str, tmp_path: Path, missing: dict[str, Json]
) -> None:
    file = operations(tmp_path / "moves.jsonl", granted(8, "no", **missing))
    before = running.head()
    done = running.allot("import", "operations", file, "--as", operator)
    assert (done.returncode, running.head()) == (1, before)
    assert "NotYoursToDecide" in done.stderr
