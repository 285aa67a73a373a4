"""Ends, loans, closings and late releases: judged by what they take, from whom, and since when."""

import pytest

from tests.ledger.test_corrections import grant, release
from tests.ledger.test_corrections_of_moves import leg, lend
from tests.support.correcting import WORDS, Fields, instead
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, proposed, refused, told


def watched(second_person_from: int = 50) -> InMemory:
    ledger = lab("alpha", "beta", total=300)
    ledger.tell("set_rules", second_person_from=second_person_from, reason=WORDS)
    return ledger


def confirmed(ledger: InMemory, do: str, **fields: object) -> dict[str, object]:
    ledger.tell("delegate", to="sue", role="operator", unit="lab")
    waits = proposed(ledger, do, **fields)
    return ledger.tell("confirm", by="sue", proposal=waits)[0]


def test_an_earlier_end_counts_with_what_is_owned_then_and_not_with_what_was_left_later() -> None:
    ledger = watched()
    given: Fields = {"pool": "h100", "unit": "alpha", "quantity": 100, "ends_at": day(100)}
    made = confirmed(ledger, "grant", **given)
    data = made["data"]
    assert isinstance(data, dict)
    name = data["grant"]
    ledger.go_to(day(1))
    back = {"do": "release", "grants": [{"grant": name, "quantity": 90}], "effective_at": day(99)}
    ended = {"do": "extend", "grant": name, "ends_at": day(2)}
    proposed(ledger, "decision", legs=[back, ended], reason=WORDS)
    ledger.tell("release", grants=back["grants"], effective_at=day(50))
    proposed(ledger, "extend", grant=name, ends_at=day(10), reason=WORDS)
    told(ledger, "extend", grant=name, ends_at=day(60), reason=WORDS)


def test_a_reclaim_of_all_counts_with_what_is_lent() -> None:
    ledger = watched(101)
    name, _ = grant(ledger, "alpha", 100)
    lend(ledger, name, 45, 20)
    lend(ledger, name, 45, 20)
    ledger.tell("set_rules", second_person_from=50, reason=WORDS)
    everything = {"pool": "h100", "unit": "alpha", "quantity": "all", "kind": "reclaimed"}
    proposed(ledger, "release", **everything, reason=WORDS)
    ledger.tell("set_rules", second_person_from=101, reason=WORDS)
    told(ledger, "release", **everything, reason=WORDS)


def test_most_bounds_what_a_loan_brings_to_its_other_side() -> None:
    ledger = lab("alpha", "beta", total=300)
    ledger.tell("delegate", to="bea", role="operator", unit="alpha", most=5)
    given = {"do": "grant", "pool": "h100", "unit": "alpha", "quantity": 100, "ends_at": day(90)}
    lent = {"do": "lend", "pool": "h100", "from": {"unit": "alpha"}, "quantity": 100, "to": "beta",
            "returns_at": day(90)}  # fmt: skip
    said = ledger.refusal("decision", by="bea", legs=[given, lent], reason=WORDS)
    assert (said["code"], said["arithmetic"]["asked"]) == ("NotYoursToDecide", 100)
    legs = [one | {"quantity": 5} for one in (given, lent)]
    ledger.tell("decision", by="bea", legs=legs, reason=WORDS)
    name, _ = grant(ledger, "alpha", 100)
    loan, made = lend(ledger, name, 100, 80)
    ledger.tell("extend", grant=name, ends_at=day(2), reason=WORDS)
    ledger.go_to(day(3))
    said = ledger.refusal("extend", by="bea", grant=loan, ends_at=day(4), reason=WORDS)
    assert said["code"] == "NotYoursToDecide"
    shorter = instead(ledger, made, ends_at=day(4))
    assert ledger.refusal("correct", by="bea", **shorter)["code"] == "NotYoursToDecide"
    ledger.tell("extend", grant=loan, ends_at=day(4), reason=WORDS)


@pytest.mark.parametrize("naming", ["split", "pledge", "request"])
def test_a_closing_is_not_put_before_what_names_the_unit(naming: str) -> None:
    ledger = lab("alpha", total=300)
    ledger.go_to(day(10))
    if naming == "split":
        shares = [{"unit": "alpha", "amount": 20}]
        position = ledger.tell("split", pool="h100", parent="lab", shares=shares)[0]["position"]
    elif naming == "pledge":
        asked: Fields = {"to_unit": "alpha", "pools": ["h100"], "quantity": 5, "until": day(11)}
        position = ledger.tell("pledge", **asked)[0]["position"]
    else:
        wanted: Fields = {"unit": "alpha", "pools": ["h100"], "quantity": 5}
        [made] = ledger.tell("request", **wanted, justification="A run")
        position = made["position"]
        ledger.tell("withdraw_request", request=made["data"]["request"], reason=WORDS)
    ledger.go_to(day(12))
    closed = ledger.tell("close_unit", unit="alpha")[0]["position"]
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, closed, day(9)))
    assert said["arithmetic"]["positions"] == [position]
    told(ledger, "correct", **instead(ledger, closed, day(11)))


def test_a_pool_is_not_closed_before_its_rate_nor_a_unit_before_what_merged_into_it() -> None:
    ledger = lab("alpha", "beta", total=300)
    ledger.tell("open_pool", pool="a100")
    ledger.go_to(day(5))
    rate = ledger.tell("set_rate", pool="a100", h100_milli=400)[0]["position"]
    merged = ledger.tell("close_unit", unit="alpha", merged_into="beta")[0]["position"]
    ledger.go_to(day(6))
    pool = ledger.tell("close_pool", pool="a100")[0]["position"]
    unit = ledger.tell("close_unit", unit="beta")[0]["position"]
    for closing, named in ((pool, rate), (unit, merged)):
        said = refused(ledger, "correct", "DependentFacts", **instead(ledger, closing, day(4)))
        assert said["arithmetic"]["positions"] == [named]


def test_what_came_back_late_did_so_after_the_end_and_before_it_was_told() -> None:
    ledger = lab("alpha", total=300)
    ledger.go_to(day(1))
    name, made = grant(ledger, "alpha", 10, ends_at=day(3))
    ledger.go_to(day(6))
    late = release(ledger, name, 2)
    refused(ledger, "correct", "Impossible", **instead(ledger, late, day(400)))
    for wrong in (instead(ledger, late, day(2)), instead(ledger, made, ends_at=None)):
        said = refused(ledger, "correct", "DependentFacts", **wrong)
        assert said["arithmetic"]["positions"] == [late]
    said = refused(ledger, "extend", "DependentFacts", grant=name, ends_at=day(20), reason=WORDS)
    assert said["arithmetic"]["positions"] == [late]
    told(ledger, "correct", **instead(ledger, late, day(5)))
    told(ledger, "extend", grant=name, ends_at=day(4), reason=WORDS)
    told(ledger, "correct", **instead(ledger, late, legs=[leg(name, "alpha", 1)]))
    in_order(ledger)


def test_raising_what_is_to_come_by_correcting_needs_no_words() -> None:
    ledger = lab("alpha", total=300)
    split: Fields = {"pool": "h100", "parent": "lab"}
    plan = ledger.tell(
        "split", **split, shares=[{"unit": "alpha", "amount": 20}], effective_at=day(9)
    )[0]["position"]
    more = instead(ledger, plan, shares=[{"unit": "alpha", "amount": 30}]) | {"reason": None}
    less = instead(ledger, plan, shares=[{"unit": "alpha", "amount": 10}]) | {"reason": None}
    refused(ledger, "correct", "WordsMissing", **less)
    told(ledger, "correct", **more)
