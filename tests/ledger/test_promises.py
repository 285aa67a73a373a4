"""Splits promise units no more together than the one above them has (rule 4)."""

from typing import Any

from tests.ledger.test_budgets import WORDS, house, split
from tests.support.in_memory import day
from tests.support.truth import refused, told


def test_what_is_promised_below_is_judged_on_the_whole_decision() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 40})
    split(ledger, "research", {"unit": "research/vision", "amount": 40})

    def shares(parent: str, **amounts: int) -> dict[str, Any]:
        names = {"research": "research", "vision": "research/vision", "speech": "research/speech"}
        said = [{"unit": names[name], "amount": amount} for name, amount in amounts.items()]
        return {"do": "split", "pool": "h100", "parent": parent, "shares": said, **WORDS}

    below, above = shares("research", speech=20), shares("lab", research=60)
    told(ledger, "decision", legs=[below, above])
    # Raised while it fits, and then lowered above it: more is promised than there is.
    said = refused(ledger, "decision", "OverAmount",
                   legs=[shares("lab", research=70), shares("research", speech=30),
                         shares("lab", research=50)])  # fmt: skip
    assert (said["leg"], said["arithmetic"]["before"], said["arithmetic"]["after"]) == (1, 60, 70)
    told(ledger, "decision", legs=[shares("research", speech=30), shares("research", vision=30)])


def test_a_split_is_held_to_an_amount_that_the_unit_above_has_only_later() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 40}, effective_at=day(50))
    said = refused(
        ledger, "split", "OverAmount", pool="h100", parent="research", **WORDS,
        shares=[{"unit": "research/vision", "amount": 50}],
    )  # fmt: skip
    assert said["arithmetic"]["at"] == day(50)
    # A split that has ended goes on until another covers: that has to be there first.
    split(ledger, "research", {"unit": "research/vision", "amount": 40}, effective_at=day(50))
    split(ledger, "research", {"unit": "research/vision", "amount": 50}, until=day(50))


def test_a_cleared_budget_is_recorded_though_those_below_it_have_more() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 40})
    split(ledger, "research", {"unit": "research/vision", "amount": 40})
    ledger.tell("create_unit", unit="research/vision/web", parent="research/vision")
    split(ledger, "research/vision", {"unit": "research/vision/web", "amount": 40})
    split(ledger, "research", {"unit": "research/vision", "amount": 20})
    split(ledger, "lab", {"unit": "research", "amount": 10})
    split(ledger, "research", {"unit": "research/vision"})
    refused(
        ledger, "split", "OverAmount", pool="h100", parent="research", **WORDS,
        shares=[{"unit": "research/speech", "amount": 1}],
    )  # fmt: skip
