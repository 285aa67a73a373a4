"""Forecasts: what is expected back, and when; they bind nobody and change nothing that is held."""

from typing import Any

import msgspec
import pytest

from tests.support.correcting import never
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.truth import refused, told

POOL = "h100"


def step(quantity: int, at: float) -> dict[str, Any]:
    return {"quantity": quantity, "expected_at": day(at)}


def of(ledger: InMemory, grant: str, *steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return told(ledger, "forecast", grant=grant, steps=list(steps), **more)[0]


def test_a_forecast_has_steps_and_a_confidence_and_changes_nothing_that_is_held() -> None:
    ledger = lab("alpha", total=64)
    name = ledger.grant("alpha", 64)
    before = portrait(ledger.state)
    event = of(ledger, name, step(16, 20), step(32, 40), confidence="high")
    assert event["topic"] == "release-forecast.v1"
    assert event["data"] == {
        "grant": name, "steps": [step(16, 20), step(32, 40)], "confidence": "high",
    }  # fmt: skip
    assert event["effective_at"] == event["recorded_at"]
    after = portrait(ledger.state)
    assert {part: after[part] for part in ("free", "live", "over", "made", "capacity")} == {
        part: before[part] for part in ("free", "live", "over", "made", "capacity")
    }
    refused(ledger, "grant", "NotEnoughFree", pool=POOL, unit="alpha", quantity=1,
            starts_at=day(50))  # fmt: skip


def test_a_new_one_takes_the_place_of_the_old_and_a_step_of_nothing_withdraws_it() -> None:
    ledger = lab("alpha")
    name = ledger.grant("alpha", 64)
    of(ledger, name, step(16, 20))
    second = of(ledger, name, step(8, 30))
    assert ledger.state.forecasts == {name: second["position"]}
    assert second["data"]["confidence"] == "medium"
    of(ledger, name, step(0, 30))
    assert ledger.state.forecasts == {}
    refused(ledger, "forecast", "NoDifference", grant=name, steps=[step(0, 30)])


def test_no_more_is_expected_of_a_grant_than_it_holds_by_now_or_when_it_begins() -> None:
    ledger = lab("alpha", "beta")
    held = ledger.grant("alpha", 16)
    ledger.tell("lend", pool=POOL, from_={"grant": held}, quantity=4, to="beta", returns_at=day(60))
    reserved = ledger.grant("alpha", 8, starts_at=day(10))
    for name, count in ((held, 16), (reserved, 8)):
        said = refused(ledger, "forecast", "MoreThanHeld", grant=name,
                       steps=[step(count, 20), step(1, 30)])  # fmt: skip
        assert said["arithmetic"]["available"] == count
        of(ledger, name, step(count, 20))


def test_what_is_expected_of_a_unit_is_spread_over_its_grants_as_they_would_be_drawn() -> None:
    ledger = lab("alpha", "beta")
    old = ledger.grant("alpha", 16)
    new = ledger.grant("alpha", 16)
    borrowed = ledger.grant("alpha", 8, borrowed=True)
    ledger.tell("lend", pool=POOL, from_={"grant": new}, quantity=4, to="beta", returns_at=day(60))
    reserved = ledger.grant("alpha", 16, starts_at=day(10))
    ledger.go_to(day(1))
    asked = {"pool": POOL, "unit": "alpha"}
    events = told(ledger, "forecast", steps=[step(10, 20), step(12, 30)], **asked)
    spread = {one["data"]["grant"]: one["data"]["steps"] for one in events}
    assert spread == {
        borrowed: [step(8, 20)],
        new: [step(2, 20), step(10, 30)],
        old: [step(2, 30)],
    }
    said = refused(ledger, "forecast", "MoreThanHeld", steps=[step(37, 20)], **asked)
    assert said["arithmetic"]["available"] == 36
    events = told(ledger, "forecast", steps=[step(8, 25)], **asked)
    assert {one["data"]["grant"]: one["data"]["steps"][0]["quantity"] for one in events} == {
        borrowed: 8, new: 0, old: 0,
    }  # fmt: skip
    assert set(ledger.state.forecasts) == {borrowed}
    told(ledger, "forecast", steps=[step(0, 25)], **asked)
    refused(ledger, "forecast", "NoDifference", steps=[step(0, 25)], **asked)
    assert reserved not in ledger.state.forecasts


def test_what_is_said_of_a_unit_leaves_what_is_said_of_its_reservations() -> None:
    ledger = lab("alpha")
    held, reserved = ledger.grant("alpha", 8), ledger.grant("alpha", 8, starts_at=day(10))
    said = of(ledger, reserved, step(8, 20))
    asked = {"pool": POOL, "unit": "alpha", "steps": [step(8, 15)]}
    [event] = told(ledger, "forecast", **asked)
    assert event["data"]["grant"] == held
    assert ledger.state.forecasts == {reserved: said["position"], held: event["position"]}
    ledger.go_to(day(10))
    events = told(ledger, "forecast", **asked)
    assert {one["data"]["grant"] for one in events} == {held, reserved}


def test_what_is_expected_lies_ahead_of_a_grant_that_still_is() -> None:
    ledger = lab("alpha")
    name = ledger.grant("alpha", 16, ends_at=day(20))
    ledger.go_to(day(5))
    refused(ledger, "forecast", "Impossible", grant=name, steps=[step(8, 5)])
    refused(ledger, "forecast", "Impossible", pool=POOL, unit="alpha", steps=[step(8, 4)])
    refused(ledger, "forecast", "UnknownPool", pool="none", unit="alpha", steps=[step(8, 9)])
    refused(ledger, "forecast", "UnknownUnit", pool=POOL, unit="nobody", steps=[step(8, 9)])
    of(ledger, name, step(8, 30))
    ledger.go_to(day(20))
    refused(ledger, "forecast", "GrantEnded", grant=name, steps=[step(8, 30)])


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [step(8, 20), step(8, 10)],
        [step(8, 20), step(8, 20)],
        [step(8, 20), step(0, 30)],
        [step(-1, 20)],
        [step(1, 10 + number) for number in range(101)],
    ],
)
def test_steps_stand_in_order_one_for_each_date_and_nothing_stands_alone(steps: list[Any]) -> None:
    ledger = lab("alpha")
    name = ledger.grant("alpha", 128)
    with pytest.raises(msgspec.ValidationError):
        ledger.ask("forecast", grant=name, steps=steps)


def test_those_who_hold_or_shape_may_foretell_and_nobody_else() -> None:
    for role, may in (("lead", True), ("operator", True), ("decider", True), ("steward", False),
                      ("importer", False), ("auditor", False)):  # fmt: skip
        ledger = lab("alpha")
        name = ledger.grant("alpha", 8)
        ledger.tell("delegate", to="who", role=role, unit="alpha")
        asked: dict[str, Any] = {"grant": name, "steps": [step(8, 20)]}
        given = ledger.ask("forecast", by="who", **asked)
        assert (given.status, given.code) == (
            (201, None) if may else (403, "NotYoursToDecide")
        ), role  # fmt: skip


def test_a_grant_corrected_away_is_expected_to_give_nothing_and_keeps_its_forecast() -> None:
    ledger = lab("alpha")
    name = ledger.grant("alpha", 8)
    made = ledger.state.grants[name].made
    of(ledger, name, step(8, 20))
    told(ledger, "correct", **never(ledger, made))
    refused(ledger, "forecast", "UnknownGrant", grant=name, steps=[step(8, 30)])
    refused(ledger, "forecast", "NoDifference", pool=POOL, unit="alpha", steps=[step(0, 30)])
