"""Corrections of loans and of who lends: a loan has a source, and comes back to it."""

from typing import Any

from tests.ledger.test_corrections import grant, on, release
from tests.ledger.test_corrections_of_moves import leg, lend
from tests.support.correcting import instead, never, quantity, together
from tests.support.in_memory import day, lab
from tests.support.truth import refused, told


def test_a_loan_is_one_leg_borrowed_out_of_a_grant_that_outlives_it() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, _ = grant(ledger, "alpha", 64, ends_at=day(40))
    other, _ = grant(ledger, "alpha", 16)
    ledger.go_to(day(1))
    loan, position = lend(ledger, name, 24, 30)
    ledger.go_to(day(2))
    late, _ = grant(ledger, "alpha", 16)
    wrong: list[dict[str, Any]] = [
        {"class_": "guaranteed"},
        {"loan": False},
        {"ends_at": None},
        {"ends_at": day(41)},
        {"legs": [leg(name, "alpha", 12), leg(other, "alpha", 12)]},
        {"legs": [leg(late, "alpha", 24)]},
        {"legs": [leg(loan, "beta", 24)]},
    ]
    for changes in wrong:
        refused(ledger, "correct", "Impossible", **instead(ledger, position, **changes))
    said = refused(ledger, "correct", "NegativeHolding", **quantity(ledger, position, 65))
    assert (said["arithmetic"]["measure"], said["arithmetic"]["after"]) == ("hold", -1)
    told(
        ledger, "correct", **instead(ledger, position, quantity=16, legs=[leg(other, "alpha", 16)])
    )
    assert on(ledger, name, 5, 30) + on(ledger, other, 5, 30) == [64, 64, 0, 16]
    assert ledger.hold(loan, day(5)) == 16


def test_a_loan_that_its_lender_left_behind_may_be_said_to_be_smaller_or_shorter() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 64)
    _, position = lend(ledger, name, 24, 30)
    prolonged = ledger.tell("extend", grant=ledger.facts()[position - 1]["data"]["to_grant"],
                            ends_at=day(35))[0]["position"]  # fmt: skip
    ledger.tell("extend", grant=name, ends_at=day(20), reason="r")
    told(ledger, "correct", **quantity(ledger, position, 16))
    told(ledger, "correct", **instead(ledger, prolonged, ends_at=day(33)))
    refused(ledger, "correct", "Impossible", **instead(ledger, prolonged, ends_at=day(34)))
    told(ledger, "correct", **instead(ledger, position, ends_at=day(29)))
    assert [ledger.free(day(n)) for n in (19, 20, 32, 33)] == [64, 112, 112, 128]


def test_a_loan_that_never_happened_was_in_its_lenders_hand_all_the_while() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 64)
    loan, position = lend(ledger, name, 24, 30)
    ledger.go_to(day(3))
    back = release(ledger, loan, 8)
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, position))
    assert said["arithmetic"]["positions"] == [back]
    told(ledger, "decision", legs=together(never(ledger, position), never(ledger, back)))
    assert on(ledger, name, 1, 5) + on(ledger, loan, 1, 5) == [64, 64, 0, 0]
    told(ledger, "correct", **instead(ledger, position))
    assert on(ledger, name, 1, 5) + on(ledger, loan, 1, 5) == [40, 40, 24, 24]
    told(ledger, "correct", **instead(ledger, back))
    assert on(ledger, name, 5) + on(ledger, loan, 5) == [48, 16]


def test_a_loan_that_never_happened_may_be_said_to_be_another_lenders() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, _ = grant(ledger, "alpha", 40)
    other, _ = grant(ledger, "gamma", 10)
    _, position = lend(ledger, name, 5, 20)
    ledger.go_to(day(1))
    told(ledger, "correct", **never(ledger, position))
    assert [ledger.free(day(n)) for n in (1, 2, 20)] == [78, 78, 78]
    told(ledger, "correct", **instead(ledger, position, legs=[leg(other, "gamma", 5)]))
    assert [ledger.free(day(n)) for n in (1, 2, 20)] == [78, 78, 78]
    assert [ledger.holds(unit, day(2)) for unit in ("alpha", "beta", "gamma")] == [40, 5, 5]


def test_a_lender_that_would_never_have_been_or_not_by_then_names_its_loans() -> None:
    ledger = lab("alpha", "beta")
    ledger.go_to(day(1))
    name, made = grant(ledger, "alpha", 64)
    ledger.go_to(day(5))
    loan, position = lend(ledger, name, 24, 30)
    for wrong, why in (
        (never(ledger, made), "was never made"),
        (instead(ledger, made, day(6)), f"holds from {day(6)} on"),
        (instead(ledger, made, ends_at=day(5)), f"holds from {day(1)} until {day(5)}"),
        (instead(ledger, made, unit="beta"), "is of beta, and not of alpha"),
    ):
        said = refused(ledger, "correct", "DependentFacts", **wrong)
        assert said["arithmetic"]["positions"] == [position]
        assert f"{why}, and is named later" in said["detail"], said["detail"]
    refused(ledger, "correct", "NegativeHolding", **quantity(ledger, made, 23))
    told(ledger, "correct", **instead(ledger, made, ends_at=day(20)))
    assert on(ledger, loan, 19, 20, 29, 30) == [24, 24, 24, 0]
    told(ledger, "correct", **quantity(ledger, made, 24))
    assert [ledger.free(day(n)) for n in (4, 10, 20, 30)] == [104, 104, 104, 128]


def test_of_what_falls_below_zero_the_first_instant_is_told() -> None:
    ledger = lab("alpha", "beta")
    ledger.go_to(day(1))
    name, made = grant(ledger, "alpha", 50)
    ledger.go_to(day(2))
    _, loan = lend(ledger, name, 25, 30)
    away = [{"grant": name, "quantity": 25}]
    (released,) = ledger.tell("release", grants=away, effective_at=day(10))
    said = refused(ledger, "correct", "NegativeHolding", **quantity(ledger, made, 24))["arithmetic"]
    assert (said["at"], said["measure"], said["after"]) == (day(2), "hold", -1)
    assert said["positions"] == [loan]
    said = refused(
        ledger, "correct", "NegativeHolding", **quantity(ledger, released["position"], 51)
    )
    said = said["arithmetic"]
    assert (said["at"], said["measure"], said["after"]) == (day(10), "own", -1)


def test_a_lender_and_its_loan_are_said_anew_together_in_any_order() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, made = grant(ledger, "alpha", 64)
    _, position = lend(ledger, name, 24, 30)
    of_gamma = instead(ledger, position, legs=[leg(name, "gamma", 24)])
    told(ledger, "decision", legs=together(instead(ledger, made, unit="gamma"), of_gamma))
    assert [ledger.holds(unit, day(1)) for unit in ("alpha", "beta", "gamma")] == [0, 24, 40]
    told(ledger, "decision", legs=together(quantity(ledger, position, 8),
                                           quantity(ledger, made, 8)))  # fmt: skip
    assert [ledger.holds(unit, day(1)) for unit in ("beta", "gamma")] == [8, 0]
