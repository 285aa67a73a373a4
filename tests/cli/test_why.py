"""Why, asked in a terminal: the chain in sentences, or as data."""

import json

from tests.cli.running import FOUNDER, Ledger
from tests.cli.test_commands import granted, refused


def test_why_tells_who_decided_and_by_what_right(running: Ledger) -> None:
    made = granted(running, "vision", 8)["events"][0]
    grant = made["data"]["grant"]
    table = running.allot("why", grant)
    assert table.returncode == 0, table.stderr
    head, *lines = table.stdout.splitlines()
    assert head.split() == ["what", "position", "sentence"]
    assert [line.split()[0] for line in lines][:2] == ["grant", "decision"]
    assert f"{FOUNDER} decided on" in lines[1]
    assert "known_at" in table.stderr
    chain = json.loads(running.allot("why", grant, "-o", "json").stdout)["chain"]
    assert [one["position"] for one in chain if one["what"] == "decision"] == [made["position"]]
    assert "delegation" in {one["what"] for one in chain}
    early = running.allot("why", grant, "--known-at", str(made["position"] - 1))
    refused(early, 1, "UnknownGrant", grant)
    back = running.allot("release", "--grant", f"{grant}=8", "--reason", "done")
    assert back.returncode == 0, back.stderr


def test_an_empty_id_is_wrong_usage(running: Ledger) -> None:
    for words in (("",), ("--request", ""), ()):
        refused(running.allot("why", *words), 2, "Say of what")
