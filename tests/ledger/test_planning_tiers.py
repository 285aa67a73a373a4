"""Plans tier by tier: whose grants count for which harm, and up to which day or limit."""

from typing import Any

import msgspec
import pytest

from ledger.plans import Foreseen
from tests.ledger.test_planning import asked_for
from tests.ledger.test_planning_over_time import divided, entitle
from tests.support.in_memory import InMemory, day, lab
from tests.support.planning import ask_for, carry_out, parts, plan

SECOND = 1 / 86_400


def forecast(ledger: InMemory, grant: str, *steps: tuple[int, float]) -> tuple[Foreseen, ...]:
    """Forecast a release in steps, and tell it as the read models do."""
    said = [{"quantity": quantity, "expected_at": day(at)} for quantity, at in steps]
    made = ledger.tell("forecast", grant=grant, steps=said, confidence="medium")
    position = made[-1]["position"]
    return tuple(Foreseen(grant, position, quantity, day(at), "medium") for quantity, at in steps)


def full() -> tuple[InMemory, str]:
    """All 20 are held by one unit, and nothing says when they come back; returns its grant."""
    ledger = lab("a", "b", total=20)
    return ledger, ledger.grant("b", 20, ends_at=day(300))


@pytest.mark.parametrize(("end", "found"), [(61, [("winding_down", "b", 8)]), (61 + SECOND, [])])
def test_what_ends_just_thirty_days_after_the_date_is_winding_down(
    end: float, found: list[Any]
) -> None:
    ledger = lab("a", "b", total=20)
    ledger.grant("b", 20, ends_at=day(end))
    assert parts(plan(ledger, 8, "a", by=31, ends_at=day(60))) == found


@pytest.mark.parametrize(("second", "quantity"), [(61, 20), (61 + SECOND, 4), (150, 4)])
def test_of_what_is_scheduled_only_what_leaves_within_thirty_days_is_winding_down(
    second: float, quantity: int
) -> None:
    ledger, grant = full()
    for part, at in ((4, 40), (16, second)):
        ledger.tell("release", grants=[{"grant": grant, "quantity": part}], effective_at=day(at))
    found = plan(ledger, 20, "a", by=31, ends_at=day(39))
    assert parts(found) == [("winding_down", "b", quantity)]


@pytest.mark.parametrize(("at", "found"), [(31, [("winding_down", "b", 8)]), (31 + SECOND, [])])
def test_what_is_likely_just_by_the_date_counts(at: float, found: list[Any]) -> None:
    ledger, grant = full()
    foreseen = forecast(ledger, grant, (8, at))
    assert parts(plan(ledger, 8, "a", by=31, foreseen=foreseen)) == found


def test_the_steps_of_a_forecast_that_are_likely_by_the_date_are_one_sum() -> None:
    ledger, grant = full()
    foreseen = forecast(ledger, grant, (4, 20), (5, 25), (6, 40))
    assert parts(plan(ledger, 20, "a", by=31, foreseen=foreseen)) == [("winding_down", "b", 9)]


@pytest.mark.parametrize(
    ("mine", "theirs", "found"),
    [
        ("low", "low", []),
        ("high", "high", []),
        ("normal", "low", [("lower_priority", "b", 8)]),
        (None, "normal", []),
        (None, "low", [("lower_priority", "b", 8)]),
    ],
)
def test_what_answers_a_request_goes_to_none_of_the_same_priority_as_it_was_decided(
    mine: str | None, theirs: str, found: list[Any]
) -> None:
    ledger = lab("a", "b", total=20)
    ledger.tell("delegate", to="asker", role="lead", unit="lab")
    ledger.grant("b", 20, request=asked_for(ledger, "b", theirs))
    request = None if mine is None else asked_for(ledger, "a", mine)
    assert parts(plan(ledger, 8, "a", request=request)) == found


def test_an_amount_that_is_overdue_is_still_what_a_unit_is_above() -> None:
    ledger, _ = full()
    share = {"unit": "b", "amount": 12}
    ledger.tell("split", pool="h100", parent="lab", shares=[share], until=day(10), reason="Less")
    assert parts(plan(ledger, 20, "a", by=31)) == [("above_amount", "b", 8)]


