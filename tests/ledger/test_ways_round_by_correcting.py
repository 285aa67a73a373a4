"""What may not be done is not done by correcting either: floors, notice, rights, two persons."""

from typing import Any

import pytest

from tests.ledger.test_corrections import grant, release
from tests.ledger.test_corrections_of_moves import leg, lend
from tests.support.correcting import WORDS, Fields, instead, never, quantity, together
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, proposed, refused, told

SOON = "2026-01-02T23:59:59.500000Z"


def floored(unit: str, floor: int = 50, **fields: Any) -> InMemory:
    """A lab in which a unit owns 60 and keeps a floor."""
    ledger = lab("alpha", "beta", "gamma", total=300)
    shares = [{"unit": unit, "floor": floor, "amount": 80}]
    ledger.tell("split", pool="h100", parent="lab", shares=shares, **fields)
    return ledger


def test_a_loan_is_not_prolonged_below_a_floor() -> None:
    ledger = floored("alpha", effective_at=day(10))
    name, _ = grant(ledger, "alpha", 60)
    loan, _ = lend(ledger, name, 30, 10)
    said = refused(ledger, "extend", "BelowFloor", grant=loan, ends_at=day(30))
    assert (said["arithmetic"]["unit"], said["arithmetic"]["after"]) == ("alpha", 30)


def test_a_correction_lends_no_more_than_a_floor_leaves_nor_out_of_another_hand() -> None:
    ledger = floored("alpha")
    name, _ = grant(ledger, "alpha", 60)
    other, _ = grant(ledger, "gamma", 60)
    _, position = lend(ledger, name, 10, 30)
    more = quantity(ledger, position, 30)
    refused(ledger, "correct", "BelowFloor", **more)
    _, of_gamma = lend(ledger, other, 30, 30)
    refused(ledger, "correct", "BelowFloor",
            **instead(ledger, of_gamma, legs=[leg(name, "alpha", 30)]))  # fmt: skip
    longer = instead(ledger, position, legs=[leg(other, "gamma", 10)])
    told(ledger, "correct", **longer)


def test_a_correction_makes_nothing_borrowed_that_a_floor_keeps() -> None:
    ledger = floored("alpha")
    _, position = grant(ledger, "alpha", 60)
    refused(ledger, "correct", "BelowFloor", **instead(ledger, position, class_="borrowed"))


def test_a_release_of_a_loan_is_called_off_by_the_lenders_side() -> None:
    ledger = lab("alpha", "beta", total=100)
    name, _ = grant(ledger, "alpha", 20)
    loan, _ = lend(ledger, name, 5, 30)
    for person, role, unit in (
        ("bea", "lead", "beta"), ("ann", "lead", "alpha"), ("ona", "operator", "lab"),
        ("bob", "operator", "lab"), ("bob", "lead", "beta"), ("all", "lead", "lab"),
    ):  # fmt: skip
        ledger.tell("delegate", to=person, role=role, unit=unit)
    back = release(ledger, loan, 5, effective_at=day(2))
    ledger.go_to(day(5))
    anew = never(ledger, back)
    said = ledger.refusal("correct", by="bea", **anew)
    assert (said["code"], "alpha" in said["detail"]) == ("NotYoursToDecide", True)
    assert ledger.refusal("correct", by="ann", **anew)["code"] == "NotYoursToDecide"
    for person, status in (("ona", 200), ("all", 200), ("bob", 200)):
        tried = ledger.ask("correct", by=person, dry_run=True, **anew)
        assert tried.status == status
        assert (b"second_person" in tried.body) == (person == "bob")


@pytest.mark.parametrize("at", [None, SOON])
def test_what_is_taken_from_now_on_by_correcting_needs_notice(at: str | None) -> None:
    ledger = lab("alpha", "beta", total=100)
    ledger.tell("set_rules", notice_days=14, reason=WORDS)
    name, made = grant(ledger, "alpha", 20)
    ledger.go_to(day(1))
    taken = release(ledger, name, 10, kind="reclaimed", effective_at=day(16), reason=WORDS)
    loan, lent = lend(ledger, name, 5, 30)
    ledger.go_to(day(2))
    sooner = instead(ledger, taken, at or ledger.now)
    smaller = quantity(ledger, lent, 1)
    shorter = instead(ledger, made, ends_at=at or day(3))
    for wrong in (sooner, smaller):
        refused(ledger, "correct", "NoticeNeeded", **wrong)
        [event] = ledger.tell("correct", **wrong, overrides=["notice"])
        assert event["overrides"] == ["notice"]
    in_order(ledger)
    assert ledger.hold(loan, ledger.now) == 1
    both = together(shorter, never(ledger, lent), never(ledger, taken))
    refused(ledger, "decision", "NoticeNeeded", legs=both)


