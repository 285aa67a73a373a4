"""Limits in decisions of many legs: each instant is judged, and only corrections acknowledge."""

from typing import Any

from tests.support.correcting import Fields, instead, quantity
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, proposed, refused, told

WORDS = {"reason": "As agreed"}
SECOND = "sue"


def house(total: int = 100) -> InMemory:
    """Two teams, and a second person."""
    ledger = lab("alpha", "beta", total=total)
    for role in ("decider", "operator", "importer"):
        ledger.tell("delegate", to=SECOND, role=role, unit="lab")
    return ledger


def split(ledger: InMemory, *shares: Fields, **fields: Any) -> None:
    ledger.tell("split", pool="h100", parent="lab", shares=list(shares), **WORDS, **fields)


def granted(ledger: InMemory, unit: str, count: int) -> tuple[str, int]:
    name = ledger.grant(unit, count)
    return name, len(ledger.events)


def acknowledged(fields: Fields) -> Fields:
    return {"do": "correct", **fields, "acknowledge_breach": True}


def test_what_a_correction_acknowledges_lets_no_other_leg_break_a_limit() -> None:
    ledger = house()
    _, position = granted(ledger, "alpha", 10)
    ledger.go_to(day(1))
    mistake = acknowledged(quantity(ledger, position, 11))
    more = {"do": "grant", "pool": "h100", "unit": "beta", "quantity": 90}
    for legs in ([mistake, more], [more, mistake]):
        said = refused(ledger, "decision", "NotEnoughFree", legs=legs, **WORDS)
        assert said["leg"] == legs.index(more)
    mistake = acknowledged(quantity(ledger, position, 101))
    waits = proposed(ledger, "decision", legs=[mistake], **WORDS)
    [event] = ledger.tell("confirm", by=SECOND, proposal=waits)
    assert event["overrides"] == ["breach"]
    refused(ledger, "decision", "NotEnoughFree", legs=[more | {"quantity": 1}], **WORDS)
    in_order(ledger)


def test_who_acknowledges_the_breach_of_a_pool_is_held_to_budgets_by_the_other_legs() -> None:
    ledger = house()
    _, position = granted(ledger, "alpha", 10)
    held, _ = granted(ledger, "beta", 60)
    split(ledger, {"unit": "beta", "floor": 50, "amount": 60, "cap": 70})
    ledger.go_to(day(1))
    mistake = acknowledged(quantity(ledger, position, 80))
    taken = {"do": "release", "grants": [{"grant": held, "quantity": 11}], "kind": "reclaimed"}
    given = {"do": "reallocate", "pool": "h100", "from": [{"unit": "alpha", "quantity": 2}],
             "to": "beta"}  # fmt: skip
    for leg, code in ((taken, "BelowFloor"), (given, "OverAmount")):
        said = refused(ledger, "decision", code, legs=[mistake, leg], **WORDS)
        assert said["leg"] == 1
    taken["grants"] = [{"grant": held, "quantity": 10}]
    proposed(ledger, "decision", legs=[mistake, taken], **WORDS)


def test_a_budget_that_corrections_alone_exceed_may_be_acknowledged() -> None:
    ledger = house()
    _, position = granted(ledger, "alpha", 10)
    split(ledger, {"unit": "alpha", "amount": 20, "cap": 30})
    refused(ledger, "correct", "OverAmount", **quantity(ledger, position, 21))
    waits = proposed(ledger, "correct", **quantity(ledger, position, 31), acknowledge_breach=True)
    [event] = ledger.tell("confirm", by=SECOND, proposal=waits)
    assert event["overrides"] == ["breach"]


def test_a_floor_is_judged_at_every_instant_and_not_only_where_it_is_first_left() -> None:
    ledger = house(200)
    split(ledger, {"unit": "alpha", "floor": 90, "amount": 100})
    held, _ = granted(ledger, "alpha", 100)
    ledger.go_to(day(1))
    back = {"do": "release", "grants": [{"grant": held, "quantity": 11}], "kind": "returned",
            "advance": False}  # fmt: skip
    away = {"do": "release", "grants": [{"grant": held, "quantity": 60}], "kind": "reclaimed",
            "effective_at": day(10)}  # fmt: skip
    for legs in ([back, away], [away, back]):
        said = refused(ledger, "decision", "BelowFloor", legs=legs, **WORDS)
        assert (said["leg"], said["arithmetic"]["at"]) == (legs.index(away), day(10))
        assert said["arithmetic"]["after"] == 29
    told(ledger, "decision", legs=[back], **WORDS)


