"""Roles given and taken back in a terminal."""

import json

from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, refused

OTTO = "otto@demo"
WORDS = ("--reason", "As agreed")


def test_a_role_is_given_shown_used_within_its_limits_and_taken_back(running: Ledger) -> None:
    limits = ("--pool", POOL, "--most", "8", "--until", "2090-01-01")
    done = running.allot("delegate", OTTO, "operator", "vision", *limits, *WORDS, "-o", "json")
    assert done.returncode == 0, done.stderr
    [event] = json.loads(done.stdout)["events"]
    name = event["data"]["delegation"]

    listed = running.allot("delegations", "--person", OTTO)
    head, row = listed.stdout.splitlines()
    assert head.split()[:5] == ["to", "role", "unit", "pools", "most"]
    assert row.split()[:3] == [OTTO, "operator", "vision"]
    assert name in row

    able = ("grant", POOL, "vision", "8", "--dry-run", "--as", OTTO)
    assert running.allot(*able).returncode == 0
    refused(running.allot("grant", POOL, "vision", "16", "--as", OTTO), 1, "NotYoursToDecide")
    refused(running.allot("grant", POOL, "speech", "8", "--as", OTTO), 1, "NotYoursToDecide")

    back = running.allot("revoke", name, *WORDS)
    assert back.returncode == 0, back.stderr
    refused(running.allot(*able), 1, "NotYoursToDecide")
    assert (
        json.loads(running.allot("delegations", "--person", OTTO, "-o", "json").stdout)["items"]
        == []
    )
    then = running.allot("delegations", "--person", OTTO, "--known-at", str(event["position"]))
    assert name in then.stdout, "what was known then stays known"
