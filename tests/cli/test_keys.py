"""A key of any text gives the same answer as one that a header can carry."""

import json

import pytest

from tests.cli.running import Ledger

NOTE = ("do", "note", '{"about":{"unit":"vision"},"text":"x"}')


@pytest.mark.parametrize("key", ["cle", "clé", " begins with a space"])
def test_a_key_of_any_text_has_the_whole_answer(running: Ledger, key: str) -> None:
    done = running.allot(*NOTE, "--key", key, "-o", "json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == f"Recorded up to position {running.head()}.\n"
    [event] = json.loads(done.stdout)["events"]
    assert (event["position"], event["data"]["text"]) == (running.head(), "x")
    again = running.allot(*NOTE, "--key", key, "-o", "json")
    assert "Already recorded up to position" in again.stderr
    assert again.stdout == done.stdout


@pytest.mark.parametrize("key", ["rules", "règles"])
def test_a_proposal_under_a_key_of_any_text_is_told(running: Ledger, key: str) -> None:
    done = running.allot("do", "set_rules", '{"backdate_days":9}', "--key", key, "-o", "json")
    assert done.returncode == 0, done.stderr
    assert f"Proposed at position {running.head()}" in done.stderr
    proposal = json.loads(done.stdout)["proposal"]
    closed = running.allot(
        "do", "close_proposal", json.dumps({"proposal": proposal, "outcome": "withdrawn"})
    )
    assert closed.returncode == 0, closed.stderr


def test_an_empty_key_is_wrong_usage(running: Ledger) -> None:
    before = running.head()
    done = running.allot(*NOTE, "--key", "")
    assert (done.returncode, running.head()) == (2, before)
    assert "--key is empty" in done.stderr
