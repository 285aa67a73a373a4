"""Corrections of units, pools and capacity: nothing is left outside its time, or below itself."""

from typing import Any

import pytest

from tests.support.correcting import instead, never, together
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import refused, told

POOL = "h100"


def at_of(ledger: InMemory, topic: str, **named: Any) -> int:
    """The position of the last event of a topic whose data says this."""
    return [
        fact["position"]
        for fact in ledger.facts()
        if fact["topic"].startswith(topic)
        and all(fact["data"].get(name) == value for name, value in named.items())
    ][-1]


def move(ledger: InMemory, unit: str, parent: str) -> int:
    return ledger.tell("move_unit", unit=unit, parent=parent)[0]["position"]


def grown() -> InMemory:
    """Units `a` and `b`, made on day 10."""
    ledger = lab()
    ledger.go_to(day(10))
    ledger.tell("create_unit", unit="a")
    ledger.tell("create_unit", unit="b")
    ledger.go_to(day(20))
    return ledger


def test_a_name_and_a_parent_are_corrected_and_what_came_later_stands() -> None:
    ledger = grown()
    made = at_of(ledger, "unit-created", unit="a")
    told(ledger, "correct", **instead(ledger, made, name="Alpha"))
    assert ledger.state.units["a"].name == "Alpha"
    ledger.tell("rename_unit", unit="a", name="Aleph")
    told(ledger, "correct", **instead(ledger, made, day(15), name="Alfa", parent="b"))
    assert (ledger.state.units["a"].name, ledger.state.path("a")) == ("Aleph", ["a", "b", "lab"])
    assert (ledger.state.open_children["b"], ledger.state.open_children["lab"]) == (1, 1)


def test_no_unit_ever_stands_below_itself_now_or_in_the_past() -> None:
    ledger = grown()
    move(ledger, "a", "b")
    ledger.go_to(day(21))
    away = move(ledger, "a", "lab")
    ledger.go_to(day(22))
    into = move(ledger, "b", "a")
    refused(ledger, "correct", "Cycle", **never(ledger, away))
    refused(ledger, "correct", "Cycle", **instead(ledger, into, day(20.5)))
    refused(ledger, "correct", "Cycle", **instead(ledger, into, parent="b"))
    refused(ledger, "correct", "Cycle",
            **instead(ledger, at_of(ledger, "unit-created", unit="b"), parent="a"))  # fmt: skip
    told(ledger, "correct", **instead(ledger, into, day(21.5)))
    told(ledger, "correct", **never(ledger, into))
    told(ledger, "correct", **never(ledger, away))
    assert ledger.state.path("a") == ["a", "b", "lab"]


def test_a_unit_does_not_begin_under_one_that_once_stood_below_it_with_budgets_or_without() -> None:
    for has_budget in (False, True):
        ledger = lab("beta")
        ledger.tell("create_unit", unit="gamma", parent="beta")
        created = at_of(ledger, "unit-created.v1", unit="beta")
        ledger.go_to(day(1))
        ledger.tell("move_unit", unit="gamma", parent="lab")
        if has_budget:
            shares = [{"unit": "beta", "amount": 5}]
            ledger.tell("split", pool="h100", parent="lab", shares=shares, reason="so it is")
        later = instead(ledger, created, at=day(1), parent="gamma")
        refused(ledger, "correct", "DependentFacts", **later)


def test_a_unit_that_was_never_made_is_named_by_nothing() -> None:
    ledger = grown()
    made = at_of(ledger, "unit-created", unit="a")
    told(ledger, "correct", **never(ledger, made))
    refused(ledger, "grant", "UnknownUnit", pool=POOL, unit="a", quantity=8)
    refused(ledger, "create_unit", "AlreadyExists", unit="A")
    assert ledger.state.open_children["lab"] == 1
    told(ledger, "correct", **instead(ledger, made))
    ledger.tell("rename_unit", unit="a", name="Aleph")
    told(ledger, "correct", **instead(ledger, made, name="Alfa"))
    renamed = at_of(ledger, "unit-renamed")
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, made))
    assert said["arithmetic"]["positions"] == [renamed]
    told(ledger, "decision", legs=together(never(ledger, made), never(ledger, renamed)))


@pytest.mark.parametrize("named", ["child", "grant", "delegation", "heir", "moved"])
def test_a_unit_that_something_names_is_not_corrected_away(named: str) -> None:
    ledger = grown()
    made = at_of(ledger, "unit-created", unit="a")
    match named:
        case "child":
            ledger.tell("create_unit", unit="c", parent="a")
        case "grant":
            ledger.grant("a", 8, ends_at=day(20.5))
            ledger.go_to(day(60))
        case "delegation":
            ledger.tell("delegate", to="lead", role="lead", unit="a")
        case "heir":
            ledger.tell("close_unit", unit="b", merged_into="a")
        case _:
            move(ledger, "b", "a")
            move(ledger, "b", "lab")
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, made))
    assert said["arithmetic"]["positions"]


