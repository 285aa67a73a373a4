"""`allot demo` from nothing to a page, twice, and back to nothing."""

import signal
import socket
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from api.cli.serving import HOST
from api.client import Client
from api.demo.proof import prove
from ledger.store.embedded.server import status, stop
from tests.cli.chaining import statements_chain
from tests.cli.running import PATIENCE_S, Ledger, allot_apart, base_environ, begin_anew, line_of

MARK = "ALLOT_TEST_MARK"


@pytest.fixture
def folder(tmp_path: Path) -> Generator[Path]:
    """Yield where a demo may keep its data; its server is stopped afterwards."""
    yield tmp_path / "my demo"
    stop(tmp_path / "my demo")


def left_behind(mark: str) -> list[str]:
    """The processes that inherited a mark in their environment and still run."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:
            continue
    return found


@contextmanager
def demo(
    folder: Path, *words: str, told: signal.Signals = signal.SIGINT, ends_with: int = 130
) -> Generator[Ledger]:
    """A running demo, ended by Ctrl-C; no process of it may be left."""
    mark = uuid.uuid4().hex
    environ = {**base_environ(), MARK: mark, "ALLOT_DURABILITY": "test"}
    process = begin_anew("demo", "--port", "0", "--data", str(folder), *words, environ=environ)
    try:
        yield Ledger(url=line_of(process), environ=environ, doors=process)
        assert len(left_behind(mark)) >= 2, "the doors and the follower"
    finally:
        process.send_signal(told)
        rest, _ = process.communicate(timeout=PATIENCE_S)
        code = process.returncode
    assert code == ends_with
    assert rest == "", "the address is the last line"
    assert left_behind(mark) == []
    assert not status(folder).running


def test_what_was_interrupted_goes_on_and_what_is_filled_is_used_again(folder: Path) -> None:
    interrupt_the_filling(folder)
    with demo(folder) as first:
        head = first.head()
        assert head > 800
        page = first.get("/").body.decode()
        assert "north/h100" in page
        assert "nvented" in page
        whole = first.items("/v1/capacity")
        assert all(row["overcommitted"] == 0 for row in whole)
        for row in whole:
            assert int(str(row["held"])) >= 0.9 * int(str(row["allocatable"]))
        history = first.items("/v1/history", order="asc")
        assert str(history[0]["recorded_at"]) < str(history[-1]["recorded_at"])
    with demo(folder) as second:
        assert second.head() == head
        assert second.items("/v1/history", order="asc") == history
        proven: list[str] = []
        prove(second.url, proven.append)
        assert any("second person" in words for words in proven), "the story is proven"
        assert statements_chain(second, every=12) > 75


@pytest.mark.slow
def test_the_statements_of_every_unit_and_month_chain_and_reconcile(folder: Path) -> None:
    with demo(folder) as filled:
        assert statements_chain(filled, every=1) > 1000


def interrupt_the_filling(folder: Path) -> None:
    """Press Ctrl-C when the story has begun, long before two years are written."""
    mark = uuid.uuid4().hex
    environ = {**base_environ(), MARK: mark, "ALLOT_DURABILITY": "test"}
    started = begin_anew("demo", "--port", "0", "--data", str(folder), environ=environ)
    while written(folder) < 20:
        assert started.poll() is None
    started.send_signal(signal.SIGINT)
    assert started.wait(PATIENCE_S) == 130
    started.communicate()
    assert left_behind(mark) == []


def written(folder: Path) -> int:
    """How many events there are by now."""
    url = status(folder).url
    if url is None:
        return 0
    try:
        with psycopg.connect(url) as connection:
            found = connection.execute("SELECT count(*) FROM ledger.events").fetchone()
    except (psycopg.OperationalError, psycopg.errors.UndefinedTable):
        return 0
    return 0 if found is None else found[0]


def test_an_empty_demo_is_founded_and_nothing_else(folder: Path) -> None:
    # The terminal is closed at the end.
    with demo(folder, "--empty", told=signal.SIGHUP, ends_with=0) as running:
        assert running.head() == 6
        assert running.items("/v1/capacity") == []
        with Client(running.url) as anybody:
            made = anybody.command("create_unit", {"unit": "vision"})
        assert made.status == 201, made.body
    file = str(_file(folder))
    # Any port: somebody may have a demo open while these tests run.
    other = allot_apart("demo", "--data", str(folder), "--operations", file, "--port", "0",
                  environ=base_environ())  # fmt: skip
    assert other.returncode == 2
    assert "something else" in other.stderr


def _file(folder: Path) -> Path:
    file = folder.parent / "moves.jsonl"
    file.write_text(
        '{"op":"capacity","at":"2026-01-05T00:00:00Z","pool":"p","quantity":16,"ref":"a"}\n'
        '{"op":"grant","at":"2026-01-05T00:00:00Z","pool":"p","account":"x","quantity":16,'
        '"ref":"b"}\n'
    )
    return file


def test_a_file_is_imported_instead(folder: Path) -> None:
    with demo(folder, "--operations", str(_file(folder))) as running:
        held = running.items("/v1/holdings")
        assert [(row["unit"], row["quantity"]) for row in held] == [("x", 16)]
        head = running.head()
        assert "nvented" not in running.get("/").body.decode()
    with demo(folder, "--operations", str(_file(folder))) as again:
        assert again.head() == head


def test_check_proves_the_page_and_the_api_and_leaves_nothing(folder: Path) -> None:
    mark = uuid.uuid4().hex
    words = ("demo", "--check", "--operations", str(_file(folder)))
    # Another database may be named: a demo has its own all the same.
    named = {"ALLOT_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none"}
    checked = allot_apart(*words, environ={**base_environ(), **named, MARK: mark})
    assert checked.returncode == 0, checked.stderr
    assert "/ answers" in checked.stderr
    assert left_behind(mark) == []


def test_a_port_that_is_taken_is_named_before_anything_is_begun(folder: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        done = allot_apart("demo", "--data", str(folder), "--port", port, environ=base_environ())
    assert done.returncode == 2
    assert port in done.stderr
    assert not folder.exists()
