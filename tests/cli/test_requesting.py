"""Asking for compute, answering and waiting for it, as people type it."""

import json
import shlex
from typing import Any

import pytest

from tests.cli.running import FOUNDER, Ledger
from tests.cli.test_commands import POOL, refused

LEAD, DECIDER, OTHER = "lea@demo", "dee@demo", "dan@demo"


def made(running: Ledger, *words: str) -> dict[str, Any]:
    """What a command recorded: its one event."""
    done = running.allot(*words, "-o", "json")
    assert done.returncode == 0, done.stderr
    [event] = json.loads(done.stdout)["events"]
    return event


def listed(running: Ledger, *words: str) -> list[dict[str, Any]]:
    shown = running.allot(*words, "-o", "jsonl")
    assert shown.returncode == 0, shown.stderr
    return [json.loads(line) for line in shown.stdout.splitlines()]


@pytest.fixture(autouse=True, scope="module")
def _people(running: Ledger) -> None:
    """A lead of vision, and two deciders."""
    for person, role, unit in (
        (LEAD, "lead", "vision"), (DECIDER, "decider", "lab"), (OTHER, "decider", "lab"),
    ):  # fmt: skip
        body = json.dumps({"to": person, "role": role, "unit": unit})
        assert running.allot("do", "delegate", body).returncode == 0


def given_back(running: Ledger, grant: str, quantity: int) -> None:
    back = running.allot("release", "--grant", f"{grant}={quantity}", "--reason", "done")
    assert back.returncode == 0, back.stderr


def test_who_is_refused_a_grant_is_told_how_to_wait_for_it(running: Ledger) -> None:
    held = made(running, "grant", POOL, "speech", "96", "--until", "2090-01-01")["data"]["grant"]
    words = ("--until", "2091-01-01", "--reason", "It's due")
    more = running.allot("grant", POOL, "vision", "64", *words)
    refused(more, 1, "NotEnoughFree", "from 2090-01-01T00:00:00.000000Z")
    (offer,) = [line for line in more.stderr.splitlines() if "to wait for it:" in line]
    assert offer == (
        f"  to wait for it: allot request vision 64 --pool {POOL} --until "
        "2091-01-01T00:00:00.000000Z --justification 'It'\"'\"'s due'"
    )
    typed = shlex.split(offer.partition("allot ")[2])
    asked = made(running, *typed, "--priority", "high", "--as", LEAD)["data"]
    assert (asked["justification"], asked["pools"]) == ("It's due", [POOL])
    request = asked["request"]
    amended = made(running, "amend", request, "--quantity", "72", "--until", "open", "--as", LEAD)
    assert (amended["data"]["quantity"], amended["data"]["ends_at"]) == (72, None)
    (row,) = listed(running, "queue", "--pool", POOL)
    assert (row["request"], row["eta"], row["blocked_by"], row["asked_priority"]) == (
        request, "2090-01-01T00:00:00.000000Z", "decision", "high",
    )  # fmt: skip
    table = running.allot("queue", "--under", "vision")
    assert table.stdout.splitlines()[0].split()[:3] == ["request", "unit", "pools"]
    assert f"{OTHER}, {DECIDER}, {FOUNDER}" in table.stdout
    assert "0 for 0" in table.stdout
    given_back(running, held, 96)
    made(running, "withdraw", request, "--as", LEAD)


def test_who_is_denied_appeals_and_is_granted_what_another_awards(running: Ledger) -> None:
    words = ("vision", "64", "--pool", POOL, "--justification", "The paper", "--as", LEAD)
    request = made(running, "request", *words)["data"]["request"]
    refused(running.allot("decide", request, "denied", "--as", DECIDER), 1, "WordsMissing")
    reason = ("--reason", "Speech comes first")
    made(running, "decide", request, "denied", *reason, "--as", DECIDER)
    assert listed(running, "queue") == []
    assert [one["request"] for one in listed(running, "requests", "--status", "denied")] == [
        request
    ]
    made(running, "appeal", request, "--reason", "The paper is due", "--as", LEAD)
    partly = ("decide", request, "partly", f"{POOL}=32", "--rest", "closed", *reason)
    refused(running.allot(*partly, "--as", DECIDER), 1, "OwnRequest")
    awarded = made(running, *partly, "--as", OTHER)["data"]
    assert awarded["awarded"] == [{"pool": POOL, "quantity": 32}]
    grant = made(running, "grant", POOL, "vision", "32", "--request", request)["data"]["grant"]
    refused(running.allot("grant", POOL, "vision", "8", "--request", request), 1, "BeyondAward")
    why = running.allot("why", "--request", request)
    assert "Speech comes first" in why.stdout
    assert grant in running.allot("why", "--request", request, "-o", "json").stdout
    given_back(running, grant, 32)


def test_what_is_asked_for_no_longer_is_withdrawn(running: Ledger) -> None:
    words = ("request", "speech", "8", "--pool", POOL, "--justification", "A try")
    request = made(running, *words)["data"]["request"]
    noted = made(running, "note", "Agreed by telephone", "--request", request)
    assert noted["data"]["about"] == {"request": request}
    tried = running.allot("withdraw", request, "--dry-run")
    assert "would pass" in tried.stderr
    made(running, "withdraw", request)
    refused(running.allot("withdraw", request), 1, "NoDifference")
    assert [one["status"] for one in listed(running, "requests", "--under", "speech")] == [
        "withdrawn"
    ]


def test_words_that_name_no_award_and_nothing_to_ask_why_of_are_wrong_usage(
    running: Ledger,
) -> None:
    refused(running.allot("decide", "x", "partly", "64"), 2, "POOL=QUANTITY")
    refused(running.allot("decide", "x", "partly", f"{POOL}=many"), 2, "whole number")
    refused(running.allot("why"), 2, "--request")
