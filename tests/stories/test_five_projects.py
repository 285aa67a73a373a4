"""Five projects wind down on day 45; on day 31 a project comes up that needs all their 512."""

from typing import Any

import pytest

from ledger.events import Released
from tests.support.in_memory import InMemory, day, lab

PROJECTS = {"aster": 128, "birch": 128, "cedar": 96, "dahlia": 96, "elm": 64}
NEED = sum(PROJECTS.values())


@pytest.fixture
def winding_down() -> InMemory:
    """A pool of 1,024 that is fully held; the five have scheduled the release of all of theirs."""
    ledger = lab(*PROJECTS, "others", "flagship", total=1024, granule=8)
    for project, quantity in PROJECTS.items():
        ledger.grant(project, quantity)
    ledger.grant("others", 1024 - NEED)
    for project, quantity in PROJECTS.items():
        ledger.tell(
            "release", pool="h100", unit=project, quantity=quantity, effective_at=day(45),
            reason="the project ends", reason_code="project_finished",
        )  # fmt: skip
    ledger.go_to(day(31))
    return ledger


def moved(ledger: InMemory, **fields: Any) -> dict[str, Any]:
    """One decision that moves all 512 to the project that just came up."""
    return ledger.tell(
        "reallocate", pool="h100", to="flagship",
        from_=[{"unit": unit, "quantity": quantity} for unit, quantity in PROJECTS.items()],
        reason_code="project_started", reason="The flagship run begins", **fields,
    )[0]  # fmt: skip


def test_before_the_move_the_512_come_free_on_day_45(winding_down: InMemory) -> None:
    said = winding_down.refusal("grant", pool="h100", unit="flagship", quantity=NEED)
    assert (said["code"], said["arithmetic"]["available"]) == ("NotEnoughFree", 0)
    assert [(step["at"], step["quantity"]) for step in said["next"]] == [(day(45), NEED)]


def test_one_decision_moves_them_and_advances_every_schedule(winding_down: InMemory) -> None:
    schedules = {
        event.data.legs[0].unit: event.position
        for event in winding_down.events
        if isinstance(event, Released)
    }
    event = moved(winding_down)
    assert event["data"]["quantity"] == NEED
    assert {leg["unit"]: leg["advances"] for leg in event["data"]["legs"]} == {
        unit: [{"position": schedules[unit], "quantity": quantity}]
        for unit, quantity in PROJECTS.items()
    }
    assert winding_down.holds("flagship", day(32)) == NEED
    assert [winding_down.holds(unit, day(32)) for unit in PROJECTS] == [0] * 5


def test_nothing_goes_below_zero_on_day_45_and_nothing_comes_free(winding_down: InMemory) -> None:
    moved(winding_down)
    assert [winding_down.holds(unit, day(45)) for unit in PROJECTS] == [0] * 5
    assert [winding_down.free(day(number)) for number in (31, 44, 45, 46)] == [0] * 4


def test_the_operator_is_told_what_no_longer_comes_free(winding_down: InMemory) -> None:
    given = winding_down.ask(
        "reallocate", pool="h100", to="flagship", from_=[{"unit": "aster", "quantity": 128}],
        reason="The flagship run begins", dry_run=True,
    )  # fmt: skip
    assert f"128 of h100 would have come free at {day(45)}".encode() in given.body


def test_a_flagship_that_ends_before_day_45_gives_them_back_then(winding_down: InMemory) -> None:
    moved(winding_down, ends_at=day(40))
    assert [winding_down.free(day(number)) for number in (39, 40, 45)] == [0, NEED, NEED]


def test_taking_from_the_rest_leaves_the_schedules_alone(winding_down: InMemory) -> None:
    said = winding_down.refusal(
        "reallocate", pool="h100", to="flagship", from_=[{"unit": "aster", "quantity": 8}],
        reason="The flagship run begins", advance=False,
    )  # fmt: skip
    assert said["code"] == "MoreThanHeld"


def test_the_day_after_nobody_can_release_what_has_moved(winding_down: InMemory) -> None:
    moved(winding_down)
    said = winding_down.refusal("release", pool="h100", unit="aster", quantity=8)
    assert (said["code"], said["arithmetic"]["available"]) == ("MoreThanHeld", 0)
