"""Pledges and rates as those who decide type them."""

import json
from typing import Any

import pytest

from api.cli.endings import Ended
from api.cli.pledging import promise
from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, refused

PROMISED = ("--pool", POOL, "--until", "2090-01-01", "--from", "2080-01-01")
WORDS = ("--reason", "The board decided")


@pytest.mark.parametrize(
    ("text", "said"),
    [("20%", {"share_bp": 2000}), ("0.01%", {"share_bp": 1}), ("64", {"quantity": 64})],
)
def test_a_promise_is_typed_in_one_word(text: str, said: dict[str, int]) -> None:
    assert promise(text) == said


@pytest.mark.parametrize("text", ["", "0%", "101%", "much", "20 %", "1.234%"])
def test_what_is_neither_a_share_nor_a_quantity_is_no_promise(text: str) -> None:
    with pytest.raises(Ended):
        promise(text)


def pledges(running: Ledger, *words: str) -> list[dict[str, Any]]:
    """The pledges as JSON."""
    return json.loads(running.allot("pledges", *words, "-o", "json").stdout)["items"]


def test_a_pledge_is_given_measured_revised_and_withdrawn(running: Ledger) -> None:
    done = running.allot("pledge", "vision", "20%", *PROMISED, *WORDS, "-o", "json")
    assert done.returncode == 0, done.stderr
    name = json.loads(done.stdout)["events"][0]["data"]["pledge"]
    (row,) = pledges(running, "--as-of", "2080-01-02")
    assert (row["pledge"], row["status"], row["share_bp"]) == (name, "running", 2000)
    assert float(row["promised"]) == 0.2 * 128 * 86_400
    table = running.allot("pledges", "--under", "vision", "--as-of", "2080-01-02")
    assert table.stdout.splitlines()[0].split()[:4] == ["pledge", "to_unit", "pools", "status"]
    assert " 614.40 " in table.stdout
    less = running.allot("revise-pledge", name, "15%")
    refused(less, 1, "WordsMissing")
    revised = running.allot(
        "revise-pledge", name, "8", "--from", "2080-01-02", *WORDS, "--until", "2089-01-01"
    )
    assert revised.returncode == 0, revised.stderr
    whole = running.allot(
        "revise-pledge", name, "1%", "--of", "all", "--from", "2080-01-03", *WORDS
    )
    assert whole.returncode == 0, whole.stderr
    gone = running.allot("withdraw-pledge", name, "--from", "2080-01-04", *WORDS)
    assert gone.returncode == 0, gone.stderr
    (row,) = pledges(running, "--status", "withdrawn", "--as-of", "2085-01-01")
    assert float(row["promised"]) == (0.2 * 128 + 8 + 0.01 * 128) * 86_400
    gone = running.allot("withdraw-pledge", name, "--from", "2080-01-04", *WORDS)
    refused(gone, 1, "NoDifference")
    refused(running.allot("pledge", "nobody", "8", *PROMISED), 1, "UnknownUnit")


def test_a_rate_is_set_and_shown(running: Ledger) -> None:
    done = running.allot("rate", POOL, "2250", "--from", "2081-01-01")
    assert done.returncode == 0, done.stderr
    shown = running.allot("rates", "--as-of", "2081-01-02", "-o", "csv")
    assert shown.stdout.splitlines()[1].startswith(f"{POOL},2250,2081-01-01")
    assert (
        len(running.allot("rates", "--as-of", "2080-01-02", "-o", "csv").stdout.splitlines()) == 1
    )
