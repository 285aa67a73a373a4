"""The verbs as an operator types them: what they print, where, and how they end."""

import csv
import io
import json
import subprocess
from typing import Any

import pytest

from tests.cli.running import FOUNDER, Ledger, allot, base_environ

POOL = "phoenix/h100"


def granted(running: Ledger, unit: str, quantity: int, *more: str) -> dict[str, Any]:
    done = running.allot(
        "grant", POOL, unit, str(quantity), "--reason", "a test", *more, "-o", "json"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def held(running: Ledger, unit: str, *more: str) -> int:
    # No wait: the command line shows what it recorded a moment ago.
    found = running.allot("holdings", "--unit", unit, *more, "-o", "jsonl")
    assert found.returncode == 0, found.stderr
    return sum(json.loads(line)["quantity"] for line in found.stdout.splitlines())


def refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, (done.stdout, done.stderr)
    for word in words:
        assert word in done.stderr


def test_a_grant_is_held_moved_and_given_back(running: Ledger) -> None:
    before = held(running, "vision")
    assert granted(running, "vision", 32)["events"][0]["data"]["unit"] == "vision"
    assert held(running, "vision") == before + 32
    words = ("--reason", "needed there")
    moved = running.allot("reallocate", POOL, "speech", "--from", "vision=16", *words)
    assert moved.returncode == 0, moved.stderr
    assert "reallocated.v1" in moved.stdout
    assert "Recorded up to position" in moved.stderr
    assert held(running, "vision") == before + 16
    for unit in ("vision", "speech"):
        back = running.allot("release", POOL, unit, "all", "--reason", "done")
        assert back.returncode == 0, back.stderr
    assert held(running, "vision") == held(running, "speech") == 0


def test_a_refusal_says_its_arithmetic_and_ends_with_1(running: Ledger) -> None:
    done = running.allot("grant", POOL, "vision", "1024")
    refused(done, 1, "NotEnoughFree", "asked 1024")
    assert done.stdout == ""
    machine = running.allot("grant", POOL, "vision", "1024", "-o", "json")
    refused(machine, 1, "NotEnoughFree")
    assert json.loads(machine.stdout)["arithmetic"]["asked"] == 1024


def test_a_refused_grant_names_who_holds_it_and_when_more_comes_free(running: Ledger) -> None:
    words = ("--until", "2150-01-01", "--reason", "a long run")
    taken = running.allot("grant", POOL, "speech", "120", *words)
    assert taken.returncode == 0, taken.stderr
    done = running.allot("grant", POOL, "vision", "16")
    refused(done, 1, "NotEnoughFree", "held most by speech 120")
    assert "from 2150-01-01T00:00:00.000000Z: 128 (grant" in done.stderr
    back = running.allot("release", POOL, "speech", "all", "--reason", "done")
    assert back.returncode == 0, back.stderr


def test_a_dry_run_records_nothing_and_needs_no_answer(running: Ledger) -> None:
    before = running.head()
    done = running.allot("grant", POOL, "vision", "8", "--dry-run")
    assert done.returncode == 0
    assert "nothing is recorded" in done.stderr
    refused(running.allot("grant", POOL, "vision", "1024", "--dry-run"), 1, "NotEnoughFree")
    assert running.head() == before


class Terminal(io.StringIO):
    """Somebody who types an answer."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_it_is_shown_and_asked_first(running: Ledger) -> None:
    before = running.head()
    words = ("note", "Asked first", "--unit", "vision")
    for answer in ("n\n", "\n", ""):
        no = running.allot(*words, stdin=Terminal(answer))
        refused(no, 1, "Record this?", "Nothing was done")
        assert "Asked first" in no.stdout
    assert running.head() == before
    yes = running.allot(*words, stdin=Terminal("y\n"))
    assert yes.returncode == 0, yes.stderr
    assert running.head() == before + 1
    unasked = running.allot(*words, "--yes", stdin=Terminal(""))
    assert (unasked.returncode, "Record this?" in unasked.stderr) == (0, False)


def test_any_command_is_given_by_its_name(running: Ledger) -> None:
    done = running.allot(
        "do", "rename_unit", stdin=io.StringIO('{"unit": "speech", "name": "Speech and sound"}')
    )
    assert done.returncode == 0, done.stderr
    assert "name Speech and sound" in done.stdout
    refused(running.allot("do", "rename_unit", '{"unit": "speech"}'), 2, "name")
    refused(running.allot("do", "rename_unit", "[]"), 2, "JSON object")
    refused(running.allot("do", "seize", "{}"), 2, "rename_unit")


def test_the_same_key_gives_the_first_answer_again(running: Ledger) -> None:
    words = ("note", "Said once", "--unit", "vision", "--key", "cli:1", "-o", "json")
    first, again = running.allot(*words), running.allot(*words)
    assert first.returncode == again.returncode == 0
    assert first.stdout == again.stdout
    assert "Already recorded" in again.stderr
    other = running.allot("note", "Said otherwise", "--unit", "vision", "--key", "cli:1")
    refused(other, 1, "KeyReused")


def test_an_end_is_moved(running: Ledger) -> None:
    event = granted(running, "speech", 8, "--until", "2090-01-01")["events"][0]
    grant = event["data"]["grant"]
    assert event["data"]["ends_at"] == "2090-01-01T00:00:00.000000Z"
    longer = running.allot("extend", grant, "2091-01-01", "--reason", "more time", "-o", "json")
    assert longer.returncode == 0, longer.stderr
    opened = running.allot("extend", grant, "open", "--reason", "for good", "-o", "json")
    assert json.loads(opened.stdout)["events"][0]["data"]["ends_at"] is None
    back = running.allot("release", "--grant", f"{grant}=8", "--reason", "done")
    assert back.returncode == 0, back.stderr


def test_what_changed_since_it_was_looked_at_ends_with_5(running: Ledger) -> None:
    seen = running.head()
    grant = granted(running, "vision", 8)["events"][0]["data"]["grant"]
    words = ("--if-unchanged-since", str(seen), "--dry-run")
    refused(running.allot("grant", POOL, "vision", "8", *words), 5, "Stale")
    running.allot("release", "--grant", f"{grant}=8", "--reason", "done")


def test_books_are_read_as_they_stood(running: Ledger) -> None:
    position = running.head()
    before = held(running, "speech")
    grant = granted(running, "speech", 8)["events"][0]["data"]["grant"]
    assert held(running, "speech") == before + 8
    assert held(running, "speech", "--known-at", str(position)) == before
    assert held(running, "speech", "--as-of", "2020-01-01") == 0
    running.allot("release", "--grant", f"{grant}=8", "--reason", "done")


def test_every_form_carries_the_same_rows(running: Ledger) -> None:
    forms = {form: running.allot("capacity", "-o", form) for form in ("json", "jsonl", "csv")}
    assert {done.returncode for done in forms.values()} == {0}
    from_json = json.loads(forms["json"].stdout)["items"]
    from_lines = [json.loads(line) for line in forms["jsonl"].stdout.splitlines()]
    from_csv = list(csv.DictReader(io.StringIO(forms["csv"].stdout)))
    assert from_json == from_lines
    assert [row["pool"] for row in from_csv] == [row["pool"] for row in from_json]
    assert POOL in [row["pool"] for row in from_csv]
    table = running.allot("capacity").stdout
    assert POOL in table
    assert "\x1b" not in table


def test_history_is_searched_and_cut(running: Ledger) -> None:
    running.allot("note", "A needle in the record", "--unit", "speech")
    found = running.allot("history", "needle", "-o", "jsonl")
    rows = [json.loads(line) for line in found.stdout.splitlines()]
    assert [row["data"]["text"] for row in rows] == ["A needle in the record"]
    number = rows[0]["position"]
    alone = running.allot("history", f"#{number}", "-o", "jsonl")
    assert [json.loads(line) for line in alone.stdout.splitlines()] == rows
    few = running.allot("history", "--limit", "3", "--order", "desc", "-o", "jsonl")
    positions = [json.loads(line)["position"] for line in few.stdout.splitlines()]
    assert positions == sorted(positions, reverse=True)
    assert len(positions) == 3
    assert "There are more than these 3" in few.stderr
    cut = running.allot("history", "--limit", "3", "-o", "json")
    whole = running.allot("history", "needle", "-o", "json")
    assert json.loads(cut.stdout)["next"]
    assert (json.loads(whole.stdout)["next"], "more than" in whole.stderr) == (None, False)
    last = running.allot("history", "--after", str(positions[1]), "-o", "jsonl")
    assert [json.loads(line)["position"] for line in last.stdout.splitlines()] == [positions[0]]


def test_the_read_models_say_how_far_they_are(running: Ledger) -> None:
    rows = json.loads(running.allot("projections", "-o", "json").stdout)["projections"]
    assert {"holdings", "capacity", "history", "organisation"} <= {row["name"] for row in rows}


USAGE = [
    ("grant", POOL, "vision"),
    ("grant", POOL, "vision", "many"),
    ("grant", POOL, "vision", "0"),
    ("grant", POOL, "vision", "8", "--at", "yesterday"),
    ("release", POOL, "vision", "some"),
    ("reallocate", POOL, "speech", "--from", "vision"),
    ("note", "about nothing"),
    ("note", "about two", "--unit", "vision", "--position", "1"),
    ("holdings", "--as-of", "2020-13-01T00:00:00Z"),
    ("import", "operations", "no-such-file.jsonl"),
    ("seize",),
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_ends_with_2_and_changes_nothing(
    running: Ledger, words: tuple[str, ...]
) -> None:
    before = running.head()
    done = running.allot(*words)
    refused(done, 2)
    assert "Traceback" not in done.stderr
    assert running.head() == before


def test_unknown_names_end_with_1(running: Ledger) -> None:
    refused(running.allot("holdings", "--pool", "nowhere"), 1, "UnknownPool")
    refused(running.allot("grant", POOL, "nobody", "8"), 1, "UnknownUnit")


def test_somebody_without_authority_is_refused(running: Ledger) -> None:
    done = running.allot("grant", POOL, "vision", "8", "--as", "stranger@lab")
    refused(done, 1, "NotYoursToDecide")
    known = running.allot("grant", POOL, "vision", "8", "--as", FOUNDER, "--dry-run")
    assert known.returncode == 0, known.stderr


def test_a_ledger_that_is_not_there_ends_with_3() -> None:
    environ = {**base_environ(), "ALLOT_URL": "http://127.0.0.1:9"}
    done = allot("holdings", environ=environ)
    refused(done, 3, "cannot be reached")
    assert "Traceback" not in done.stderr


def test_an_import_stops_where_the_ledger_says_no(
    running: Ledger, tmp_path_factory: pytest.TempPathFactory
) -> None:
    common = '"at":"2026-01-05T00:00:00Z","pool":"imported","unit":"gpu"'
    file = tmp_path_factory.mktemp("import") / "moves.jsonl"
    file.write_text(
        f'{{"op":"capacity",{common},"quantity":16,"ref":"a"}}\n'
        f'{{"op":"grant",{common},"account":"x/y","quantity":32,"ref":"b"}}\n'
        f'{{"op":"grant",{common},"account":"x/y","quantity":16,"ref":"c","by":"kim"}}\n'
    )
    words = ("import", "operations", str(file))
    stopped = running.allot(*words)
    refused(stopped, 1, "line 2 (moves.jsonl:b): NotEnoughFree", "asked 32", "1 not tried")
    went_on = running.allot(*words, "--keep-going", "-o", "jsonl")
    assert went_on.returncode == 1
    rows = [json.loads(line) for line in went_on.stdout.splitlines()]
    assert [(row["key"], row["status"]) for row in rows] == [
        ("moves.jsonl:a", 201), ("moves.jsonl:b#2", 409), ("moves.jsonl:c", 201)
    ]  # fmt: skip
    assert "1 recorded, 1 known already, 1 refused" in went_on.stderr
    event = running.items("/v1/history", unit="x/y", topic="granted.v1")[0]
    assert (event["by"], event["on_behalf_of"]) == (FOUNDER, "kim")
    assert event["reason_code"] == "import"
    assert event["reason"] == "import of moves.jsonl line 3"
