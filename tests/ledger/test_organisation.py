"""The tree of units: made, renamed, moved, merged and closed; ids are for ever."""

from typing import Any

import pytest

from tests.support.in_memory import InMemory, day, lab


def tree() -> InMemory:
    """Lab > research > (vision, speech); lab > products."""
    ledger = lab("research", "products", since=day(-30))
    for unit in ("vision", "speech"):
        ledger.tell("create_unit", unit=unit, parent="research")
    return ledger


def test_a_unit_without_a_parent_stands_under_the_root() -> None:
    ledger = lab("vision")
    assert ledger.state.path("vision") == ["vision", "lab"]


def test_a_path_in_an_id_is_a_name_and_no_parent() -> None:
    ledger = lab("research")
    ledger.tell("create_unit", unit="research/vision")
    assert ledger.state.path("research/vision") == ["research/vision", "lab"]
    assert ledger.state.units["research/vision"].name == "vision"


@pytest.mark.parametrize(
    ("unit", "parent", "warns"),
    [
        ("research/vision/x", None, False),
        ("research/x", None, True),
        ("research/x", "lab", False),
        ("research/x", "research", False),
        ("lab/x", None, False),
        ("nobody/x", None, False),
        ("closed/x", None, False),
        ("x", None, False),
    ],
)
def test_who_leaves_out_the_parent_that_a_path_names_is_warned(
    unit: str, parent: str | None, warns: bool
) -> None:
    ledger = lab("research", "closed", since=day(-30))
    ledger.tell("close_unit", unit="closed")
    given = ledger.ask("create_unit", unit=unit, parent=parent)
    assert given.status == 201
    assert (b'"NotBelowItsPath"' in given.body) == warns


def test_a_moved_unit_takes_all_below_it_along() -> None:
    ledger = tree()
    ledger.tell("move_unit", unit="research", parent="products")
    assert ledger.state.path("vision") == ["vision", "research", "products", "lab"]


@pytest.mark.parametrize(
    ("do", "fields", "code"),
    [
        ("create_unit", {"unit": "VISION"}, "AlreadyExists"),
        ("create_unit", {"unit": "x", "parent": "nobody"}, "UnknownUnit"),
        ("create_unit", {"unit": "x", "effective_at": day(3)}, "Impossible"),
        ("rename_unit", {"unit": "nobody", "name": "N"}, "UnknownUnit"),
        ("rename_unit", {"unit": "vision", "name": "vision"}, "NoDifference"),
        ("move_unit", {"unit": "research", "parent": "vision"}, "Cycle"),
        ("move_unit", {"unit": "research", "parent": "research"}, "Cycle"),
        ("move_unit", {"unit": "vision", "parent": "research"}, "NoDifference"),
        ("move_unit", {"unit": "lab", "parent": "vision"}, "Impossible"),
        ("close_unit", {"unit": "research"}, "NotEmpty"),
        ("close_unit", {"unit": "lab"}, "Impossible"),
        ("close_unit", {"unit": "vision", "merged_into": "vision"}, "Cycle"),
        ("close_unit", {"unit": "vision", "merged_into": "nobody"}, "UnknownUnit"),
    ],
)
def test_what_the_tree_does_not_allow(do: str, fields: dict[str, Any], code: str) -> None:
    assert tree().refusal(do, **fields)["code"] == code


def test_a_unit_closes_only_when_it_holds_and_reserves_nothing() -> None:
    ledger = tree()
    ledger.grant("vision", 8, ends_at=day(5))
    ledger.grant("vision", 8, starts_at=day(10), ends_at=day(12))
    said = ledger.refusal("close_unit", unit="vision")
    assert (said["code"], said["arithmetic"]["pool"]) == ("NotEmpty", "h100")
    ledger.go_to(day(6))
    assert ledger.refusal("close_unit", unit="vision")["code"] == "NotEmpty"
    ledger.go_to(day(12))
    ledger.tell("close_unit", unit="vision", merged_into="speech")
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=1)["code"] == "UnitClosed"
    assert ledger.refusal("rename_unit", unit="vision", name="N")["code"] == "UnitClosed"


def test_a_unit_that_has_promised_all_it_holds_still_holds_it() -> None:
    ledger = tree()
    ledger.grant("vision", 8)
    ledger.tell(
        "reallocate", pool="h100", from_=[{"unit": "vision", "quantity": 8}], to="speech",
        effective_at=day(20), reason="promised",
    )  # fmt: skip
    assert ledger.refusal("close_unit", unit="vision")["code"] == "NotEmpty"
    said = ledger.refusal("release", pool="h100", unit="vision", quantity="all")
    assert said["code"] == "DependentFacts"
    full = ledger.refusal("grant", pool="h100", unit="speech", quantity=121)
    assert full["holders"] == [{"unit": "vision", "quantity": 8}]
    ledger.go_to(day(20))
    ledger.tell("close_unit", unit="vision")


def test_a_unit_whose_reservation_was_given_back_to_the_last_reserves_nothing() -> None:
    ledger = tree()
    grant = ledger.grant("vision", 8, starts_at=day(20))
    ledger.tell("release", grants=[{"grant": grant, "quantity": 8}])
    ledger.tell("close_unit", unit="vision")


def test_a_unit_is_drained_and_closed_in_one_decision() -> None:
    ledger = tree()
    ledger.grant("vision", 8)
    events = ledger.tell(
        "decision",
        legs=[
            {"do": "release", "pool": "h100", "unit": "vision", "quantity": "all"},
            {"do": "close_unit", "unit": "vision", "merged_into": "speech"},
        ],
    )
    assert [event["topic"] for event in events] == ["released.v1", "unit-closed.v1"]


def test_a_closed_unit_leaves_its_parent_free_to_close() -> None:
    ledger = tree()
    ledger.tell("close_unit", unit="vision")
    ledger.tell("move_unit", unit="speech", parent="products")
    ledger.tell("close_unit", unit="research")


def test_nothing_is_granted_for_longer_than_the_unit_was_open() -> None:
    ledger = tree()
    ledger.go_to(day(5))
    ledger.tell("close_unit", unit="vision")
    ledger.go_to(day(6))
    said = ledger.refusal(
        "grant", pool="h100", unit="vision", quantity=8, starts_at=day(3), reason="forgotten"
    )
    assert said["code"] == "UnitClosed"
    ledger.tell("grant", pool="h100", unit="vision", quantity=8, starts_at=day(3), ends_at=day(5),
                reason="forgotten")  # fmt: skip


def test_a_unit_does_not_hold_before_it_existed() -> None:
    ledger = tree()
    ledger.go_to(day(5))
    ledger.tell("create_unit", unit="late")
    said = ledger.refusal(
        "grant", pool="h100", unit="late", quantity=8, starts_at=day(3), reason="forgotten"
    )
    assert said["code"] == "UnknownUnit"


def test_nothing_is_merged_into_what_is_closed() -> None:
    ledger = tree()
    ledger.tell("close_unit", unit="speech")
    said = ledger.refusal("close_unit", unit="vision", merged_into="speech")
    assert said["code"] == "UnitClosed"
    ledger.tell("close_unit", unit="vision", merged_into="products")
