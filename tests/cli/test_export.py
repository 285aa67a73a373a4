"""An export leaves a ledger as two files, and becomes another ledger whole or not at all."""

import json
import os
import threading
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest

from api.cli import exporting
from api.client import Client, Reply
from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER, Ledger, allot, base_environ, serving
from tests.support.postgres import fresh

KEY = "export:1"


@pytest.fixture(scope="module")
def exported(running: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the events of a ledger that has answered a key with yes and another with no."""
    assert asked(running, KEY, "vision").status == 201
    assert asked(running, "export:2", "nobody").status == 404
    file = tmp_path_factory.mktemp("export") / "record.jsonl"
    done = running.allot("export", "events", str(file))
    assert done.returncode == 0, done.stderr
    return file


@pytest.fixture
def empty(postgres_server: Server) -> Generator[dict[str, str]]:
    """Yield the environment of a migrated, unfounded ledger."""
    with fresh(postgres_server) as address:
        environ = {
            **base_environ(), "ALLOT_DATABASE_URL": address, "ALLOT_AUTH": "open",
            "ALLOT_DURABILITY": "test",
        }  # fmt: skip
        assert allot("migrate", environ=environ).returncode == 0
        yield environ


def asked(ledger: Ledger, key: str, unit: str) -> Reply:
    with Client(ledger.url, actor=FOUNDER) as client:
        return client.command("note", {"about": {"unit": unit}, "text": "Exported"}, key=key)


def stored(environ: dict[str, str]) -> tuple[int, int]:
    """How many events and answers are stored."""
    with psycopg.connect(environ["ALLOT_DATABASE_URL"]) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM ledger.events), (SELECT count(*) FROM ledger.receipts)"
        ).fetchone()
    assert found is not None
    return found


def test_the_events_of_an_export_are_those_of_the_feed(running: Ledger, exported: Path) -> None:
    lines = exported.read_bytes().splitlines()
    with Client(running.url, actor=FOUNDER) as client:
        feed = client.get("/v1/events", {"after": 0, "limit": 1000}).read(dict[str, object])
    assert [json.loads(line) for line in lines] == list(feed["events"])[: len(lines)]  # pyright: ignore[reportArgumentType]
    cover = json.loads(exported.with_name("record.receipts.jsonl").read_text().split("\n")[0])
    assert cover["events"] == len(lines)


def test_old_keys_keep_their_answers(
    running: Ledger, exported: Path, empty: dict[str, str]
) -> None:
    restored = allot("import", "events", str(exported), environ=empty)
    assert restored.returncode == 0, restored.stderr
    with serving(empty) as second:
        for key, unit in ((KEY, "vision"), ("export:2", "nobody")):
            before, after = asked(running, key, unit), asked(second, key, unit)
            assert after.replayed
            assert (after.status, after.body) == (before.status, before.body)


def test_without_their_answers_old_keys_are_refused(exported: Path, empty: dict[str, str]) -> None:
    words = ("import", "events", str(exported), "--without-receipts")
    restored = allot(*words, environ=empty)
    assert restored.returncode == 0, restored.stderr
    with serving(empty) as second:
        head = second.head()
        again = asked(second, KEY, "vision")
        assert (again.status, again.problem.code) == (422, "KeyReused")
        assert second.head() == head


def test_a_restored_ledger_is_not_restored_again(exported: Path, empty: dict[str, str]) -> None:
    words = ("import", "events", str(exported))
    assert allot(*words, environ=empty).returncode == 0
    before = stored(empty)
    again = allot(*words, environ=empty)
    assert again.returncode == 1
    assert "founded already" in again.stderr
    assert stored(empty) == before


def test_a_damaged_export_stores_nothing(
    exported: Path, empty: dict[str, str], tmp_path: Path
) -> None:
    damaged = tmp_path / "record.jsonl"
    damaged.write_bytes(exported.read_bytes().replace(b'"Exported"', b'"Imported"'))
    damaged.with_name("record.receipts.jsonl").write_bytes(
        exported.with_name("record.receipts.jsonl").read_bytes()
    )
    refused = allot("import", "events", str(damaged), environ=empty)
    assert refused.returncode == 4
    assert "SHA-256" in refused.stderr
    assert stored(empty) == (0, 0)


def test_an_export_without_its_answers_is_not_taken_by_mistake(
    exported: Path, empty: dict[str, str], tmp_path: Path
) -> None:
    alone = tmp_path / "record.jsonl"
    alone.write_bytes(exported.read_bytes())
    refused = allot("import", "events", str(alone), environ=empty)
    assert refused.returncode == 2
    assert "record.receipts.jsonl" in refused.stderr
    assert stored(empty) == (0, 0)


def test_an_export_overwrites_nothing(running: Ledger, exported: Path) -> None:
    before = exported.read_bytes()
    again = running.allot("export", "events", str(exported))
    assert again.returncode == 2
    assert exported.read_bytes() == before


@pytest.mark.parametrize("which", ["record.jsonl", "record.receipts.jsonl"])
def test_an_export_onto_a_full_disk_leaves_nothing(
    running: Ledger, tmp_path: Path, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Path.open

    def onto_full(path: Path, mode: str = "r", **more: Any) -> IO[Any]:
        # What is made is written beside it first, and this device is always full.
        if path.name.startswith(f"{which}."):
            return opened(Path("/dev/full"), "wb")
        return opened(path, mode, **more)

    monkeypatch.setattr(Path, "open", onto_full)
    done = running.allot("export", "events", str(tmp_path / "record.jsonl"))
    assert done.returncode == 3
    assert done.stderr == (
        f"{tmp_path}/record.jsonl cannot be written: No space left on device."
        " Nothing was exported.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_export_into_a_folder_that_is_not_there_is_refused(
    running: Ledger, tmp_path: Path
) -> None:
    done = running.allot("export", "events", str(tmp_path / "nowhere" / "record.jsonl"))
    assert done.returncode == 2
    assert "record.jsonl cannot be written: No such file" in done.stderr


def test_a_ledger_without_a_founder_has_nothing_to_export(
    empty: dict[str, str], tmp_path: Path
) -> None:
    done = allot("export", "events", str(tmp_path / "a.jsonl"), environ=empty)
    assert done.returncode == 3
    assert list(tmp_path.iterdir()) == []


def test_the_later_of_two_exports_to_one_name_overwrites_nothing(
    running: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, counted = tmp_path / "record.jsonl", exporting.head
    done: list[int] = []

    def another_first(connection: psycopg.Connection[Any]) -> int:
        monkeypatch.setattr(exporting, "head", counted)
        done.append(running.allot("export", "events", str(file)).returncode)
        return counted(connection)

    monkeypatch.setattr(exporting, "head", another_first)
    later = running.allot("export", "events", str(file))
    assert (done, later.returncode) == ([0], 2)
    assert later.stderr.endswith("exists already: name a new file. Nothing was exported.\n")
    names = {one.name for one in tmp_path.iterdir()}
    assert names == {"record.jsonl", "record.receipts.jsonl"}


def test_exports_to_one_name_at_once_write_into_files_of_their_own(
    running: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    write = exporting.read_after

    def while_another_writes(*asked: Any) -> Any:
        monkeypatch.setattr(exporting, "read_after", write)
        first = {one.name for one in tmp_path.iterdir()}
        done = running.allot("export", "events", str(tmp_path / "record.jsonl"))
        assert done.returncode == 0, done.stderr
        assert first <= {one.name for one in tmp_path.iterdir()}
        seen.append(first)
        return write(*asked)

    monkeypatch.setattr(exporting, "read_after", while_another_writes)
    later = running.allot("export", "events", str(tmp_path / "record.jsonl"))
    assert (later.returncode, len(seen[0])) == (2, 2)
    cover = json.loads((tmp_path / "record.receipts.jsonl").read_bytes().splitlines()[0])
    assert cover["events"] == len((tmp_path / "record.jsonl").read_bytes().splitlines())
    assert {one.name for one in tmp_path.iterdir()} == {"record.jsonl", "record.receipts.jsonl"}


@pytest.mark.parametrize("length", [250, 300])
def test_a_name_that_no_disk_takes_is_refused_in_words(
    running: Ledger, tmp_path: Path, length: int
) -> None:
    done = running.allot("export", "events", str(tmp_path / ("n" * length)))
    assert (done.returncode, list(tmp_path.iterdir())) == (2, [])
    assert done.stderr.endswith("cannot be written: File name too long\n")


def test_a_restore_from_a_pipe_is_refused_in_words(
    exported: Path, empty: dict[str, str], tmp_path: Path
) -> None:
    pipe = tmp_path / "record.jsonl"
    os.mkfifo(pipe)
    writing = threading.Thread(target=lambda: pipe.open("wb").close())
    writing.start()
    words = ("import", "events", str(pipe), "--without-receipts")
    done = allot(*words, environ=empty)
    writing.join()
    assert done.returncode == 2
    assert done.stderr == f"{pipe} cannot be read: a restore needs files, and this is a pipe.\n"
    assert stored(empty) == (0, 0)
