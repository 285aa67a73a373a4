"""Loans and forecasts as an operator types them."""

import json

from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, granted, refused


def test_what_is_lent_says_when_it_comes_back(running: Ledger) -> None:
    grant = granted(running, "vision", 16)["events"][0]["data"]["grant"]
    words = ("--at", "2090-06-16", "--returns-at", "2090-07-02", "--dry-run", "-o", "json")
    for lender in ("vision", grant):
        done = running.allot("lend", POOL, lender, "8", "speech", *words)
        assert done.returncode == 0, done.stderr
        event = json.loads(done.stdout)["events"][0]
        assert event["reason_code"] == "loan"
        assert event["data"]["loan"] is True
        assert event["data"]["ends_at"] == "2090-07-02T00:00:00.000000Z"
        assert event["data"]["legs"] == [{"grant": grant, "unit": "vision", "quantity": 8}]
    running.allot("release", "--grant", f"{grant}=16", "--reason", "done")


def test_a_loan_that_never_comes_back_is_no_loan(running: Ledger) -> None:
    done = running.allot("lend", POOL, "vision", "8", "speech")
    assert done.returncode == 2
    assert "returns-at" in done.stderr


def test_what_is_expected_back_is_said_step_by_step(running: Ledger) -> None:
    grant = granted(running, "vision", 16)["events"][0]["data"]["grant"]
    steps = ("8@2090-03-01", "8@2090-04-01", "--confidence", "high", "--dry-run")
    of_unit = running.allot("forecast", *steps, "--pool", POOL, "--unit", "vision")
    assert of_unit.returncode == 0, of_unit.stderr
    assert "8 by 2090-03-01T00:00:00.000000Z and 8 by 2090-04-01" in of_unit.stdout
    of_grant = running.allot("forecast", *steps, "--grant", grant, "-o", "json")
    assert json.loads(of_grant.stdout)["events"][0]["data"]["confidence"] == "high"
    none = running.allot("forecast", "--grant", grant, "--withdraw", "--dry-run")
    refused(none, 1, "NoDifference")
    running.allot("release", "--grant", f"{grant}=16", "--reason", "done")


def test_a_forecast_says_how_much_and_when_or_is_withdrawn(running: Ledger) -> None:
    for words in ((), ("8@2090-03-01", "--withdraw"), ("8",)):
        refused(running.allot("forecast", *words, "--unit", "vision"), 2, "QUANTITY@TIME")


def test_an_end_is_opened_by_word_or_option(running: Ledger) -> None:
    event = granted(running, "speech", 8, "--until", "2090-01-01")["events"][0]
    grant = event["data"]["grant"]
    for words in (("open",), ("--open",)):
        done = running.allot("extend", grant, *words, "--dry-run", "-o", "json")
        assert json.loads(done.stdout)["events"][0]["data"]["ends_at"] is None
    for words in ((), ("2091-01-01", "--open")):
        refused(running.allot("extend", grant, *words), 2, "when it ends")
    running.allot("release", "--grant", f"{grant}=8", "--reason", "done")


def test_a_rule_is_set_aside_by_name(running: Ledger) -> None:
    grant = granted(running, "speech", 8)["events"][0]["data"]["grant"]
    words = ("--override", "notice", "--kind", "reclaimed", "--reason", "A rack is down")
    done = running.allot("release", "--grant", f"{grant}=8", *words, "-o", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["events"][0]["data"]["kind"] == "reclaimed"
    unknown = running.allot("release", POOL, "speech", "8", "--override", "everything")
    refused(unknown, 2, "overrides")
