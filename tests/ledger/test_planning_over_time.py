"""Plans over time: schedules under limits, windows that are over, what is shared, who asks."""

import json
from typing import Any

import msgspec
import pytest

from tests.ledger.test_planning import asked_for, forecast
from tests.support.in_memory import InMemory, day, lab
from tests.support.planning import ask_for, carry_out, parts, plan

NEEDED = "They need it"


def lent(ledger: InMemory, quantity: int, **fields: Any) -> str:
    """A loan of mine to a friend until day 90; returns its grant."""
    made = ledger.tell(
        "lend", pool="h100", from_={"unit": "mine"}, quantity=quantity, to="friend",
        returns_at=day(90), reason=NEEDED, **fields,
    )  # fmt: skip
    return made[-1]["data"]["to_grant"]


def divided(total: int, *units: str, **share: int) -> InMemory:
    """A division with teams d1 and d2, and other units."""
    ledger = lab("d", *units, total=total)
    for team in ("d1", "d2"):
        ledger.tell("create_unit", unit=team, parent="d")
    if share:
        entitle(ledger, **share)
    return ledger


def entitle(ledger: InMemory, at: float = 0, **share: int) -> None:
    """Give the division a share from a day on, whatever it owns already."""
    shares = [{"unit": "d", **share}]
    then = {"effective_at": day(at)} if at else {}
    ledger.tell("split", pool="h100", parent="lab", shares=shares, reason="As agreed", **then)


def test_a_time_that_has_gone_by_is_refused() -> None:
    ledger = lab("a", "b", total=64)
    ledger.grant("a", 64)
    ledger.go_to(day(31))
    status, body = ask_for(ledger, 64, "b", by=5, ends_at=day(10))
    assert (status, msgspec.json.decode(body)["code"]) == (409, "Impossible")
    assert parts(plan(ledger, 64, "b", by=5, ends_at=day(40))) == []


def test_a_request_of_others_is_refused() -> None:
    ledger = lab("a", "b", total=64)
    ledger.tell("delegate", to="asker", role="lead", unit="lab")
    request = asked_for(ledger, "a", "low")
    status, body = ask_for(ledger, 8, "b", request=request)
    assert (status, msgspec.json.decode(body)["code"]) == (409, "Impossible")


def test_more_loans_than_a_decision_has_legs_come_back_in_one() -> None:
    ledger = lab("mine", "friend", total=2000)
    ledger.grant("mine", 1100)
    for _ in range(1010):
        lent(ledger, 1)
    found = plan(ledger, 1900, "mine")
    assert (found.found, len(found.moves)) == (1900, 1 + 1000)
    carry_out(ledger, found)
    assert ledger.holds("friend", day(31)) == 10


def test_a_loan_that_begins_at_the_date_comes_back() -> None:
    ledger = lab("mine", "friend", total=64)
    ledger.grant("mine", 64)
    lent(ledger, 40, starts_at=day(31))
    found = plan(ledger, 40, "mine")
    assert parts(found) == [("recall", "friend", 40)]
    carry_out(ledger, found)
    assert ledger.holds("mine", day(31)) == 64


def test_what_is_needed_at_once_begins_when_it_is_decided() -> None:
    ledger = lab("mine", "friend", "b", total=96, backdate_days=0)
    ledger.grant("mine", 64)
    lent(ledger, 40)
    ledger.go_to(day(31))
    for by in (30, 31 + 0.4 / 86_400):
        found = plan(ledger, 72, "mine", by=by)
        assert parts(found) == [("free", None, 32), ("recall", "friend", 40)]
        dated = ("starts_at", "effective_at", "ends_at")
        assert not any(name in json.dumps(found.decision) for name in dated)
    ledger.go_to(day(31.05))
    ledger.tell("delegate", to="dee", role="decider", unit="lab")
    assert found.decision is not None
    assert ledger.ask("decision", by="dee", **found.decision).status == 201


