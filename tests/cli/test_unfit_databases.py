"""What operators' verbs say of a database that is read only, not migrated, or another release's."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from tests.cli.running import allot, allot_apart, base_environ
from tests.support.postgres import only_reads

FOUND = ("init", "--founder", "kim@lab", "--root", "lab")
RECORDING = [
    FOUND, ("migrate",), ("rebuild",), ("rebuild", "capacity"),
    ("tokens", "create", "laptop", "kim@lab"), ("tokens", "revoke", "laptop"),
]  # fmt: skip
READING = [("tokens", "list"), ("export", "events", "record.jsonl"), ("replay",)]
OLDER: LiteralString = "DELETE FROM ledger.migrations WHERE name = '0004_token_scopes'"
NEWER: LiteralString = (
    "INSERT INTO ledger.migrations (name, sha256) VALUES ('9999_later', sha256(''))"
)


@pytest.fixture
def environ(alone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the environment of an operator beside a founded ledger, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return environ_at(alone)


def environ_at(address: str) -> dict[str, str]:
    return {**base_environ(), "ALLOT_DATABASE_URL": address, "ALLOT_DURABILITY": "test"}


def change(environ: dict[str, str], statement: LiteralString) -> None:
    with psycopg.connect(environ["ALLOT_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)


def test_what_takes_only_reads_is_read_and_nothing_else(environ: dict[str, str]) -> None:
    with (
        psycopg.connect(environ["ALLOT_DATABASE_URL"], autocommit=True) as owner,
        only_reads(owner),
    ):
        for words in RECORDING:
            done = allot(*words, environ=environ)
            assert (done.returncode, done.stdout) == (3, ""), (words, done.stderr)
            assert "takes only reads" in done.stderr
            assert "ALLOT_DATABASE_URL" in done.stderr
        for words in READING:
            done = allot(*words, environ=environ)
            assert done.returncode == 0, (words, done.stderr)


def test_what_takes_only_reads_is_not_followed(environ: dict[str, str]) -> None:
    with (
        psycopg.connect(environ["ALLOT_DATABASE_URL"], autocommit=True) as owner,
        only_reads(owner),
    ):
        done = allot_apart("follow", environ=environ)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("It cannot be followed: the database takes only reads.")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("statement", "words"),
    [(OLDER, "lacks 0004_token_scopes: run `allot migrate`"), (NEWER, "has 9999_later")],
    ids=["older", "newer"],
)
def test_tables_of_another_release_are_left_alone(
    environ: dict[str, str], statement: LiteralString, words: str
) -> None:
    change(environ, statement)
    unchanged(environ, words)
    assert list(Path.cwd().iterdir()) == []


def test_a_database_without_tables_is_to_be_migrated(
    fresh_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    unchanged(environ_at(fresh_database), "lacks 0001_log, ")


def unchanged(environ: dict[str, str], words: str) -> None:
    """Every verb that needs the tables says why it does nothing."""
    with psycopg.connect(environ["ALLOT_DATABASE_URL"]) as connection:
        before = schemas(connection)
        for verb in RECORDING[2:] + READING:
            done = allot(*verb, environ=environ)
            assert (done.returncode, done.stdout) == (3, ""), (verb, done.stderr)
            assert done.stderr.startswith("Nothing was done: the database ")
            assert words in done.stderr
        assert schemas(connection) == before


def schemas(connection: psycopg.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace")}


@pytest.mark.parametrize(
    "words",
    [("tokens", "list"), ("export", "events", "record.jsonl"), ("replay",), ("rebuild",)],
    ids=" ".join,
)
def test_what_needs_a_ledger_makes_no_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = allot(*words, "--data", str(tmp_path / "here"), environ=base_environ())
    assert (done.returncode, done.stdout) == (3, "")
    assert f"no database was made in {tmp_path}/here yet" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_of_a_newer_releases_database_advises_that_release(
    environ: dict[str, str],
) -> None:
    change(environ, NEWER)
    done = allot("doctor", "-o", "csv", environ=environ)
    assert done.returncode == 3
    assert "Install the release that migrated it." in done.stdout
    assert "allot migrate" not in done.stdout


@pytest.mark.parametrize(
    "wish", [{"PGDATESTYLE": "German"}, {"PGCLIENTENCODING": "SQL_ASCII"}], ids=["dates", "texts"]
)
def test_how_others_like_their_dates_and_texts_changes_nothing(
    environ: dict[str, str], wish: dict[str, str]
) -> None:
    assert allot("tokens", "create", "laptop", "kim@lab", environ=environ).returncode == 0
    usual = allot("tokens", "list", "-o", "csv", environ=environ)
    assert usual.returncode == 0, usual.stderr
    assert allot("tokens", "list", "-o", "csv", environ=environ | wish).stdout == usual.stdout


@pytest.mark.parametrize("words", [("migrate",), ("doctor",), *READING])
def test_a_password_with_an_at_sign_is_not_told_as_a_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = allot(*words, environ=environ_at("postgresql://kim:se@cret@localhost/lab"))
    assert done.returncode in {2, 3}
    assert "write it as %40" in done.stdout + done.stderr
    assert "cret" not in done.stdout + done.stderr
