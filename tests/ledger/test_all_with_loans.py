"""A release of all, with loans on both sides: what is borrowed goes back, what is lent runs on."""

from typing import Any

from tests.ledger.test_loans import POOL, holds, lent
from tests.support.in_memory import day, lab
from tests.support.truth import refused, told


def test_all_gives_back_what_is_borrowed_and_lets_what_is_lent_run_on() -> None:
    ledger = lab("alpha", "beta", "gamma")
    ledger.grant("alpha", 64)
    mine = ledger.grant("beta", 32)
    borrowed = lent(ledger, 16, 0.5, 30)
    onward = lent(ledger, 24, 0.5, 20, to="gamma", **{"from": {"grant": mine}})
    ledger.go_to(day(10))
    event = told(ledger, "release", pool=POOL, unit="beta", quantity="all")[0]
    legs = {leg["grant"]: (leg["quantity"], leg.get("ends")) for leg in event["data"]["legs"]}
    assert legs == {borrowed: (16, True), mine: (8, True)}
    assert holds(ledger, "alpha", 9, 11) == [48, 64]
    assert ledger.hold(onward, day(11)) == 24
    assert [ledger.free(day(n)) for n in (9, 11, 19, 20)] == [32, 40, 40, 64]


def test_all_ends_a_grant_that_is_lent_out_to_the_last_unit() -> None:
    ledger = lab("alpha", "beta", total=64)
    name = ledger.grant("alpha", 64)
    lent(ledger, 64, 0.5, 30)
    ledger.go_to(day(10))
    event = told(ledger, "release", pool=POOL, unit="alpha", quantity="all")[0]
    assert event["data"]["legs"] == [{"grant": name, "unit": "alpha", "quantity": 0, "ends": True}]
    assert [ledger.free(day(n)) for n in (10, 29, 30)] == [0, 0, 64]


def test_all_does_not_end_a_lender_at_the_very_instant_at_which_it_gave_something() -> None:
    ledger = lab("alpha", "beta", total=64)
    ledger.grant("alpha", 64)
    ledger.go_to(day(10))
    legs: list[dict[str, Any]] = [
        {"do": "release", "pool": POOL, "unit": "alpha", "quantity": 16},
        {"do": "lend", "pool": POOL, "from": {"unit": "alpha"}, "quantity": 48, "to": "beta",
         "returns_at": day(20)},
        {"do": "release", "pool": POOL, "unit": "alpha", "quantity": "all"},
    ]  # fmt: skip
    said = refused(ledger, "decision", "DependentFacts", legs=legs)
    assert said["leg"] == 2
    told(ledger, "decision", legs=legs[:2])
    told(ledger, "release", pool=POOL, unit="alpha", quantity="all")
    assert [ledger.free(day(n)) for n in (11, 20)] == [16, 64]
