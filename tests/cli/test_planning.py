"""A plan as it is typed: shown, or carried out as one decision."""

import json
from collections.abc import Generator

import pytest

from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, granted, refused

BY = ("--by", "2080-01-01")


@pytest.fixture(autouse=True)
def _all_comes_back(running: Ledger) -> Generator[None]:
    yield
    running.allot("release", POOL, "vision", "all", "--future", "--reason", "done")


def test_a_plan_is_shown_and_changes_nothing(running: Ledger) -> None:
    granted(running, "vision", 96)
    head = running.head()
    shown = running.allot("plan", POOL, "speech", "32", *BY)
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.splitlines()[0].split()[:4] == ["tier", "harm", "quantity", "unit"]
    assert "free from 2080-01-01 on" in shown.stdout
    assert f"position {head}" in shown.stderr
    whole = json.loads(running.allot("plan", POOL, "speech", "32", *BY, "-o", "json").stdout)
    assert whole["decision"]["legs"][0]["do"] == "grant"
    assert running.head() == head


def test_what_cannot_be_found_ends_with_1_and_nothing_is_decided(running: Ledger) -> None:
    granted(running, "vision", 128)
    head = running.head()
    for words in ((), ("--decide", "--yes", "--reason", "A run")):
        short = running.allot("plan", POOL, "speech", "32", *BY, *words)
        assert short.returncode == 1
        assert "32 of 32 cannot be found" in short.stderr
    assert running.head() == head


def test_a_plan_is_carried_out_as_one_decision_with_its_words(running: Ledger) -> None:
    grant = granted(running, "vision", 128)["events"][0]["data"]["grant"]
    back = running.allot("release", "--grant", f"{grant}=64", "--at", "2080-01-15", "--reason", "x")
    assert back.returncode == 0, back.stderr
    words = ("--decide", "--yes", "--reason", "The encoder run", "-o", "json")
    done = running.allot("plan", POOL, "speech", "32", *BY, *words)
    assert done.returncode == 0, done.stderr
    assert "gives back 64 by 2080-01-15" in done.stderr
    assert "tell " in done.stderr
    (event,) = json.loads(done.stdout)["events"]
    assert event["topic"] == "reallocated.v1"
    assert event["reason"] == "The encoder run"
    assert event["via"]["tool"] == "allot decision"
    (leg,) = event["data"]["legs"]
    assert (leg["grant"], leg["quantity"]) == (grant, 32)
    assert leg["advances"][0]["quantity"] == 32
    undone = running.allot("cancel", str(event["position"]), "--reason", "done")
    assert undone.returncode == 0, undone.stderr


def test_a_unit_to_avoid_is_left_alone(running: Ledger) -> None:
    granted(running, "vision", 128, "--until", "2080-01-09")
    asked = ("plan", POOL, "speech", "16", *BY, "--until", "2080-01-05")
    assert running.allot(*asked).returncode == 0
    assert running.allot(*asked, "--avoid", "vision").returncode == 1
    refused(running.allot(*asked, "--avoid", "nowhere"), 1, "UnknownGrant", "nowhere")