def test_a_lender_that_shrinks_keeps_only_what_stays() -> None:
    ledger = lab("mine", "friend", total=64)
    grant = ledger.grant("mine", 64)
    lent(ledger, 30)
    lent(ledger, 10)
    ledger.tell("release", grants=[{"grant": grant, "quantity": 8}], effective_at=day(100))
    found = plan(ledger, 40, "mine")
    assert parts(found) == [("recall", "friend", 30), ("recall", "friend", 2)]
    until = plan(ledger, 40, "mine", ends_at=day(95))
    assert parts(until) == [("recall", "friend", 30), ("recall", "friend", 10)]
    carry_out(ledger, found)
    assert [ledger.holds("mine", day(at)) for at in (32, 101)] == [56, 56]


def test_what_a_schedule_takes_anyway_is_not_below_a_floor() -> None:
    ledger = divided(64, "other", floor=40)
    grant = ledger.grant("d1", 64)
    ledger.tell("release", grants=[{"grant": grant, "quantity": 30}], effective_at=day(45))
    ledger.go_to(day(31))
    found = plan(ledger, 30, "other")
    # Until day 45 only 24 are above the floor.
    assert parts(found) == [("winding_down", "d1", 24)]
    assert [one.code for one in found.limits] == ["BelowFloor"]
    carry_out(ledger, found)


def test_above_an_amount_counts_as_long_as_the_grant_lives() -> None:
    ledger = divided(96, "other", "third")
    ledger.grant("d1", 64, ends_at=day(90))
    ledger.grant("other", 32)
    entitle(ledger, amount=40)
    found = plan(ledger, 32, "third")
    assert parts(found) == [("above_amount", "d1", 24)]
    carry_out(ledger, found)


def test_what_goes_before_counts_against_what_is_above_an_amount() -> None:
    ledger = divided(64, "other")
    ledger.grant("d1", 16, ends_at=day(40))
    ledger.grant("d2", 48)
    entitle(ledger, amount=40)
    found = plan(ledger, 40, "other", ends_at=day(39))
    assert parts(found) == [("winding_down", "d1", 16), ("above_amount", "d2", 8)]


@pytest.mark.parametrize("share", [{"floor": 23}, {"amount": 23}], ids=["floor", "amount"])
def test_the_largest_is_looked_for_anew_when_others_have_taken_of_the_same(
    share: dict[str, int],
) -> None:
    ledger = divided(128, "e", "x")
    until = day(40) if "floor" in share else day(90)
    for unit, quantity in (("d1", 30), ("d2", 28)):
        ledger.grant(unit, quantity, ends_at=until)
    ledger.grant("x", 60)
    ledger.grant("e", 10, ends_at=until)
    entitle(ledger, **share)
    found = plan(ledger, 40, "x", ends_at=until)
    if "floor" in share:
        assert parts(found) == [("winding_down", "d1", 30), ("winding_down", "e", 10)]
    else:
        assert parts(found) == [("above_amount", "d1", 30), ("above_amount", "d2", 5)]


def test_only_the_verdict_depends_on_who_asks() -> None:
    ledger = divided(64, amount=16, cap=40)
    ledger.go_to(day(31))
    seen = [plan(ledger, 48, "d1", person=person) for person in ("founder", "nobody")]
    assert [one.verdict and one.verdict.status for one in seen] == [409, 403]
    first, second = (msgspec.structs.replace(one, verdict=None) for one in seen)
    assert first == second
    assert first.borrowed
    assert [(one.code, one.unit) for one in first.limits] == [("OverAmount", "d"), ("OverCap", "d")]


def test_moves_inside_a_full_division_raise_nothing_there() -> None:
    ledger = divided(64, amount=64, cap=64)
    ledger.grant("d1", 64, ends_at=day(40))
    found = plan(ledger, 16, "d2", ends_at=day(40))
    assert (parts(found), found.borrowed) == ([("winding_down", "d1", 16)], False)
    assert found.limits == ()
    assert found.verdict is not None
    assert found.verdict.status == 201


