"""A ledger is migrated any number of times and founded once."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.cli.running import allot, allot_apart, base_environ

FOUNDING = {"ALLOT_FOUNDER": "kim@lab", "ALLOT_ROOT": "lab"}


@pytest.fixture
def environ(fresh_database: str) -> dict[str, str]:
    """Return the environment of an operator beside an empty database."""
    return {
        **base_environ(), "ALLOT_DATABASE_URL": fresh_database, "ALLOT_DURABILITY": "test"
    }  # fmt: skip


def recorded(environ: dict[str, str]) -> list[dict[str, Any]]:
    with psycopg.connect(environ["ALLOT_DATABASE_URL"]) as connection:
        rows = connection.execute("SELECT state FROM ledger.events ORDER BY notification_id")
        return [json.loads(stored) for (stored,) in rows]


def test_a_ledger_is_founded_once(environ: dict[str, str]) -> None:
    words = ("init", "--founder", "kim@lab", "--root", "lab", "--backdate-days", "14")
    first = allot(*words, environ=environ)
    assert first.returncode == 0, first.stderr
    events = recorded(environ)
    assert [event["topic"] for event in events] == [
        "unit-created.v1", *["authority-delegated.v1"] * 4, "rules-set.v1"
    ]  # fmt: skip
    assert events[0]["data"]["unit"] == "lab"
    assert {event["by"] for event in events} == {"kim@lab"}
    assert events[5]["data"]["backdate_days"] == 14
    again = allot("init", "--founder", "eve@lab", "--root", "mine", environ=environ)
    assert again.returncode == 1
    assert "founded already" in again.stderr
    assert recorded(environ) == events


def test_the_founder_is_kept_in_the_form_in_which_a_sign_in_gives_them(
    environ: dict[str, str],
) -> None:
    done = allot("init", "--founder", "Zoe\u0308@lab", "--root", "lab", environ=environ)
    assert done.returncode == 0, done.stderr
    assert {event["by"] for event in recorded(environ)} == {"Zo\u00eb@lab"}


@pytest.mark.parametrize(
    ("founder", "root", "words"),
    [
        ("kim@lab", "Acme Corp", "root 'Acme Corp': Expected letters, digits"),
        ("", "lab", "founder ''"),
        (" ", "lab", "founder names a person"),
    ],
)
def test_a_name_that_cannot_stand_in_the_record_is_told_with_what_it_names(
    environ: dict[str, str], founder: str, root: str, words: str
) -> None:
    done = allot("init", "--founder", founder, "--root", root, environ=environ)
    assert done.returncode == 2
    assert words in done.stderr
    assert "regex" not in done.stderr


def test_migrating_founds_an_empty_ledger_when_it_is_told_by_whom(environ: dict[str, str]) -> None:
    bare = allot("migrate", environ=environ)
    assert bare.returncode == 0
    assert recorded(environ) == []
    assert "Founded" in allot("migrate", environ={**environ, **FOUNDING}).stderr
    events = recorded(environ)
    assert len(events) == 6
    again = allot("migrate", environ={**environ, **FOUNDING, "ALLOT_ROOT": "other"})
    assert again.returncode == 0
    assert again.stderr == "Up to date.\n"
    assert recorded(environ) == events


def test_half_a_founding_is_no_founding(environ: dict[str, str]) -> None:
    done = allot("migrate", environ={**environ, "ALLOT_FOUNDER": "kim@lab"})
    assert done.returncode == 2
    assert "ALLOT_ROOT" in done.stderr


@pytest.mark.parametrize(
    ("founder", "root"), [("kim@lab", "my lab"), ("kim@lab", "/"), ("", "lab"), ("a\nb", "lab")]
)
def test_names_that_cannot_stand_in_the_record_found_nothing(
    environ: dict[str, str], founder: str, root: str
) -> None:
    done = allot("init", "--founder", founder, "--root", root, environ=environ)
    assert done.returncode == 2, done.stderr
    assert recorded(environ) == []


def test_migrating_makes_read_models_of_another_release_anew(environ: dict[str, str]) -> None:
    assert allot("migrate", environ={**environ, **FOUNDING}).returncode == 0
    address = environ["ALLOT_DATABASE_URL"]
    with psycopg.connect(address) as connection:
        before = read_models(connection)
        connection.execute("DROP TABLE proj_capacity.levels CASCADE")
        connection.execute("UPDATE projections.state SET version = 0 WHERE model = 'capacity'")
    done = allot("migrate", environ=environ)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "Applied capacity anew."
    with psycopg.connect(address) as connection:
        assert read_models(connection) == {**before, "capacity": (before["capacity"][0], 6)}
        connection.execute("SELECT count(*) FROM proj_capacity.levels")


def read_models(connection: psycopg.Connection) -> dict[str, tuple[int, int]]:
    """Version and position of each."""
    rows = connection.execute("SELECT model, version, position FROM projections.state")
    return {model: (version, position) for model, version, position in rows}


def test_a_database_of_a_newer_release_is_left_alone(environ: dict[str, str]) -> None:
    assert allot("migrate", environ=environ).returncode == 0
    with psycopg.connect(environ["ALLOT_DATABASE_URL"]) as connection:
        connection.execute(
            "INSERT INTO ledger.migrations (name, sha256) VALUES ('9999_later', %s)", [bytes(32)]
        )
    done = allot("migrate", environ=environ)
    assert done.returncode == 1
    assert "9999_later" in done.stderr


def test_an_operator_s_verb_without_a_database_ends_with_3(tmp_path: Path) -> None:
    away = {**base_environ(), "ALLOT_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    for words in (("migrate",), ("rebuild",), ("tokens", "list"),
                  ("export", "events", str(tmp_path / "a.jsonl"))):  # fmt: skip
        done = allot(*words, environ=away)
        assert done.returncode == 3, (words, done.stderr)
        assert "cannot be reached" in done.stderr


@pytest.mark.parametrize("verb", [("serve", "--port", "0"), ("follow",)], ids=" ".join)
def test_a_database_without_tables_is_not_served(
    environ: dict[str, str], verb: tuple[str, ...]
) -> None:
    done = allot_apart(*verb, environ=environ)
    assert (done.returncode, done.stdout) == (3, "")
    assert "allot migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_whose_commits_may_be_lost_is_not_served(environ: dict[str, str]) -> None:
    assert allot("migrate", environ={**environ, **FOUNDING}).returncode == 0
    done = allot_apart("serve", "--port", "0", environ={**environ, "ALLOT_DURABILITY": "full"})
    assert (done.returncode, done.stdout) == (1, "")
    assert "fsync" in done.stderr