def test_what_went_by_and_touches_nothing_from_now_on_needs_no_notice() -> None:
    ledger = lab("alpha", total=100)
    ledger.tell("set_rules", notice_days=14, reason=WORDS)
    name, _ = grant(ledger, "alpha", 20, ends_at=day(5))
    ledger.tell("extend", grant=name, ends_at=day(3), reason=WORDS, overrides=["notice"])
    position = len(ledger.events)
    ledger.go_to(day(8))
    told(ledger, "correct", **instead(ledger, position, ends_at=day(2)))


def test_corrections_count_towards_the_second_person_with_all_that_they_change() -> None:
    ledger = lab("alpha", total=2000)
    ledger.tell("set_rules", pool="h100", second_person_from=100, reason=WORDS)
    names = [grant(ledger, "alpha", 90)[0] for _ in range(3)]
    legs = [leg(name, "alpha", 1) for name in names]
    taken = ledger.tell("release", grants=[{"grant": one, "quantity": 1} for one in names],
                        kind="reclaimed", reason=WORDS)[0]["position"]  # fmt: skip
    much = instead(ledger, taken, legs=[one | {"quantity": 35} for one in legs])
    proposed(ledger, "correct", **much)
    told(ledger, "correct", **instead(ledger, taken, legs=[one | {"quantity": 33} for one in legs]))
    _, lent = grant(ledger, "alpha", 99, borrowed=True)
    told(ledger, "correct", **instead(ledger, lent, class_="guaranteed"))
    told(ledger, "correct", **quantity(ledger, lent, 99 + 99))
    proposed(ledger, "correct", **instead(ledger, lent, class_="borrowed"))


@pytest.mark.parametrize(("count", "needs_two"), [(99, False), (100, True)])
def test_a_loan_said_to_be_of_another_lender_counts_with_all_of_it(
    count: int, needs_two: bool
) -> None:
    ledger = lab("alpha", "beta", "gamma", total=2000)
    name, _ = grant(ledger, "alpha", 200)
    other, _ = grant(ledger, "gamma", 200)
    _, position = lend(ledger, name, count, 30)
    ledger.tell("set_rules", pool="h100", second_person_from=100, reason=WORDS)
    of_gamma = instead(ledger, position, legs=[leg(other, "gamma", count)])
    (proposed if needs_two else told)(ledger, "correct", **of_gamma)


def test_who_asked_for_it_gives_no_more_by_correcting() -> None:
    ledger = lab("alpha", total=200)
    for person, role in (("ona", "operator"), ("dee", "decider")):
        ledger.tell("delegate", to=person, role=role, unit="lab")
    asked = ledger.tell("request", by="ona", unit="alpha", pools=["h100"], quantity=64,
                        justification="A run")[0]["data"]["request"]  # fmt: skip
    ledger.tell("decide_request", by="dee", request=asked, outcome="approved")
    _, position = grant(ledger, "alpha", 10, request=asked)
    proposed_by = ledger.ask("correct", by="ona", **quantity(ledger, position, 64))
    assert proposed_by.status == 202
    told(ledger, "correct", **quantity(ledger, position, 64))


def test_a_loan_dated_far_back_is_for_an_importer_over_both_sides() -> None:
    ledger = lab("alpha", "beta", total=100)
    name, _ = grant(ledger, "alpha", 20)
    ledger.go_to(day(60))
    for role, unit in (("operator", "lab"), ("importer", "alpha")):
        ledger.tell("delegate", to="ian", role=role, unit=unit)
    asked: Fields = {"pool": "h100", "from_": {"grant": name}, "to": "beta", "quantity": 5,
             "returns_at": day(90), "effective_at": day(1), "reason": WORDS}  # fmt: skip
    assert ledger.ask("lend", by="ian", **asked).status == 202
    ledger.tell("delegate", to="ian", role="importer", unit="beta")
    [made] = ledger.tell("lend", by="ian", **asked)
    assert len(made["authority"]) == 3
