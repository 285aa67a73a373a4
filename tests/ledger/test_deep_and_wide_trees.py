"""Organisations of very many units: far below one another, or very many under one parent."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.lineage import lineage, within
from ledger.periods import BEGINNING, FOREVER
from ledger.records import Said, UnitRecord
from ledger.state import State
from tests.ledger.test_budgets import house, split
from tests.support.in_memory import InMemory, day
from tests.support.truth import refused

DEEP = 1_100
"""Deeper than calls may be nested."""
WIDE = 60


def unit(number: int, *parents: tuple[int, int]) -> UnitRecord:
    """A unit that stood under these, each from a day on."""
    said = tuple(
        Said(place, day(on), "parent", f"u{parent}") for place, (parent, on) in enumerate(parents)
    )
    last = f"u{parents[-1][0]}" if parents else None
    return UnitRecord(unit=f"u{number}", name="", kind="team", parent=last, since=day(0), said=said)


def chain(length: int) -> dict[str, UnitRecord]:
    """Units that stand one below the other."""
    made = [unit(0), *(unit(one, (one - 1, 0)) for one in range(1, length))]
    return {one.unit: one for one in made}


def test_whom_a_unit_stands_below_is_told_however_deep_the_tree_is() -> None:
    units = chain(DEEP)
    assert lineage(units, f"u{DEEP - 1}") == [
        (f"u{one}", BEGINNING, FOREVER) for one in reversed(range(DEEP))
    ]
    # One that moved half way up: below that it is told for each of its times.
    units["u9"] = unit(9, (8, 0), (0, 20))
    found = lineage(units, f"u{DEEP - 1}")
    assert found[-11:] == [
        ("u9", BEGINNING, FOREVER), *((f"u{one}", BEGINNING, day(20)) for one in range(8, -1, -1)),
        ("u0", day(20), FOREVER),
    ][-11:]  # fmt: skip
    assert list(within(units, "u900", "u4", day(3), day(99))) == [(day(3), day(20))]
    assert list(within(units, "u900", "u0", day(3), day(99))) == [
        (day(3), day(20)), (day(20), day(99)),
    ]  # fmt: skip


def test_a_unit_that_goes_round_in_a_circle_is_not_found_above_itself() -> None:
    units = {"u1": unit(1, (2, 0)), "u2": unit(2, (3, 0), (1, 5)), "u3": unit(3, (1, 0))}
    assert lineage(units, "u1") == [
        ("u1", BEGINNING, FOREVER), ("u2", BEGINNING, FOREVER), ("u3", BEGINNING, day(5)),
    ]  # fmt: skip


def test_a_deep_organisation_grants_splits_and_moves() -> None:
    ledger = house()
    for one in range(DEEP):
        ledger.tell("create_unit", unit=f"d{one}", parent=f"d{one - 1}" if one else "lab")
    ledger.grant(f"d{DEEP - 1}", 2)
    split(ledger, "lab", {"unit": "d0", "amount": 4, "cap": 4})
    ledger.grant(f"d{DEEP - 1}", 2)
    refused(ledger, "grant", "OverAmount", pool="h100", unit=f"d{DEEP // 2}", quantity=1)
    ledger.tell("move_unit", unit=f"d{DEEP - 9}", parent="research")
    ledger.grant(f"d{DEEP // 2}", 4)


def wide() -> InMemory:
    """Very many under one parent, each of which holds something."""
    ledger = house()
    for one in range(WIDE):
        ledger.tell("create_unit", unit=f"w{one}", parent="lab")
        ledger.grant(f"w{one}", 1)
    return ledger


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of which units it was asked whom they stood below."""
    found: list[str] = []
    tell: Callable[[State, str], Any] = State.lineage

    def telling(state: State, of: str) -> Any:
        found.append(of)
        return tell(state, of)

    monkeypatch.setattr(State, "lineage", telling)
    return found


def test_a_share_of_one_unit_looks_at_none_of_its_siblings(asked: list[str]) -> None:
    ledger = wide()
    asked.clear()
    split(ledger, "lab", {"unit": "w3", "floor": 0, "amount": 2, "cap": 3})
    assert set(asked) <= {"lab", "w3"}
    refused(ledger, "grant", "OverAmount", pool="h100", unit="w3", quantity=2)


def test_a_unit_that_moves_looks_at_none_beside_it(asked: list[str]) -> None:
    ledger = wide()
    split(ledger, "lab", {"unit": "w3", "amount": 2})
    asked.clear()
    ledger.tell("move_unit", unit="w4", parent="w3")
    assert set(asked) <= {"lab", "w3", "w4"}
    refused(ledger, "grant", "OverAmount", pool="h100", unit="w4", quantity=1)
    # What stood below once counts there for that time.
    ledger.now = day(3)
    ledger.tell("move_unit", unit="w4", parent="lab")
    split(ledger, "lab", {"unit": "w3", "amount": 1}, effective_at=day(2))
    assert ledger.state.measures["h100"]["w3"].title.at(day(2)) == -2
    assert ledger.state.measures["h100"]["w3"].title.at(day(3)) == -1
