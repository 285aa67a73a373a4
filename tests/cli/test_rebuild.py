"""Read models are made anew from the log, and what was untrue in the old ones is shown."""

import json

import psycopg
import pytest

from api.cli.founding import begin, prepare
from tests.cli.running import allot, base_environ


@pytest.fixture
def environ(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of a founded ledger whose read models show all of it."""
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    prepare(fresh_database)
    begin(fresh_database, founder="kim@lab", root="lab")
    environ = {**base_environ(), "ALLOT_DATABASE_URL": fresh_database, "ALLOT_DURABILITY": "test"}
    made = allot("rebuild", "organisation", "capacity", environ=environ)
    assert made.returncode == 0, made.stderr
    return environ


def name_of_the_root(environ: dict[str, str], new: str | None = None) -> str:
    with psycopg.connect(environ["ALLOT_DATABASE_URL"]) as connection:
        if new is not None:
            connection.execute("UPDATE proj_organisation.units SET name = %s", [new])
        found = connection.execute("SELECT name FROM proj_organisation.units").fetchone()
    assert found is not None
    return found[0]


def test_what_was_untrue_is_shown_and_replaced(environ: dict[str, str]) -> None:
    name_of_the_root(environ, "forged")
    shown = allot("rebuild", "organisation", "--dry-run", environ=environ)
    assert shown.returncode == 1
    assert "forged" in shown.stderr
    assert name_of_the_root(environ) == "forged"
    replaced = allot("rebuild", "organisation", "-o", "jsonl", environ=environ)
    assert replaced.returncode == 1
    assert json.loads(replaced.stdout)["differing_tables"] == 1
    assert name_of_the_root(environ) == "lab"
    again = allot("rebuild", "organisation", environ=environ)
    assert again.returncode == 0, again.stderr


def test_only_what_is_named_is_made_anew(environ: dict[str, str]) -> None:
    done = allot("rebuild", "capacity", "-o", "jsonl", environ=environ)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["model"], row["position"], row["compared_at"]) for row in rows] == [
        ("capacity", 6, 6)
    ]  # fmt: skip


def test_a_read_model_that_there_is_not_is_named(environ: dict[str, str]) -> None:
    done = allot("rebuild", "weather", environ=environ)
    assert done.returncode == 2
    assert "organisation" in done.stderr
