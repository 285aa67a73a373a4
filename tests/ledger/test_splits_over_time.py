"""Splits are judged at every instant from their beginning on, and name what exists then."""

from random import Random
from typing import Any

import pytest

from ledger.budgets import share_at
from tests.support.correcting import Fields, instead, never, together
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, refused, told

WORDS = {"reason": "Decided by the board"}
SPLIT: Fields = {"pool": "h100", "parent": "lab"}


def shares(**amounts: int | None) -> list[Fields]:
    return [{"unit": unit, "amount": amount} for unit, amount in amounts.items()]


def house() -> InMemory:
    """Two teams, and a decider who may raise amounts by no more than five."""
    ledger = lab("alpha", "beta", total=200)
    ledger.tell("delegate", to="dee", role="decider", unit="lab", most=5)
    return ledger


def split(ledger: InMemory, given: list[Fields], **fields: Any) -> int:
    return told(ledger, "split", **SPLIT, shares=given, **fields)[0]["position"]


def test_most_bounds_by_how_much_amounts_are_raised_at_any_instant() -> None:
    ledger = house()
    split(ledger, shares(alpha=100), until=day(10))
    split(ledger, shares(alpha=10), effective_at=day(10), **WORDS)
    ledger.go_to(day(1))
    said = ledger.refusal("split", by="dee", **SPLIT, shares=shares(alpha=100))
    assert (said["code"], said["arithmetic"]["asked"]) == ("NotYoursToDecide", 90)
    ledger.tell("split", by="dee", **SPLIT, shares=shares(alpha=15), **WORDS)


def test_most_bounds_what_all_the_units_of_a_split_are_raised_by_together() -> None:
    ledger = house()
    split(ledger, shares(alpha=10, beta=10))
    said = ledger.refusal("split", by="dee", **SPLIT, shares=shares(alpha=13, beta=13))
    assert (said["code"], said["arithmetic"]["asked"]) == ("NotYoursToDecide", 6)
    ledger.tell("split", by="dee", **SPLIT, shares=shares(alpha=13, beta=12))


def leg(given: list[Fields], start: float, end: float | None) -> Fields:
    """A split of a decision, of some days."""
    until = {} if end is None else {"until": day(end)}
    return {"do": "split", **SPLIT, "shares": given, "effective_at": day(start), **until}


def test_what_one_decision_raises_is_counted_where_it_holds_at_the_same_time() -> None:
    ledger = house()
    split(ledger, shares(alpha=10, beta=10))
    apart = [leg(shares(alpha=15), 10, 20), leg(shares(beta=15), 20, 30),
             leg(shares(alpha=13, beta=12), 30, None)]  # fmt: skip
    split_at = len(ledger.events)
    ledger.tell("decision", by="dee", legs=apart, **WORDS)
    assert len(ledger.events) == split_at + 3
    together_ = [leg(shares(alpha=15), 40, 50), leg(shares(beta=16), 49, 60)]
    said = ledger.refusal("decision", by="dee", legs=together_, **WORDS)
    assert (said["code"], said["leg"]) == ("NotYoursToDecide", 1)
    for one in together_:
        assert ledger.ask("decision", by="dee", legs=[one], dry_run=True, **WORDS).status != 403


def test_an_award_is_counted_with_what_is_raised_at_any_time() -> None:
    ledger = house()
    ledger.tell("delegate", to="lea", role="lead", unit="alpha")
    asked = ledger.tell("request", by="lea", unit="alpha", pools=["h100"], quantity=3,
                        justification="A run")  # fmt: skip
    answer = {"do": "decide_request", "request": asked[0]["data"]["request"],
              "outcome": "approved"}  # fmt: skip
    split(ledger, shares(alpha=10, beta=10))
    for more, status in ((2, 200), (3, 403)):
        legs = [leg(shares(alpha=10 + more), 300, None), answer]
        given = ledger.ask("decision", by="dee", legs=legs, dry_run=True, **WORDS)
        assert given.status == status


def amounts(ledger: InMemory, number: int) -> dict[str, int]:
    """What the teams may own in the middle of a day."""
    found: dict[str, int] = {}
    for unit in ("alpha", "beta"):
        share = share_at(ledger.state.budgets.get(("h100", unit), ()), day(number + 0.5))
        found[unit] = 0 if share is None or share.amount is None else share.amount
    return found


@pytest.mark.parametrize("seed", range(40))
def test_no_decision_raises_amounts_by_more_than_most_at_any_instant(seed: int) -> None:
    ledger, chance = house(), Random(seed)
    split(ledger, shares(alpha=10, beta=10))
    passed = 0
    for _ in range(20):
        legs = [
            leg([{"unit": unit, "amount": chance.randint(6, 18)}], start, start + length)
            for unit in chance.choices(("alpha", "beta"), k=chance.randint(2, 3))
            for start, length in ((chance.randint(1, 30), chance.randint(1, 9)),)
        ]
        before = [amounts(ledger, number) for number in range(60)]
        given = ledger.ask("decision", by="dee", legs=legs, reason="Decided so")
        assert given.status in (201, 403, 409)
        passed += given.status == 201
        for number, was in enumerate(before):
            now = amounts(ledger, number)
            assert sum(max(0, now[unit] - was[unit]) for unit in was) <= 5
    assert passed


