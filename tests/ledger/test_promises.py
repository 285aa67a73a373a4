"""Splits promise units no more together than the one above them has (rule 4)."""

import json
from typing import Any

from tests.ledger.test_budgets import WORDS, house, split
from tests.support.correcting import instead
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


def test_where_more_is_promised_than_there_is_by_now_it_may_become_less_and_not_more() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 60})
    split(ledger, "research", {"unit": "research/vision", "amount": 40},
          {"unit": "research/speech", "amount": 20})  # fmt: skip
    split(ledger, "lab", {"unit": "research", "amount": 40})

    def shares(speech: int) -> list[dict[str, Any]]:
        return [{"unit": "research/vision", "amount": 30},
                {"unit": "research/speech", "amount": speech}]  # fmt: skip

    within: dict[str, Any] = {"pool": "h100", "parent": "research", **WORDS}
    said = refused(ledger, "split", "OverAmount", **within, shares=shares(31))["arithmetic"]
    assert (said["limit"], said["before"], said["after"]) == (40, 60, 61)
    told(ledger, "split", **within, shares=shares(30))
    told(ledger, "split", **within, shares=shares(25))


def test_what_those_further_below_are_promised_counts_once_with_the_nearest() -> None:
    ledger = house()
    ledger.tell("create_unit", unit="research/vision/web", parent="research/vision")
    split(ledger, "lab", {"unit": "research", "amount": 60})
    split(ledger, "research", {"unit": "research/vision", "amount": 40})
    split(ledger, "research/vision", {"unit": "research/vision/web", "amount": 30})
    asked: dict[str, Any] = {"pool": "h100", "parent": "research", **WORDS}
    said = refused(ledger, "split", "OverAmount", **asked,
                   shares=[{"unit": "research/speech", "amount": 21}])  # fmt: skip
    assert said["arithmetic"]["after"] == 61
    told(ledger, "split", **asked, shares=[{"unit": "research/speech", "amount": 20}])


def test_a_split_that_is_said_to_begin_sooner_is_judged_from_then_on() -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "amount": 30})
    split(ledger, "lab", {"unit": "research", "amount": 60}, effective_at=day(50))
    split(ledger, "research", {"unit": "research/vision", "amount": 10})
    split(ledger, "research", {"unit": "research/speech", "amount": 40}, effective_at=day(60))
    position = len(ledger.events)
    said = refused(ledger, "correct", "OverAmount", **instead(ledger, position, day(10)))
    assert (said["arithmetic"]["at"], said["arithmetic"]["after"]) == (day(10), 50)
    told(ledger, "correct", **instead(ledger, position, day(50)))


def test_who_promises_more_than_there_is_is_warned_where_no_amount_stands_above() -> None:
    ledger = house(total=100)
    ledger.tell("change_capacity", pool="h100", kind="lost", quantity=30, effective_at=day(20))

    def warned(parent: str, *shares: tuple[str, int], **fields: Any) -> list[str]:
        said = [{"unit": unit, "amount": amount} for unit, amount in shares]
        given = ledger.ask("split", pool="h100", parent=parent, shares=said, **WORDS, **fields)
        assert given.status == 201
        return [f"{one['code']} {one['detail']}" for one in json.loads(given.body)["warnings"]]

    assert warned("lab", ("research", 60), ("ops", 40), until=day(10)) == []
    first = f"MoreThanThereIs 101 of h100 are promised, and 100 can be given out at {day(2)}"
    assert warned("lab", ("ops", 41), effective_at=day(2), until=day(5)) == [first]
    # What stands below an amount is part of it, and no more than before is no news.
    assert warned("research", ("research/vision", 60), effective_at=day(2)) == []
    assert warned("lab", ("ops", 40), effective_at=day(3), until=day(5)) == []
    # A split that has ended goes on: a hundred were promised when thirty were lost.
    assert warned("lab", ("research", 50), ("ops", 45), effective_at=day(25)) == []
    later = f"MoreThanThereIs 96 of h100 are promised, and 70 can be given out at {day(25)}"
    assert warned("lab", ("ops", 46), effective_at=day(25)) == [later]
