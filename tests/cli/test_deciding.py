"""Splits, budgets and proposals as those who decide type them."""

import json

import pytest

from api.cli.deciding import share
from api.cli.endings import Ended
from tests.cli.running import FOUNDER, Ledger
from tests.cli.test_commands import POOL, granted, refused

SECOND = "sue@demo"
WORDS = ("--reason", "The board decided")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vision=64", {"amount": 64}),
        ("vision=16:64", {"floor": 16, "amount": 64}),
        ("vision=16:64:96", {"floor": 16, "amount": 64, "cap": 96}),
        ("vision=::96", {"cap": 96}),
        ("vision=:64", {"amount": 64}),
        ("vision=none", {}),
        ("vision=20%", {"percent_bp": 2000}),
        ("vision=33.3%", {"percent_bp": 3330}),
        ("vision=0.05%", {"percent_bp": 5}),
    ],
)
def test_a_share_is_typed_in_one_word(text: str, said: dict[str, int]) -> None:
    assert share(text) == {"unit": "vision", **said}


@pytest.mark.parametrize("text", ["vision", "=64", "vision=", "vision=1:2:3:4", "vision=::", "v=x"])
def test_a_share_that_says_nothing_is_no_share(text: str) -> None:
    with pytest.raises(Ended):
        share(text)


def test_a_pool_is_split_and_the_budgets_are_shown(running: Ledger) -> None:
    done = running.allot("split", POOL, "lab", "vision=16:64:96", "speech=25%", *WORDS)
    assert done.returncode == 0, done.stderr
    assert "split-decided.v1" in done.stdout
    grant = granted(running, "vision", 40)["events"][0]["data"]["grant"]
    more = running.allot("grant", POOL, "vision", "32", "--until", "2080-01-01")
    refused(more, 1, "OverAmount", "limit 64")
    shown = running.allot("budgets", "--pool", POOL, "-o", "json")
    rows = {one["unit"]: one for one in json.loads(shown.stdout)["items"]}
    assert (rows["vision"]["title"], rows["vision"]["room"]) == (40, 24)
    assert (rows["speech"]["amount"], rows["speech"]["room"]) == (32, 32)
    table = running.allot("budgets", "--under", "vision", "--until", "2090-01-01", "--org", "now")
    assert table.stdout.splitlines()[0].split()[:5] == ["pool", "unit", "floor", "amount", "cap"]
    assert "valid_at" in table.stderr
    running.allot("release", "--grant", f"{grant}=40", "--reason", "done")
    cleared = running.allot("split", POOL, "lab", "vision=none", "speech=none", *WORDS)
    assert cleared.returncode == 0, cleared.stderr
    assert json.loads(running.allot("budgets", "-o", "json").stdout)["items"] == []


def test_what_waits_is_shown_and_confirmed_by_another(running: Ledger) -> None:
    for role in ("steward", "decider"):
        body = json.dumps({"to": SECOND, "role": role, "unit": "lab"})
        assert running.allot("do", "delegate", body).returncode == 0
    rule = json.dumps({"notice_days": 2, "reason": "As agreed"})
    tried = running.allot("do", "set_rules", rule, "--dry-run")
    assert "second person" in tried.stderr
    waits = running.allot("do", "set_rules", rule, "-o", "json")
    name = json.loads(waits.stdout)["proposal"]
    listed = running.allot("proposals", "--status", "waiting")
    assert name in listed.stdout
    assert 'set_rules {"notice_days":2' in listed.stdout
    refused(running.allot("confirm", name), 1, "NotYoursToDecide", FOUNDER)
    done = running.allot("confirm", name, "--as", SECOND)
    assert done.returncode == 0, done.stderr
    refused(running.allot("confirm", name, "--as", SECOND), 1, "ProposalOver")
    lines = running.allot("proposals", "-o", "jsonl").stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows[-1]["status"] == "confirmed"
    assert rows[-1]["confirmed_by"] == SECOND
    off = json.dumps({"notice_days": 0, "reason": "As before"})
    again = json.loads(running.allot("do", "set_rules", off, "-o", "json").stdout)["proposal"]
    assert running.allot("confirm", again, "--as", SECOND).returncode == 0
