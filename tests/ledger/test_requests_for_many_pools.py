"""Requests for any of several pools: each pool has its own granule, award and authority."""

from typing import Any

import pytest

from tests.support.asking import ask, decide, give, house
from tests.support.in_memory import InMemory
from tests.support.truth import refused, told

BOTH = ["h100", "b200"]


def with_b200(*, granule: int = 1, of_b200: int = 1) -> InMemory:
    """The house, with another pool beside."""
    ledger = house(granule=granule)
    ledger.tell("open_pool", pool="b200", granule=of_b200)
    return ledger


def of_each(h100: int, b200: int) -> list[dict[str, Any]]:
    """What is awarded of each of the pools, as far as anything is."""
    awards = {"h100": h100, "b200": b200}
    return [{"pool": pool, "quantity": count} for pool, count in awards.items() if count]


def test_an_award_of_another_pool_takes_away_what_was_awarded_of_this_one() -> None:
    ledger = with_b200()
    request = ask(ledger, quantity=8, pools=BOTH)
    decide(ledger, request, "approved", awarded=of_each(4, 4))
    answer: dict[str, Any] = {"by": "dee", "request": request, "outcome": "approved"}
    for given in (of_each(3, 5), of_each(0, 8)):
        refused(ledger, "decide_request", "WordsMissing", awarded=given, **answer)
    told(ledger, "decide_request", awarded=of_each(4, 4), **answer)
    told(ledger, "decide_request", awarded=of_each(0, 8), reason="It is faster", **answer)


@pytest.mark.parametrize("left", [0, 3])
def test_no_award_of_another_pool_takes_back_what_was_granted_of_this_one(left: int) -> None:
    ledger = with_b200()
    request = ask(ledger, quantity=8, pools=BOTH)
    decide(ledger, request, "approved", awarded=of_each(8, 0))
    give(ledger, request, 4)
    answer: dict[str, Any] = {"by": "dee", "request": request, "outcome": "approved",
                              "reason": "It is faster"}  # fmt: skip
    said = refused(ledger, "decide_request", "BeyondAward", awarded=of_each(left, 8 - left),
                   **answer)  # fmt: skip
    assert said["arithmetic"]["after"] == 4
    told(ledger, "decide_request", awarded=of_each(4, 4), **answer)


def test_who_leaves_a_pool_out_may_ask_for_that_pool() -> None:
    ledger = with_b200()
    request = ask(ledger, pools=BOTH)
    ledger.tell("delegate", to="hal", role="lead", unit="research", pools=["h100"])
    fewer: dict[str, Any] = {"request": request, "pools": ["h100"]}
    said = refused(ledger, "amend_request", "NotYoursToDecide", by="hal", **fewer)
    assert "for b200" in said["detail"]
    ledger.tell("delegate", to="hal", role="lead", unit="research", pools=["b200"])
    told(ledger, "amend_request", by="hal", **fewer)


def test_the_least_of_use_is_the_least_that_every_pool_could_give() -> None:
    ledger = with_b200(granule=4, of_b200=6)
    asked = {"by": "lea", "unit": "research/vision", "justification": "Need"}
    for pools, least in ((BOTH, 12), (["h100"], 4), (["b200"], 6)):
        [event] = told(ledger, "request", pools=pools, quantity=24, **asked)
        assert event["data"]["least"] == least
    refused(ledger, "request", "OffGranule", pools=BOTH, quantity=16, **asked)