def test_a_floor_that_another_decider_set_is_not_overridden_with_ones_own() -> None:
    ledger = house(200)
    ledger.tell("create_unit", unit="one", parent="alpha")
    ledger.tell("delegate", to="dee", role="decider", unit="alpha")
    ledger.tell("delegate", to="dee", role="operator", unit="lab")
    floor = {"unit": "one", "floor": 50, "amount": 100}
    ledger.tell("split", pool="h100", parent="alpha", shares=[floor], until=day(20), **WORDS)
    held, _ = granted(ledger, "one", 60)
    ledger.tell("move_unit", unit="one", parent="beta", **WORDS)
    ledger.tell("split", pool="h100", parent="beta", shares=[floor], effective_at=day(20), **WORDS)
    away: Fields = {"grants": [{"grant": held, "quantity": 60}], "kind": "reclaimed",
            "overrides": ["floor"], **WORDS}  # fmt: skip
    for at in (day(1), day(25)):
        said = ledger.refusal("release", by="dee", effective_at=at, **away)
        assert (said["code"], said["arithmetic"]["at"]) == ("BelowFloor", max(at, day(20)))
    [event] = ledger.tell("release", effective_at=day(25), **away)
    assert event["overrides"] == ["floor"]


def test_what_a_decision_gives_back_at_once_is_not_taken() -> None:
    ledger = house()
    split(ledger, {"unit": "alpha", "floor": 50, "amount": 60})
    held, position = granted(ledger, "alpha", 50)
    away = {"do": "release", "grants": [{"grant": held, "quantity": 10}], "kind": "reclaimed"}
    anew = {"do": "grant", "pool": "h100", "unit": "alpha", "quantity": 10}
    refused(ledger, "decision", "BelowFloor", legs=[away], **WORDS)
    told(ledger, "decision", legs=[away, anew], **WORDS)
    told(ledger, "decision", legs=[{"do": "correct", **instead(ledger, position, quantity=60)}],
         **WORDS)  # fmt: skip


def test_a_grant_that_was_said_to_be_anothers_and_is_not_counts_once() -> None:
    ledger = house()
    held, position = granted(ledger, "alpha", 50)
    for unit in ("beta", "alpha", "beta", "alpha"):
        told(ledger, "correct", **instead(ledger, position, unit=unit))
    split(ledger, {"unit": "alpha", "floor": 50, "amount": 60, "cap": 60})
    in_order(ledger)
    told(ledger, "grant", pool="h100", unit="alpha", quantity=5)
    away = [{"grant": held, "quantity": 50}]
    said = refused(ledger, "release", "BelowFloor", grants=away, kind="reclaimed", reason="r")
    assert said["arithmetic"]["after"] == 5


def test_who_overrides_a_floor_goes_above_no_amount_and_no_cap() -> None:
    ledger = house()
    split(ledger, {"unit": "alpha", "floor": 4, "amount": 8, "cap": 10})
    asked: Fields = {"pool": "h100", "unit": "alpha", "overrides": ["floor"], **WORDS}
    refused(ledger, "grant", "OverAmount", quantity=9, **asked)
    told(ledger, "grant", quantity=8, **asked)
    refused(ledger, "grant", "OverCap", quantity=3, borrowed=True, **asked)
    told(ledger, "grant", quantity=2, borrowed=True, **asked)


def test_what_a_unit_holds_counts_above_it_from_when_it_came_there() -> None:
    ledger = house()
    ledger.tell("create_unit", unit="one", parent="alpha")
    split(ledger, {"unit": "beta", "amount": 50})
    ledger.go_to(day(5))
    told(ledger, "move_unit", unit="one", parent="beta")
    ledger.go_to(day(6))
    told(ledger, "grant", pool="h100", unit="one", quantity=40, starts_at=day(3), **WORDS)
    asked: Fields = {"pool": "h100", "unit": "beta", "starts_at": day(3), **WORDS}
    said = refused(ledger, "grant", "OverAmount", quantity=11, **asked)
    assert said["arithmetic"]["at"] == day(5)
    told(ledger, "grant", quantity=50, ends_at=day(5), **asked)