def of_teams(division: int, team: int) -> InMemory:
    """A division that owns 24, of which its first team owns 14, with amounts of both."""
    ledger = divided(24, "other")
    ledger.grant("d1", 14)
    ledger.grant("d2", 10)
    entitle(ledger, amount=division)
    share = {"unit": "d1", "amount": team}
    ledger.tell("split", pool="h100", parent="d", shares=[share], reason="As agreed")
    return ledger


def test_the_nearest_amount_above_counts_and_none_further_up() -> None:
    is_over = of_teams(division=40, team=4)
    assert parts(plan(is_over, 20, "other")) == [("above_amount", "d1", 10)]
    is_within = of_teams(division=16, team=14)
    assert parts(plan(is_within, 20, "other")) == [("above_amount", "d2", 8)]


def test_what_was_borrowed_uses_up_neither_a_floor_nor_what_is_above_an_amount() -> None:
    ledger = lab("a", "b", total=30)
    ledger.grant("b", 10, borrowed=True)
    ledger.grant("b", 20)
    share = {"unit": "b", "amount": 14, "floor": 5}
    ledger.tell("split", pool="h100", parent="lab", shares=[share], reason="Less of it")
    found = plan(ledger, 20, "a")
    assert parts(found) == [("borrowed", "b", 10), ("above_amount", "b", 6)]
    assert found.limits == (), "the floor would have left more"
    carry_out(ledger, found)


def test_of_what_is_scheduled_no_more_leaves_because_a_part_is_forecast_sooner() -> None:
    ledger = lab("a", "b", total=64)
    name = ledger.grant("b", 64)
    foreseen = forecast(ledger, name, (10, 20))
    ledger.tell("release", grants=[{"grant": name, "quantity": 30}], effective_at=day(45))
    found = plan(ledger, 64, "a", foreseen=foreseen)
    assert parts(found) == [("winding_down", "b", 10), ("winding_down", "b", 20)]
    assert "gives back 20 more by" in found.moves[1].sentence
    before = ledger.holds("b", day(46))
    carry_out(ledger, found)
    assert ledger.holds("b", day(46)) == before == 34


def test_a_newer_forecast_is_waited_for_of_the_same_pool_alone() -> None:
    ledger = lab("a", "b", total=64)
    ledger.tell("open_pool", pool="b200")
    ledger.tell("change_capacity", pool="b200", kind="counted", total=8)
    here, there = ledger.grant("a", 64), ledger.grant("a", 8, "b200")
    known = ledger.state.position
    forecast(ledger, there, (8, 20))
    assert ask_for(ledger, 8, "b", reflected=known)[0] == 200
    forecast(ledger, here, (8, 20))
    status, body = ask_for(ledger, 8, "b", reflected=known + 1)
    assert (status, msgspec.json.decode(body)["code"]) == (503, "NotReflectedYet")
    assert ask_for(ledger, 8, "b", reflected=known + 2)[0] == 200


def test_what_would_be_borrowed_is_not_taken_of_what_a_floor_above_both_keeps() -> None:
    ledger = divided(20, floor=12, amount=12)
    ledger.grant("d1", 12, ends_at=day(40))
    found = plan(ledger, 10, "d2")
    assert (parts(found), found.borrowed, found.missing) == ([("free", None, 8)], True, 2)
    assert ("BelowFloor", "d") in [(one.code, one.unit) for one in found.limits]
    carry_out(ledger, found)


def test_a_floor_that_leaves_just_what_a_grant_has_is_not_named() -> None:
    ledger = divided(20, "b", floor=12)
    ledger.grant("d1", 12)
    ledger.grant("d1", 8, ends_at=day(40))
    found = plan(ledger, 16, "b")
    assert (parts(found), found.missing) == ([("winding_down", "d1", 8)], 8)
    assert found.limits == ()
    entitle(ledger, floor=13)
    found = plan(ledger, 16, "b")
    assert (parts(found), found.missing) == ([("winding_down", "d1", 7)], 9)
    assert [(one.code, one.unit) for one in found.limits] == [("BelowFloor", "d")]


def test_who_leads_a_unit_answers_for_it_and_not_who_decides_there_too() -> None:
    ledger = lab("a", "b", total=32)
    ledger.grant("a", 32, borrowed=True)
    for person, role in (("dee", "decider"), ("lea", "lead"), ("ada", "lead"), ("oda", "operator")):
        ledger.tell("delegate", to=person, role=role, unit="a")
    told = [(one.person, one.role, one.quantity) for one in plan(ledger, 8, "b").tell]
    assert told == [("ada", "lead", 8), ("lea", "lead", 8)]