def test_a_unit_that_began_later_is_not_named_before() -> None:
    ledger = grown()
    made = at_of(ledger, "unit-created", unit="a")
    moved = move(ledger, "b", "a")
    ledger.go_to(day(21))
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, made, day(20.5)))
    assert said["arithmetic"]["positions"] == [moved]
    refused(ledger, "correct", "Impossible", **instead(ledger, made, day(30)))
    told(ledger, "correct", **instead(ledger, made, day(15)))
    refused(ledger, "correct", "UnknownUnit", **instead(ledger, moved, day(14)))
    told(ledger, "correct", **instead(ledger, moved, day(16)))
    told(ledger, "correct", **instead(ledger, made, day(2)))


def test_what_stood_under_a_unit_since_closed_may_still_be_corrected() -> None:
    ledger = grown()
    ledger.tell("create_unit", unit="c", parent="a")
    made = at_of(ledger, "unit-created", unit="c")
    ledger.go_to(day(21))
    moved = move(ledger, "c", "b")
    ledger.go_to(day(25))
    closed = ledger.tell("close_unit", unit="a")[0]["position"]
    told(ledger, "correct", **instead(ledger, made, name="Charlie"))
    refused(ledger, "correct", "UnitClosed", **never(ledger, moved))
    refused(ledger, "correct", "UnitClosed", **instead(ledger, moved, parent="a"))
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, closed, day(20.5)))
    assert said["arithmetic"]["positions"] == [made]
    told(ledger, "correct", **instead(ledger, closed, day(23)))
    told(ledger, "correct", **never(ledger, closed))
    told(ledger, "correct", **never(ledger, moved))
    assert ledger.state.path("c") == ["c", "a", "lab"]


def test_a_unit_closed_holds_nothing_also_by_what_is_corrected() -> None:
    ledger = grown()
    name = ledger.grant("a", 8)
    made = at_of(ledger, "granted")
    ledger.go_to(day(22))
    given = ledger.tell("release", pool=POOL, unit="a", quantity="all")[0]["position"]
    ledger.go_to(day(25))
    closed = ledger.tell("close_unit", unit="a")[0]["position"]
    part = [{"grant": name, "unit": "a", "quantity": 4}]
    refused(ledger, "correct", "UnitClosed", **never(ledger, given))
    refused(ledger, "correct", "UnitClosed", **instead(ledger, given, legs=part))
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, closed, day(21)))
    assert said["arithmetic"]["positions"] == [made]
    told(ledger, "correct", **instead(ledger, given, day(24)))
    refused(ledger, "correct", "DependentFacts", **instead(ledger, closed, day(23)))
    told(ledger, "correct", **never(ledger, closed))
    told(ledger, "correct", **instead(ledger, given, legs=part))
    assert ledger.hold(name, day(30)) == 4


def test_what_a_unit_held_before_it_closed_may_still_be_corrected() -> None:
    ledger = grown()
    ledger.grant("a", 8)
    made = at_of(ledger, "granted")
    ledger.go_to(day(22))
    ledger.tell("release", pool=POOL, unit="a", quantity="all")
    ledger.go_to(day(25))
    ledger.tell("close_unit", unit="a")
    ledger.tell("close_pool", pool=POOL)
    told(ledger, "correct", **instead(ledger, made, quantity=6))
    assert [ledger.holds("a", day(n)) for n in (21, 23)] == [6, 0]


def test_a_grant_is_not_said_to_be_of_a_unit_that_had_closed() -> None:
    ledger = grown()
    ledger.grant("a", 8, ends_at=day(40))
    position = at_of(ledger, "granted")
    longer = ledger.tell("extend", grant=ledger.facts()[position - 1]["data"]["grant"],
                         ends_at=day(50))[0]["position"]  # fmt: skip
    ledger.go_to(day(30))
    ledger.tell("close_unit", unit="b")
    refused(ledger, "correct", "UnitClosed", **instead(ledger, position, unit="b"))
    short = instead(ledger, position, unit="b", ends_at=day(25))
    refused(ledger, "correct", "UnitClosed", **short)
    told(ledger, "decision", legs=together(never(ledger, longer), short))
    assert [ledger.holds("b", day(n)) for n in (21, 25)] == [8, 0]


