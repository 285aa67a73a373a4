"""Corrections of what takes: releases, schedules, moves, loans and ends, and of what they took."""

from typing import Any

import pytest

from tests.ledger.test_corrections import POOL, grant, move, on, release
from tests.support.correcting import instead, never, quantity, standing, together
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, refused, told


def leg(name: str, unit: str, count: int, **more: Any) -> dict[str, Any]:
    return {"grant": name, "unit": unit, "quantity": count, **more}


def lend(ledger: InMemory, name: str, count: int, end: float, **fields: Any) -> tuple[str, int]:
    made = ledger.tell("lend", pool=POOL, from_={"grant": name}, quantity=count, to="beta",
                       returns_at=day(end), **fields)[0]  # fmt: skip
    return made["data"]["to_grant"], made["position"]


def test_a_release_is_said_to_be_out_of_another_grant() -> None:
    ledger = lab("alpha")
    first, _ = grant(ledger, "alpha", 32)
    second, _ = grant(ledger, "alpha", 32)
    position = release(ledger, first, 8)
    told(ledger, "correct", **instead(ledger, position, legs=[leg(second, "alpha", 16)]))
    assert on(ledger, first, 1) + on(ledger, second, 1) == [32, 16]
    assert ledger.free(day(1)) == 128 - 48


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([], "Impossible"),
        ([("alpha", 8), ("alpha", 8)], "Impossible"),
        ([("beta", 8)], "Impossible"),
        ([("nobody", 8)], "UnknownUnit"),
        ([("alpha", 7)], "Impossible"),
        ([("alpha", 0)], "Misshapen"),
        ([("gone", 8)], "UnknownGrant"),
    ],
)
def test_legs_add_up_and_name_grants_of_their_units(legs: list[tuple[str, int]], code: str) -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, _ = grant(ledger, "alpha", 64)
    _, position = move(ledger, name, 8, "gamma")
    gone = "019b76da-a800-7000-8000-00000000ffff"
    told_legs = [leg(gone if unit == "gone" else name, unit, count) for unit, count in legs]
    refused(ledger, "correct", code, **instead(ledger, position, legs=told_legs))


def test_a_move_takes_from_what_was_there_and_not_from_itself_or_from_what_came_later() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, _ = grant(ledger, "alpha", 64)
    made, position = move(ledger, name, 8, "beta")
    later, _ = grant(ledger, "gamma", 8)
    for wrong in (leg(made, "beta", 8), leg(later, "gamma", 8)):
        said = refused(ledger, "correct", "Impossible", **instead(ledger, position, legs=[wrong]))
        assert "before" in said["detail"]


def test_a_move_that_changes_no_unit_and_no_class_is_none_also_when_corrected() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 64)
    _, position = move(ledger, name, 8, "beta")
    refused(ledger, "correct", "SameUnit", **instead(ledger, position, to_unit="alpha"))
    told(ledger, "correct", **instead(ledger, position, to_unit="alpha", class_="borrowed"))
    _, loan = lend(ledger, name, 8, 20)
    refused(ledger, "correct", "SameUnit", **instead(ledger, loan, to_unit="alpha"))


def test_a_move_takes_nothing_from_a_loan_also_when_corrected() -> None:
    ledger = lab("alpha", "beta", "gamma")
    name, _ = grant(ledger, "alpha", 64)
    loan, _ = lend(ledger, name, 24, 30)
    _, position = move(ledger, name, 8, "gamma")
    refused(ledger, "correct", "Impossible",
            **instead(ledger, position, legs=[leg(loan, "beta", 8)]))  # fmt: skip


def test_a_grant_that_began_after_units_of_it_were_moved_on_is_refused() -> None:
    ledger = lab("alpha", "beta")
    ledger.go_to(day(10))
    name, made = grant(ledger, "alpha", 64)
    ledger.go_to(day(15))
    release(ledger, name, 8)
    ledger.go_to(day(40))
    _, moved = move(ledger, name, 24, "beta")
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, made, day(50)))
    assert moved in said["arithmetic"]["positions"]
    told(ledger, "correct", **instead(ledger, made, day(20)))
    assert on(ledger, name, 15, 19, 20, 45) == [0, 0, 56, 32]


def test_a_window_that_later_ends_leave_empty_is_refused() -> None:
    ledger = lab("alpha")
    ledger.go_to(day(1))
    name, made = grant(ledger, "alpha", 64, ends_at=day(40))
    cut = ledger.tell("extend", grant=name, ends_at=day(20), reason="r")[0]["position"]
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, made, day(25)))
    assert said["arithmetic"]["positions"] == [cut]
    refused(ledger, "correct", "Impossible", **instead(ledger, cut, ends_at=day(0.5)))
    both = together(instead(ledger, made, day(25)), instead(ledger, cut, ends_at=day(30)))
    told(ledger, "decision", legs=both)
    assert on(ledger, name, 24, 25, 29, 30) == [0, 64, 64, 0]


def scheduled() -> tuple[InMemory, str, int, int]:
    """128 of which 64 are to leave on day 45; 32 of these were moved on day 31."""
    ledger = lab("alpha", "beta", total=512)
    name, _ = grant(ledger, "alpha", 128)
    plan = release(ledger, name, 64, effective_at=day(45))
    ledger.go_to(day(31))
    _, moved = move(ledger, name, 32, "beta")
    ledger.go_to(day(32))
    return ledger, name, plan, moved


