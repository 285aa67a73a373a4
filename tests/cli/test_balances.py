"""A ledger is opened with what a spreadsheet says is held, once however often it is imported."""

import csv
import io
import json
from pathlib import Path

import pytest

from api.cli.balances import read_balances
from api.cli.operations import Unreadable
from tests.cli.running import Ledger

HEAD = "pool,unit,quantity,ends_at,reason\n"


def written(folder: Path, text: str, name: str = "held.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_whatever_spreadsheet_wrote_it_says_the_same(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    rows = [
        ["Unit", "pool ", "QUANTITY", "ends_at", "reason"],
        ["research/vision", "p", "64", "", "A long run; it is,\nas they say, important"],
        [],
        ["research/größe", "p", " 32 ", "2027-03-01", ""],
    ]
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows(rows)
    found = read_balances(written(tmp_path, text.getvalue(), encoding=encoding))
    first, second = found.lines
    assert (first.number, first.unit, first.quantity, first.ends_at) == (
        2, "research/vision", 64, None
    )  # fmt: skip
    assert first.reason == "A long run; it is,\nas they say, important"
    assert (second.number, second.unit, second.quantity) == (5, "research/größe", 32)
    assert second.ends_at == "2027-03-01T00:00:00.000000Z"
    assert second.reason is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("p,vision,many,,", "many"),
        ("p,vision,6.5,,", "6.5"),
        ("p,vision,-8,,", "-8"),
        ('p,vision,"1,024",,', "1,024"),
        ("p,,8,,", "no unit"),
        ("p,vision,,,", "no quantity"),
        ("p,vision,8,soon,", "soon"),
        ("p,vision,8", "3 cells"),
        ('p,"vision,8,,', ""),
    ],
)
def test_a_line_that_is_no_balance_is_named(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(Unreadable, match=r"held\.csv, line 3") as said:
        read_balances(written(tmp_path, f"{HEAD}p,vision,8,,\n{line}\n"))
    assert why in str(said.value)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("pool,unit\n", "quantity"),
        ("pool,unit,quantity,owner\n", "owner"),
        ("pool,unit,quantity,unit\n", "each once"),
        ("", "names the columns"),
    ],
)
def test_a_file_without_its_columns_is_not_guessed_at(tmp_path: Path, head: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_balances(written(tmp_path, head))


def test_what_is_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="UTF-8"):
        read_balances(written(tmp_path, HEAD, encoding="utf-16"))


def test_every_line_of_a_file_has_a_key_of_its_own(tmp_path: Path) -> None:
    lines = "p,a,8,,\np,b,8,,\np,a,16,,\n"
    found = read_balances(written(tmp_path, HEAD + lines))
    assert [one.key for one in found.lines] == ["p:a", "p:b", "p:a:2"]


def held(ledger: Ledger, pool: str) -> dict[str, int]:
    found = ledger.allot("holdings", "--pool", pool, "-o", "jsonl")
    assert found.returncode == 0, found.stderr
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    return {row["unit"]: row["quantity"] for row in rows}


def test_a_ledger_is_opened_once(running: Ledger, tmp_path: Path) -> None:
    lines = "south/a100,east/vision,64,,\nsouth/a100,east/speech,32,2090-01-01,Until then\n"
    file = str(written(tmp_path, HEAD + lines, name="opening.csv"))
    before = running.head()
    bare = running.allot("import", "balances", file)
    assert bare.returncode == 2
    assert "--capacity south/a100=TOTAL" in bare.stderr
    assert running.head() == before
    first = running.allot("import", "balances", file, "--capacity", "south/a100=128")
    assert first.returncode == 0, first.stderr
    assert "2 recorded, 0 known already, 0 refused; 1 pools and 3 units made" in first.stderr
    assert held(running, "south/a100") == {"east/vision": 64, "east/speech": 32}
    after = running.head()
    again = running.allot("import", "balances", file, "--capacity", "south/a100=128")
    assert again.returncode == 0, again.stderr
    assert "0 recorded, 2 known already, 0 refused; 0 pools and 0 units made" in again.stderr
    assert running.head() == after
    events = running.items("/v1/history", pool="south/a100", topic="granted.v1")
    assert [one["reason_code"] for one in events] == ["opening_balance"] * 2
    assert [one["reason"] for one in events] == ["opening balance of opening.csv", "Until then"]


def test_a_line_that_is_refused_is_put_right_and_nothing_is_doubled(
    running: Ledger, tmp_path: Path
) -> None:
    right = "phoenix/h100,west/vision,32,,\n"
    file = written(tmp_path, f"{HEAD}{right}phoenix/h100,west/speech,5000,,\n", name="wrong.csv")
    refused = running.allot("import", "balances", str(file), "-o", "jsonl")
    assert refused.returncode == 1
    assert "wrong.csv, line 3" in refused.stderr
    assert "NotEnoughFree" in refused.stderr
    assert [json.loads(line)["status"] for line in refused.stdout.splitlines()] == [201, 409]
    written(tmp_path, f"{HEAD}{right}phoenix/h100,west/speech,16,,\n", name="wrong.csv")
    mended = running.allot("import", "balances", str(file))
    assert mended.returncode == 0, mended.stderr
    assert "1 recorded, 1 known already, 0 refused" in mended.stderr
    head = running.head()
    written(tmp_path, f"{HEAD}{right}phoenix/h100,west/speech,24,,\n", name="wrong.csv")
    other = running.allot("import", "balances", str(file))
    assert other.returncode == 1
    assert "KeyReused" in other.stderr
    assert running.head() == head
    for unit in ("west/vision", "west/speech"):
        running.allot("release", "phoenix/h100", unit, "all", "--reason", "done")


def test_another_total_of_a_pool_is_counted_and_the_last_one_is_known(
    running: Ledger, tmp_path: Path
) -> None:
    file = str(written(tmp_path, f"{HEAD}south/b100,east/vision,64,,\n", name="counted.csv"))

    def brought(total: int) -> tuple[int, int]:
        """The exit code, and how many events were recorded."""
        before = running.head()
        done = running.allot("import", "balances", file, "--capacity", f"south/b100={total}")
        return done.returncode, running.head() - before

    # The pool, its count, perhaps the unit; then the grant does not fit.
    assert brought(32)[0] == 1
    # The count and the grant; nothing; and each total that differs from the last.
    assert [brought(total) for total in (96, 96, 128, 96, 96)] == [
        (0, 2), (0, 0), (0, 1), (0, 1), (0, 0),
    ]  # fmt: skip
    counts = running.items("/v1/history", pool="south/b100", topic="capacity-changed.v1")
    assert len(counts) == 4
    (now,) = running.items("/v1/capacity", pool="south/b100")
    assert now["installed"] == 96