def test_a_root_stays_the_root_and_others_stay_below_it() -> None:
    ledger = grown()
    root = at_of(ledger, "unit-created", unit="lab")
    told(ledger, "correct", **instead(ledger, root, name="The laboratory"))
    refused(ledger, "correct", "DependentFacts", **never(ledger, root))
    refused(ledger, "correct", "Impossible", **instead(ledger, root, parent="a"))
    made = at_of(ledger, "unit-created", unit="a")
    refused(ledger, "correct", "Impossible", **instead(ledger, made, parent=None))
    refused(ledger, "correct", "UnknownUnit", **instead(ledger, made, parent="nowhere"))
    refused(ledger, "correct", "Misshapen", **instead(ledger, made, kind="guild"))
    refused(ledger, "correct", "Impossible", **instead(ledger, made, unit="c"))


def test_a_project_becomes_a_division_only_by_a_steward() -> None:
    ledger = grown()
    made = ledger.tell("create_unit", unit="c", kind="project")[0]["position"]
    ledger.tell("delegate", to="dec", role="decider", unit="lab")
    told(ledger, "correct", by="dec", **instead(ledger, made, name="Sea"))
    kind = instead(ledger, made, kind="division")
    refused(ledger, "correct", "NotYoursToDecide", by="dec", **kind)
    told(ledger, "correct", **kind)


def test_a_pool_is_called_otherwise_and_begins_no_later_than_it_is_used() -> None:
    ledger = lab("a")
    opened = at_of(ledger, "pool-opened")
    told(ledger, "correct", **instead(ledger, opened, title="Phoenix", granule=8))
    assert (ledger.state.pools[POOL].title, ledger.state.pools[POOL].granule) == ("Phoenix", 8)
    refused(ledger, "grant", "OffGranule", pool=POOL, unit="a", quantity=4)
    ledger.go_to(day(5))
    counted = at_of(ledger, "capacity-changed")
    for wrong in (never(ledger, opened), instead(ledger, opened, day(1))):
        said = refused(ledger, "correct", "DependentFacts", **wrong)
        assert said["arithmetic"]["positions"] == [counted]
    refused(ledger, "correct", "Impossible", **instead(ledger, opened, day(9)))
    told(ledger, "correct", **instead(ledger, opened, day(-3)))
    told(ledger, "correct", **instead(ledger, counted, day(-3)))
    refused(ledger, "correct", "UnknownPool", **instead(ledger, counted, day(-4)))


def test_a_pool_closes_no_earlier_than_it_was_held_and_opens_again() -> None:
    ledger = lab("a")
    name = ledger.grant("a", 8, ends_at=day(4))
    ledger.go_to(day(5))
    closed = ledger.tell("close_pool", pool=POOL)[0]["position"]
    refused(ledger, "grant", "PoolClosed", pool=POOL, unit="a", quantity=8)
    refused(ledger, "correct", "DependentFacts", **instead(ledger, closed, day(3)))
    refused(ledger, "correct", "PoolClosed",
            **instead(ledger, at_of(ledger, "granted"), ends_at=day(6)))  # fmt: skip
    told(ledger, "correct", **instead(ledger, closed, day(4.5)))
    told(ledger, "correct", **never(ledger, closed))
    told(ledger, "extend", grant=name, ends_at=day(6), reason="it went on")


def test_capacity_is_corrected_in_kind_amount_and_time_as_far_as_it_can_be() -> None:
    ledger = lab("a", total=100)
    ledger.go_to(day(10))
    lost = ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=30)[0]["position"]
    back = ledger.tell("change_capacity", pool=POOL, kind="restored", quantity=30,
                       effective_at=day(12))[0]["position"]  # fmt: skip
    told(ledger, "correct", **instead(ledger, lost, day(11), quantity=40))
    assert [ledger.free(day(n)) for n in (10, 11, 12)] == [100, 60, 90]
    refused(ledger, "correct", "Impossible", **never(ledger, lost))
    refused(ledger, "correct", "Impossible", **instead(ledger, lost, quantity=101))
    refused(ledger, "correct", "Impossible", **instead(ledger, lost, day(13)))
    refused(ledger, "correct", "Misshapen", **instead(ledger, lost, total=40))
    refused(ledger, "correct", "Misshapen", **instead(ledger, lost, kind="counted"))
    told(ledger, "decision", legs=together(never(ledger, lost), never(ledger, back)))
    assert [ledger.free(day(n)) for n in (10, 11, 12)] == [100, 100, 100]
    held = instead(ledger, back, kind="headroom", total=5)
    held["replacement"]["data"].pop("quantity")
    told(ledger, "correct", **held)
    assert [ledger.free(day(n)) for n in (10, 12)] == [100, 95]


def test_less_than_is_held_is_a_fact_also_when_corrected_and_warns() -> None:
    ledger = lab("a", total=100)
    ledger.grant("a", 80)
    given = ledger.ask("correct", **instead(ledger, at_of(ledger, "capacity-changed"), total=64))
    assert given.status == 201
    assert b"Overcommitted" in given.body
    assert ledger.free(day(5)) == -16