def test_a_schedule_is_not_cut_below_what_was_advanced_of_it_unless_together() -> None:
    ledger, name, plan, moved = scheduled()
    said = refused(ledger, "correct", "DependentFacts", **quantity(ledger, plan, 31))
    assert said["arithmetic"]["positions"] == [moved]
    less = [leg(name, "alpha", 32, advances=[{"position": plan, "quantity": 16}])]
    for legs in (
        together(quantity(ledger, plan, 16), instead(ledger, moved, legs=less)),
        together(instead(ledger, moved, legs=less), quantity(ledger, plan, 16)),
    ):
        assert ledger.ask("decision", dry_run=True, legs=legs).status == 200
    told(ledger, "correct", **quantity(ledger, plan, 32))
    assert on(ledger, name, 32, 45) == [96, 96]


def test_a_leg_advances_no_more_than_was_scheduled_by_others_before_it() -> None:
    ledger, name, plan, moved = scheduled()
    more = ledger.tell("release", grants=[{"grant": name, "quantity": 8}], effective_at=day(90),
                       advance=False)[0]["position"]  # fmt: skip

    def advancing(count: int, *advances: tuple[int, int]) -> dict[str, Any]:
        told_of = [{"position": position, "quantity": part} for position, part in advances]
        taking = [leg(name, "alpha", count, advances=told_of)]
        return instead(ledger, moved, quantity=count, legs=taking)

    refused(ledger, "correct", "DependentFacts", **advancing(80, (plan, 65)))
    refused(ledger, "correct", "Impossible", **advancing(32, (plan, 33)))
    refused(ledger, "correct", "Impossible", **advancing(32, (more, 4)))
    refused(ledger, "correct", "Impossible", **advancing(32, (moved, 4)))
    refused(ledger, "correct", "Impossible", **advancing(32, (plan, 8), (plan, 8)))
    told(ledger, "correct", **advancing(80, (plan, 64)))
    assert on(ledger, name, 32, 45, 90) == [48, 48, 40]


def test_a_schedule_put_before_what_advanced_it_takes_the_rest_then() -> None:
    ledger, name, plan, _ = scheduled()
    told(ledger, "correct", **instead(ledger, plan, day(20)))
    assert on(ledger, name, 19, 20, 30, 32, 45) == [128, 96, 96, 64, 64]


def test_a_move_that_never_happened_gives_its_schedule_back() -> None:
    ledger, name, plan, moved = scheduled()
    told(ledger, "correct", **never(ledger, moved))
    assert on(ledger, name, 32, 44, 45) == [128, 128, 64]
    told(ledger, "correct", **never(ledger, plan))
    refused(ledger, "correct", "Impossible", **instead(ledger, moved))
    told(ledger, "correct", **instead(ledger, plan))
    told(ledger, "correct", **instead(ledger, moved))
    assert on(ledger, name, 32, 44, 45) == [96, 96, 64]


def test_a_release_of_all_is_said_to_be_of_a_part_and_the_grant_lives_on() -> None:
    ledger = lab("alpha", "beta")
    ledger.go_to(day(1))
    name, _ = grant(ledger, "alpha", 64, ends_at=day(40))
    ledger.go_to(day(30))
    position = ledger.tell("release", pool=POOL, unit="alpha", quantity="all")[0]["position"]
    ledger.go_to(day(31))
    part = [leg(name, "alpha", 24)]
    told(ledger, "correct", **instead(ledger, position, legs=part))
    assert on(ledger, name, 29, 31, 39, 40) == [64, 40, 40, 0]
    refused(ledger, "correct", "GrantEnded", **instead(ledger, position, day(50), legs=part))
    ending = [leg(name, "alpha", 64, ends=True)]
    refused(ledger, "correct", "GrantEnded", **instead(ledger, position, day(50), legs=ending))
    move(ledger, name, 8, "beta")
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, position, legs=ending))
    assert len(said["arithmetic"]["positions"]) == 1


def test_an_end_that_was_never_moved_is_as_it_was_before() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 64, ends_at=day(30))
    longer = ledger.tell("extend", grant=name, ends_at=day(60))[0]["position"]
    shorter = ledger.tell("extend", grant=name, ends_at=day(50), reason="r")[0]["position"]
    told(ledger, "correct", **never(ledger, longer))
    assert on(ledger, name, 49, 50) == [64, 0]
    told(ledger, "correct", **never(ledger, shorter))
    assert on(ledger, name, 29, 30) == [64, 0]
    told(ledger, "correct", **instead(ledger, longer))
    assert on(ledger, name, 59, 60) == [64, 0]


def test_an_end_said_to_be_earlier_names_what_left_after_it() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 64, ends_at=day(30))
    longer = ledger.tell("extend", grant=name, ends_at=day(60))[0]["position"]
    _, moved = move(ledger, name, 8, "beta", effective_at=day(45))
    release(ledger, name, 8, effective_at=day(50))
    for wrong in (never(ledger, longer), instead(ledger, longer, ends_at=day(45))):
        said = refused(ledger, "correct", "DependentFacts", **wrong)
        assert said["arithmetic"]["positions"] == [moved]
    told(ledger, "correct", **instead(ledger, longer, ends_at=day(48)))
    assert on(ledger, name, 44, 45, 48, 50) == [64, 56, 0, 0]


def test_a_late_release_is_corrected_and_still_moves_nothing() -> None:
    ledger = lab("alpha")
    name, _ = grant(ledger, "alpha", 64, ends_at=day(5))
    ledger.go_to(day(8))
    position = release(ledger, name, 16)
    refused(ledger, "correct", "Impossible", **instead(ledger, position, late=False))
    told(ledger, "correct", **quantity(ledger, position, 24))
    assert standing(ledger, position)[1] is not None
    assert on(ledger, name, 4, 5, 8) == [64, 0, 0]
    in_order(ledger)
