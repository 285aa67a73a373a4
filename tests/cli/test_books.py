"""What a lender lent, what lies ahead, and what is believed otherwise, read in a terminal."""

import csv
import io
import json
from collections.abc import Generator
from typing import Any

import pytest

from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, granted, refused

AT = "2090-06-20"


def rows(running: Ledger, *words: str) -> list[dict[str, Any]]:
    done = running.allot(*words, "-o", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def lent(running: Ledger) -> Generator[dict[str, int]]:
    """Vision holds 96 until 2091, lends 64 in June 2090, and expects to give back 16 in May."""
    before = running.head()
    grant = granted(running, "vision", 96, "--until", "2091-01-01")["events"][0]
    words = ("--at", "2090-06-16", "--returns-at", "2090-07-02", "-o", "json")
    loan = running.allot("lend", POOL, "vision", "64", "speech", *words)
    assert loan.returncode == 0, loan.stderr
    expected = running.allot("forecast", "16@2090-05-01", "--pool", POOL, "--unit", "vision")
    assert expected.returncode == 0, expected.stderr
    yield {
        "before": before,
        "grant": grant["position"],
        "loan": json.loads(loan.stdout)["events"][0]["position"],
    }
    position = str(json.loads(loan.stdout)["events"][0]["position"])
    back = running.allot("cancel", position, "--reason", "not needed after all")
    assert back.returncode == 0, back.stderr
    rest = running.allot("release", POOL, "vision", "all", "--reason", "done")
    assert rest.returncode == 0, rest.stderr


def test_both_sides_of_a_loan_show_it(running: Ledger, lent: dict[str, int]) -> None:
    found = {row["unit"]: row for row in rows(running, "holdings", "--as-of", AT)}
    assert (found["vision"]["quantity"], found["vision"]["lent"]) == (32, 64)
    assert (found["speech"]["quantity"], found["speech"]["borrowed_in"]) == (64, 64)


@pytest.mark.parametrize("group", ["unit", "grant", "pool", "parent"])
@pytest.mark.parametrize("at", [AT, "2090-08-01"])
def test_a_replay_says_what_the_service_says(
    running: Ledger, lent: dict[str, int], group: str, at: str
) -> None:
    for position in (lent["grant"], lent["loan"]):
        clocks = ("--as-of", at, "--group", group)
        served = rows(running, "holdings", *clocks, "--known-at", str(position))
        assert rows(running, "replay", *clocks, "--to", str(position)) == served


def test_a_statement_adds_up_line_by_line(running: Ledger, lent: dict[str, int]) -> None:
    words = ("statement", POOL, "--unit", "vision", "--from", "2090-06-01", "--to", "2090-08-01")
    lines = rows(running, *words)
    assert [line["kind"] for line in lines] == ["opening", "lent", "loan_back", "closing"]
    assert [line["balance"] for line in lines] == [96, 32, 96, 96]
    assert [line.get("quantity") for line in lines] == [None, -64, 64, None]
    table = running.allot(*words)
    assert "loan_back" in table.stdout
    whole = json.loads(running.allot(*words, "-o", "json").stdout)
    assert (whole["opening"], len(whole["entries"]), whole["closing"]) == (96, 2, 96)
    spread = list(csv.DictReader(io.StringIO(running.allot(*words, "-o", "csv").stdout)))
    assert [line["balance"] for line in spread] == ["96", "32", "96", "96"]


def test_a_statement_is_about_a_unit_or_all_under_it(running: Ledger, lent: dict[str, int]) -> None:
    refused(running.allot("statement", POOL), 2, "unit")
    refused(running.allot("statement", "nowhere", "--unit", "vision"), 1, "UnknownPool")


def test_supply_is_certain_likely_and_possible_with_its_causes(
    running: Ledger, lent: dict[str, int]
) -> None:
    words = ("supply", POOL, "--from", "2090-01-01", "--until", "2091-02-01")
    steps = rows(running, *words)
    certain = [row for row in steps if row["curve"] == "certain"]
    likely = [row for row in steps if row["curve"] == "likely"]
    free = certain[0]["free"]
    assert certain[-1]["free"] == free + 96
    assert certain[-1]["at"] == "2091-01-01T00:00:00.000000Z"
    assert "+96 end of vision" in certain[-1]["causes"]
    assert max(row["free"] for row in likely if row["at"] < "2091") == free + 16
    table = running.allot(*words)
    assert "+16 forecast of vision" in table.stdout
    assert table.stdout.splitlines()[0].split() == [
        "at", "free", "short", "grantable", "likely", "possible", "causes"
    ]  # fmt: skip
    refused(running.allot("supply", "nowhere"), 1, "UnknownPool")


def test_who_is_about_to_give_back_is_listed(running: Ledger, lent: dict[str, int]) -> None:
    (row,) = rows(running, "forecasts", "--pool", POOL)
    assert row["unit"] == "vision"
    assert row["steps"] == [{"quantity": 16, "expected_at": "2090-05-01T00:00:00.000000Z"}]
    table = running.allot("forecasts", "--under", "vision")
    assert "16 by 2090-05-01" in table.stdout


def test_what_falls_due_stands_in_the_calendar(running: Ledger, lent: dict[str, int]) -> None:
    found = rows(running, "due", "--from", "2090-04-01", "--until", "2091-02-01", "--pool", POOL)
    assert {"forecast_due", "loan_start", "loan_return", "end"} <= {row["kind"] for row in found}
    assert [row["at"] for row in found] == sorted(row["at"] for row in found)
    assert rows(running, "due", "--from", "2095-01-01", "--until", "2095-02-01") == []


def test_a_difference_in_belief_ends_with_1_and_names_what_changed_it(
    running: Ledger, lent: dict[str, int]
) -> None:
    words = ("diff", str(lent["grant"]), str(lent["loan"]), "--as-of", AT, "-o", "jsonl")
    done = running.allot(*words)
    refused(done, 1, "2 differences")
    found = {row["unit"]: row for row in map(json.loads, done.stdout.splitlines())}
    assert (found["vision"]["before"], found["vision"]["after"]) == (96, 32)
    assert (found["speech"]["before"], found["speech"]["after"]) == (0, 64)
    assert found["speech"]["positions"] == [lent["loan"]]
    same = running.allot("diff", str(lent["loan"]), str(lent["loan"]), "--as-of", AT)
    assert same.returncode == 0, same.stderr


def test_who_passed_how_much_to_whom_is_summed_over_a_period(
    running: Ledger, lent: dict[str, int]
) -> None:
    words = ("flows", "--pool", POOL, "--from", "2090-06-01")
    there = {"pool": POOL, "from_unit": "vision", "to_unit": "speech", "quantity": 64}
    back = {"pool": POOL, "from_unit": "speech", "to_unit": "vision", "quantity": 64}
    assert rows(running, *words, "--to", "2090-08-01") == [back, there]
    assert rows(running, *words, "--to", "2090-07-01") == [there]
    whole = json.loads(running.allot(*words, "--to", "2091-02-01", "-o", "json").stdout)
    assert whole["from"] == "2090-06-01T00:00:00.000000Z"
    assert {"pool": POOL, "from_unit": "vision", "to_unit": None, "quantity": 96} in whole["items"]


def test_flows_on_a_table_name_the_pool_and_in_a_file_leave_it_open(
    running: Ledger, lent: dict[str, int]
) -> None:
    words = ("flows", "--from", "2090-12-01", "--to", "2091-02-01")
    table = running.allot(*words).stdout.splitlines()
    assert [line.split() for line in table] == [
        ["pool", "from_unit", "to_unit", "quantity"],
        [POOL, "vision", "the", "pool", "96"],
    ]
    (line,) = csv.DictReader(io.StringIO(running.allot(*words, "-o", "csv").stdout))
    assert (line["from_unit"], line["to_unit"], line["quantity"]) == ("vision", "", "96")


def test_flows_can_be_asked_of_parents_and_as_known_then(
    running: Ledger, lent: dict[str, int]
) -> None:
    words = ("flows", "--from", "2090-06-01", "--to", "2090-08-01")
    assert rows(running, *words, "--known-at", str(lent["grant"])) == []
    assert rows(running, *words, "--group", "parent") == []
    refused(running.allot(*words, "--group", "colour"), 2, "group")
    refused(running.allot("flows", "--pool", "nowhere"), 1, "UnknownPool")
