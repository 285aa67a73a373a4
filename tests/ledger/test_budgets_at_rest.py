"""Budgets count what came back from rest, and what was given away lately (rules 2 and 8)."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from ledger.gathering import Gathering
from ledger.snapshot import from_bytes, to_bytes
from tests.support.correcting import WORDS, never
from tests.support.in_memory import InMemory, day, lab

AMOUNT: Final[dict[str, Any]] = {
    "pool": "h100", "parent": "lab", "shares": [{"unit": "alpha", "amount": 5}],
    "reason": "because",
}  # fmt: skip


def goes_on(ledger: InMemory) -> None:
    """Let the state be."""
    del ledger


def starts_anew(ledger: InMemory) -> None:
    """Have the state that a process reads back from a snapshot of the log's end."""
    gathering = Gathering()
    gathering.take_in(ledger.events)
    gathering.let_rest()
    ledger.state = from_bytes(to_bytes(gathering.gathered()))


@pytest.fixture(params=[goes_on, starts_anew])
def restart(request: pytest.FixtureRequest) -> Callable[[InMemory], None]:
    return request.param


@pytest.fixture
def ledger() -> InMemory:
    return lab("alpha", "beta", total=64, since=day(-90), backdate_days=120)


def demand_no_more_fits(ledger: InMemory) -> None:
    """Alpha owns all that it may."""
    ledger.tell("split", **AMOUNT)
    no = ledger.refusal("grant", pool="h100", unit="alpha", quantity=5, reason="more")
    assert no["code"] == "OverAmount"


def test_a_grant_that_was_corrected_away_and_back(
    ledger: InMemory, restart: Callable[[InMemory], None]
) -> None:
    ledger.grant("alpha", 5)
    position = len(ledger.events)
    said = ledger.facts()[position - 1]
    ledger.tell("correct", **never(ledger, position))
    restart(ledger)
    ledger.tell(
        "correct", corrects=position, supersedes=position + 1, reason=WORDS,
        replacement={"effective_at": said["effective_at"], "data": said["data"]},
    )  # fmt: skip
    demand_no_more_fits(ledger)


@pytest.mark.parametrize("noted", [False, True])
def test_a_release_that_never_was(
    ledger: InMemory, restart: Callable[[InMemory], None], noted: bool
) -> None:
    grant = ledger.grant("alpha", 5, effective_at=day(-80), reason="late")
    ledger.tell(
        "release", grants=[{"grant": grant, "quantity": 5}], effective_at=day(-60), reason="late"
    )
    position = len(ledger.events)
    restart(ledger)
    if noted:
        ledger.tell("note", about={"grant": grant}, text="look again")
    ledger.tell("correct", **never(ledger, position))
    demand_no_more_fits(ledger)


def test_a_share_dated_back_to_when_what_is_spent_was_held(
    ledger: InMemory, restart: Callable[[InMemory], None]
) -> None:
    grant = ledger.grant("alpha", 5, effective_at=day(-5), reason="late")
    ledger.go_to(day(2))
    ledger.tell("release", grants=[{"grant": grant, "quantity": 5}], reason="done")
    restart(ledger)
    ledger.tell("split", **AMOUNT, effective_at=day(0))
    no = ledger.refusal(
        "grant", pool="h100", unit="alpha", quantity=1, effective_at=day(0), ends_at=day(0.5),
        reason="late",
    )  # fmt: skip
    assert no["code"] == "OverAmount"