def test_what_begins_before_the_date_is_said_to() -> None:
    ledger = lab("a", "b", total=64)
    ledger.grant("a", 64, borrowed=True, starts_at=day(45))
    assert parts(plan(ledger, 8, "b", by=40)) == []
    (move,) = plan(ledger, 8, "b", by=60).moves
    assert f"is borrowed from {day(45)[:10]} on" in move.sentence


def test_limits_name_what_held_back_and_nothing_else() -> None:
    ledger = divided(64, "other", floor=40)
    ledger.grant("d1", 64, ends_at=day(40))
    assert plan(ledger, 8, "other", ends_at=day(40)).limits == ()
    held = lab("a", "b", "c", total=64)
    grants = [held.grant("a", 32, ends_at=day(40), borrowed=True) for _ in range(2)]
    held.grant("b", 48, starts_at=day(40))
    found = plan(held, 32, "c")
    assert parts(found) == [("winding_down", "a", 16)]
    said = sorted(one.detail[: one.detail.index(" of a")] for one in found.limits)
    assert said == sorted(
        [f"No more than 16 of grant {grants[0]}", f"No more than 0 of grant {grants[1]}"]
    )


def test_what_two_give_back_on_one_day_is_taken_as_far_as_it_is_free_from_then_on() -> None:
    ledger = lab("a", "b", "c", total=20)
    for unit in ("b", "c"):
        part = [{"grant": ledger.grant(unit, 10, borrowed=True), "quantity": 10}]
        ledger.tell("release", grants=part, effective_at=day(100))
    ledger.grant("b", 12, starts_at=day(100), ends_at=day(200))
    before = plan(ledger, 16, "a", ends_at=day(100))
    assert parts(before) == [("borrowed", "c", 10), ("borrowed", "b", 6)]
    found = plan(ledger, 16, "a", ends_at=day(150))
    assert parts(found) == [("borrowed", "c", 8)]
    carry_out(ledger, found)


@pytest.mark.parametrize("beside", [[], [("borrowed", "c", 10)]], ids=["alone", "with another"])
def test_what_is_taken_of_a_grant_in_two_parts_advances_its_schedule_once(
    beside: list[tuple[str, str, int]],
) -> None:
    holders = [*((unit, quantity) for _, unit, quantity in beside), ("b", 20)]
    total = sum(quantity for _, quantity in holders)
    ledger = lab("a", "b", "c", total=total)
    grants = {unit: ledger.grant(unit, quantity, borrowed=True) for unit, quantity in holders}
    for grant in grants.values():
        part = [{"grant": grant, "quantity": 10}]
        ledger.tell("release", grants=part, effective_at=day(100))
    foreseen = (forecast(ledger, grants["b"], 6, 20),)
    found = plan(ledger, total, "a", ends_at=day(150), foreseen=foreseen)
    assert parts(found) == [("winding_down", "b", 6), ("borrowed", "b", 14), *beside]
    carry_out(ledger, found)


def test_below_a_floor_only_what_is_left_of_a_schedule_is_taken() -> None:
    ledger = divided(64, "other")
    grant = ledger.grant("d1", 64, ends_at=day(60))
    ledger.tell("release", grants=[{"grant": grant, "quantity": 30}], effective_at=day(45))
    entitle(ledger, at=50, floor=60)
    foreseen = (forecast(ledger, grant, 10, 20),)
    found = plan(ledger, 64, "other", ends_at=day(59), foreseen=foreseen)
    assert parts(found) == [("winding_down", "d1", 10), ("winding_down", "d1", 20)]
    carry_out(ledger, found)


def test_what_was_borrowed_below_a_full_amount_stays_borrowed_below_it() -> None:
    ledger = divided(20, amount=12)
    ledger.grant("d1", 12)
    ledger.grant("d1", 8, borrowed=True)
    found = plan(ledger, 8, "d2")
    assert (parts(found), found.borrowed) == ([("borrowed", "d1", 8)], True)
    assert [(one.code, one.unit) for one in found.limits] == [("OverAmount", "d")]
    assert carry_out(ledger, found)[-1]["data"]["class"] == "borrowed"