@pytest.mark.parametrize("given", [shares(alpha=None), [{"unit": "alpha", "cap": 500}]])
def test_who_has_a_most_does_not_clear_an_amount(given: list[Fields]) -> None:
    ledger = house()
    position = split(ledger, shares(alpha=100))
    asked = {**SPLIT, "shares": given, **WORDS}
    for said in (ledger.refusal("split", by="dee", **asked),
                 ledger.refusal("correct", by="dee", **never(ledger, position))):  # fmt: skip
        assert said["code"] == "NotYoursToDecide"
        assert "clears an amount" in said["detail"]
    told(ledger, "split", **asked)


def test_a_split_differs_when_it_calls_off_what_was_to_come() -> None:
    ledger = house()
    split(ledger, shares(alpha=10))
    refused(ledger, "split", "NoDifference", **SPLIT, shares=shares(alpha=10))
    split(ledger, shares(alpha=100), effective_at=day(10))
    refused(ledger, "split", "WordsMissing", **SPLIT, shares=shares(alpha=10))
    more = [{"unit": "alpha", "amount": 10, "cap": 500}]
    refused(ledger, "split", "WordsMissing", **SPLIT, shares=more)
    split(ledger, shares(alpha=10), **WORDS)
    refused(ledger, "split", "NoDifference", **SPLIT, shares=shares(alpha=10))
    in_order(ledger)


@pytest.mark.parametrize("given", [
    shares(alpha=100), [{"unit": "alpha"}], [{"unit": "alpha", "floor": 50}],
])  # fmt: skip
def test_less_protection_or_none_any_more_needs_words(given: list[Fields]) -> None:
    ledger = house()
    split(ledger, [{"unit": "alpha", "floor": 50, "amount": 100}])
    refused(ledger, "split", "WordsMissing", **SPLIT, shares=given)
    told(ledger, "split", **SPLIT, shares=given, **WORDS)


def test_a_lower_cap_needs_words_and_a_higher_one_none() -> None:
    ledger = house()
    split(ledger, [{"unit": "alpha", "cap": 8}])
    for given in (7, 9):
        asked = {**SPLIT, "shares": [{"unit": "alpha", "cap": given}]}
        if given < 8:
            refused(ledger, "split", "WordsMissing", **asked)
        told(ledger, "split", **asked, **({} if given > 8 else WORDS))


def test_corrections_of_splits_promise_together_what_the_decision_leaves() -> None:
    ledger = house()
    split(ledger, shares(alpha=100))
    ledger.tell("create_unit", unit="one", parent="alpha")
    ledger.tell("create_unit", unit="two", parent="alpha")
    below: Fields = {"pool": "h100", "parent": "alpha"}
    first = ledger.tell("split", **below, shares=shares(one=50))[0]["position"]
    second = ledger.tell("split", **below, shares=shares(two=50))[0]["position"]
    more, less = (
        instead(ledger, first, shares=shares(one=60)),
        instead(ledger, second, shares=shares(two=40)),
    )
    refused(ledger, "correct", "OverAmount", **more)
    for legs in (together(more, less), together(less, more)):
        assert ledger.ask("decision", legs=legs, dry_run=True).status == 200
    told(ledger, "decision", legs=together(more, less))
    anew = {"do": "split", **below, "shares": shares(two=45), **WORDS}
    back = {"do": "correct", **instead(ledger, first, shares=shares(one=50))}
    said = refused(ledger, "decision", "OverAmount", legs=[anew])
    assert said["arithmetic"]["after"] == 105
    told(ledger, "decision", legs=[anew, back])


def test_a_split_names_what_exists_when_it_begins_and_is_not_closed() -> None:
    ledger = house()
    ledger.go_to(day(5))
    ledger.tell("create_unit", unit="late", parent="lab")
    ledger.tell("open_pool", pool="a100")
    early = {"effective_at": day(3), **WORDS}
    refused(ledger, "split", "UnknownUnit", **SPLIT, shares=shares(late=9), **early)
    position = split(ledger, shares(late=9))
    wrong = instead(ledger, position, day(3))
    refused(ledger, "correct", "UnknownUnit", **wrong)
    of_new = ledger.tell("split", pool="a100", parent="lab", shares=shares(alpha=0))[0]["position"]
    refused(ledger, "correct", "UnknownPool", **instead(ledger, of_new, day(3)))
    ledger.go_to(day(6))
    ledger.tell("close_unit", unit="late")
    refused(ledger, "correct", "UnitClosed", **instead(ledger, position, day(7)))
    told(ledger, "correct", **instead(ledger, position, shares=shares(late=8)))
    ledger.tell("close_pool", pool="a100")
    refused(ledger, "split", "PoolClosed", pool="a100", parent="lab", shares=shares(beta=0))
    refused(ledger, "correct", "PoolClosed", **instead(ledger, of_new, day(7)))
