"""What is taken back against its holder's will, as a decider or operator types it."""

import json

from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, granted, held, refused

WHY = ("--reason", "The flagship comes first")


def test_what_is_reclaimed_goes_to_the_pool_as_taken_away(running: Ledger) -> None:
    grant = granted(running, "speech", 48)["events"][0]["data"]["grant"]
    for words in ((POOL, "speech", "16"), ("--grant", f"{grant}=16"), (POOL, "speech", "all")):
        done = running.allot("reclaim", *words, *WHY, "--yes", "-o", "json")
        assert done.returncode == 0, done.stderr
        (event,) = json.loads(done.stdout)["events"]
        assert (event["topic"], event["data"]["kind"]) == ("released.v1", "reclaimed")
        assert event["data"]["legs"][0]["quantity"] == 16
    assert held(running, "speech") == 0


def test_a_reclaim_says_why_in_words(running: Ledger) -> None:
    grant = granted(running, "speech", 16)["events"][0]["data"]["grant"]
    refused(running.allot("reclaim", POOL, "speech", "8", "--dry-run"), 1, "WordsMissing")
    refused(running.allot("reclaim", POOL, "speech", "8", "--reason-code", "idle"), 1, "Words")
    tried = running.allot("reclaim", POOL, "speech", "8", *WHY, "--override", "notice", "--dry-run")
    assert tried.returncode == 0, tried.stderr
    assert "it would pass; nothing is recorded" in tried.stderr
    assert held(running, "speech") == 16
    running.allot("release", "--grant", f"{grant}=16", "--reason", "done")


def test_what_was_promised_for_later_can_stay_promised(running: Ledger) -> None:
    granted(running, "speech", 16)
    soon = running.allot("release", POOL, "speech", "8", "--at", "2090-01-01", "-o", "json")
    position = json.loads(soon.stdout)["events"][0]["position"]
    for words, advances in (((), [{"position": position, "quantity": 8}]), (("--no-advance",), [])):
        done = running.allot(
            "reclaim", POOL, "speech", "8", *words, *WHY, "--dry-run", "-o", "json"
        )
        (leg,) = json.loads(done.stdout)["events"][0]["data"]["legs"]
        assert leg.get("advances", []) == advances
    running.allot("release", POOL, "speech", "all", "--reason", "done")
