"""However a process is begun, it ends in words and with the exit code that stands for them."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import Ledger, allot, base_environ
from tests.house.tree import TOP

NOTE = """do note '{"about":{"unit":"vision"},"text":"clé"}' --yes"""


def in_shell(ledger: Ledger, command: str, **more: str) -> subprocess.CompletedProcess[str]:
    environ = {**ledger.environ, "ALLOT_URL": ledger.url, **more}
    program = f"{sys.executable} -m api.cli {command}"
    return subprocess.run(
        ["bash", "-c", program], cwd=TOP, env=environ, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_stops_nothing(running: Ledger, closed: str) -> None:
    before = running.head()
    done = in_shell(running, f"{NOTE} {closed}")
    assert (done.returncode, running.head()) == (0, before + 1)
    assert done.stderr in ("", f"Recorded up to position {before + 1}.\n")


@pytest.mark.parametrize("command", ["--help >&-", "capacity >&-", "capacity 2>&-"])
def test_a_read_into_a_stream_that_is_closed_ends_well(running: Ledger, command: str) -> None:
    done = in_shell(running, command)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_character_that_the_output_cannot_carry_is_escaped(running: Ledger, form: str) -> None:
    done = in_shell(running, f"{NOTE} -o {form}", PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert r"cl\xe9" in done.stdout
    assert "Recorded up to position" in done.stderr


@pytest.mark.parametrize("command", [r"holdings --pool $'\xff'", r"note $'\xff' --unit vision"])
def test_an_argument_that_is_no_text_ends_with_2(running: Ledger, command: str) -> None:
    done = in_shell(running, command)
    assert (done.returncode, done.stderr) == (2, "'\\udcff' is no UTF-8 text.\n")


def test_a_setting_that_is_no_text_ends_with_2() -> None:
    done = allot("capacity", environ={**base_environ(), "ALLOT_AS": "\udcff"})
    assert (done.returncode, done.stderr) == (2, "'\\udcff' is no UTF-8 text.\n")


def test_a_limit_of_any_size_is_a_limit(running: Ledger) -> None:
    done = running.allot("history", "--limit", "9" * 21, "-o", "jsonl")
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == running.head()


@pytest.mark.parametrize("url", ["http://[::1", "http://kim:hun/ter2@host", "http://host:port"])
def test_an_address_that_is_none_ends_with_2_and_is_not_quoted(url: str) -> None:
    done = allot("capacity", "--url", url, environ=base_environ())
    assert done.returncode == 2
    assert done.stderr.endswith("that is no address\n")
    assert "hun" not in done.stderr
    assert "ter2" not in done.stderr


@pytest.mark.parametrize("variable", ["ALLOT_URL", "--url"])
def test_the_password_in_an_address_is_not_shown(variable: str) -> None:
    url = "http://kim:hunter2@127.0.0.1:9"
    words = ("capacity", "--url", url) if variable == "--url" else ("capacity",)
    done = allot(*words, environ={**base_environ(), "ALLOT_URL": url})
    assert done.returncode == 3
    assert done.stderr.startswith("http://127.0.0.1:9 cannot be reached: ")


def test_what_no_header_can_carry_is_tried_once_and_ends_with_2(running: Ledger) -> None:
    before = running.head()
    words = ("note", "Of nobody", "--unit", "vision", "--as", "a\nb")
    done = running.allot(*words, stdin=io.StringIO())
    assert (done.returncode, running.head()) == (2, before)
    assert "cannot be sent" in done.stderr
    assert "unknown" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [("db", "status"), ("db", "reset", "--yes"), ("demo", "--port", "0"), ("doctor",)],
    ids=" ".join,
)
def test_a_file_where_a_directory_belongs_ends_with_2(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.touch()
    done = allot(*words, "--data", str(file), environ=base_environ())
    assert done.returncode == 2, done
    assert f"{file}" in done.stderr
    assert "Not a directory. --data has to name a directory." in done.stderr
