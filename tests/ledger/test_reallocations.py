"""Reallocations: one event with all its legs, that leaves what a pool holds as it was."""

import json
from typing import Any

import pytest

from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import refused, told


def move(ledger: InMemory, to: str, *sources: tuple[str, int | str], **fields: Any) -> list[Any]:
    return ledger.tell("reallocate", **ask(to, *sources, **fields))


def no(ledger: InMemory, to: str, *sources: tuple[str, int | str], **fields: Any) -> dict[str, Any]:
    return ledger.refusal("reallocate", **ask(to, *sources, **fields))


def ask(to: str, *sources: tuple[str, int | str], **fields: Any) -> dict[str, Any]:
    named = [{"unit": unit, "quantity": quantity} for unit, quantity in sources]
    return {"pool": "h100", "from": named, "to": to, "reason": "it begins"} | fields


def test_a_full_pool_moves_units_between_its_holders() -> None:
    ledger = lab("vision", "speech", "atlas", total=128)
    ledger.grant("vision", 64)
    ledger.grant("speech", 64)
    event = move(ledger, "atlas", ("vision", 40), ("speech", 24))[0]
    assert event["data"]["quantity"] == 64
    assert [leg["quantity"] for leg in event["data"]["legs"]] == [40, 24]
    assert [ledger.holds(unit, day(9)) for unit in ("vision", "speech", "atlas")] == [24, 40, 64]
    assert ledger.free(day(9)) == 0


def test_one_more_than_is_held_is_refused() -> None:
    ledger = lab("vision", "atlas")
    ledger.grant("vision", 16)
    assert no(ledger, "atlas", ("vision", 17))["code"] == "MoreThanHeld"


def test_what_the_target_keeps_beyond_the_sources_is_judged_as_a_new_grant() -> None:
    ledger = lab("vision", "speech", "atlas", total=64)
    ledger.grant("vision", 64, ends_at=day(10))
    ledger.grant("speech", 40, starts_at=day(10), ends_at=day(20))
    said = no(ledger, "atlas", ("vision", 32), ends_at=day(15))
    assert (said["code"], said["arithmetic"]["at"]) == ("NotEnoughFree", day(10))
    move(ledger, "atlas", ("vision", 24), ends_at=day(15))


def test_an_open_end_warns_of_what_would_have_come_free() -> None:
    ledger = lab("vision", "atlas", total=64)
    ledger.grant("vision", 64, ends_at=day(30))
    ledger.tell("release", pool="h100", unit="vision", quantity=16, effective_at=day(20))
    given = ledger.ask("reallocate", **ask("atlas", ("vision", 40)))
    warned = [one["detail"] for one in warnings(given.body)]
    assert warned == [
        f"16 of h100 would have come free at {day(20)}, and now do not",
        f"24 of h100 would have come free at {day(30)}, and now do not",
    ]


def warnings(body: bytes) -> list[dict[str, str]]:
    return json.loads(body)["warnings"]


def test_an_earlier_end_gives_the_rest_to_the_pool() -> None:
    ledger = lab("vision", "atlas", total=64)
    ledger.grant("vision", 64)
    move(ledger, "atlas", ("vision", 24), ends_at=day(30))
    assert [ledger.free(day(n)) for n in (29, 30)] == [0, 24]


def test_all_is_what_is_in_hand_and_movable_with_a_warning_of_what_stays() -> None:
    ledger = lab("vision", "speech", "atlas")
    ledger.grant("vision", 64)
    move(ledger, "speech", ("vision", 16), effective_at=day(20))
    given = ledger.ask("reallocate", **ask("atlas", ("vision", "all")))
    assert given.status == 201
    assert [one["code"] for one in warnings(given.body)] == ["StaysBehind"]
    assert [ledger.holds("vision", day(n)) for n in (1, 20)] == [16, 0]


@pytest.mark.parametrize("quantity", [8, "all"])
def test_a_unit_does_not_move_to_itself(quantity: int | str) -> None:
    ledger = lab("vision")
    ledger.grant("vision", 16)
    assert no(ledger, "vision", ("vision", quantity))["code"] == "SameUnit"


def test_a_move_to_itself_changes_the_class() -> None:
    ledger = lab("vision", total=24)
    ledger.grant("vision", 16)
    ledger.grant("vision", 8, borrowed=True)
    event = move(ledger, "vision", ("vision", 8))[0]
    assert event["data"]["class"] == "guaranteed"
    assert no(ledger, "vision", ("vision", 1))["code"] == "SameUnit"
    assert ledger.holds("vision", day(1)) == 24


def test_a_move_without_words_is_refused() -> None:
    ledger = lab("vision", "atlas")
    ledger.grant("vision", 16)
    asked: dict[str, Any] = ask("atlas", ("vision", 8)) | {"reason": None}
    assert ledger.refusal("reallocate", **asked)["code"] == "WordsMissing"


def test_named_grants_and_holders_go_together() -> None:
    ledger = lab("vision", "speech", "atlas")
    grant = ledger.grant("vision", 16)
    ledger.grant("speech", 16)
    event = ledger.tell(
        "reallocate", pool="h100", to="atlas", reason="r",
        from_=[{"grant": grant, "quantity": 8}, {"unit": "vision", "quantity": 4},
               {"unit": "speech", "quantity": "all"}],
    )[0]  # fmt: skip
    assert [(leg["unit"], leg["quantity"]) for leg in event["data"]["legs"]] == [
        ("vision", 12), ("speech", 16),
    ]  # fmt: skip


def test_a_move_out_of_a_reservation_begins_now_with_a_warning_and_is_given_later() -> None:
    ledger = lab("vision", "atlas", total=64)
    grant = ledger.grant("vision", 16, starts_at=day(10))
    given = ledger.ask(
        "reallocate", pool="h100", to="atlas", from_=[{"grant": grant, "quantity": 16}],
        reason="r",
    )  # fmt: skip
    assert [one["code"] for one in warnings(given.body)] == ["BeforeItsStart"]
    assert [ledger.holds("atlas", day(n)) for n in (5, 10)] == [16, 16]
    assert [ledger.free(day(n)) for n in (5, 10)] == [48, 48]


@pytest.mark.parametrize(
    ("ends_at", "borrowed", "passes"),
    [(day(10), False, True), (day(9), False, True), (day(11), False, False), (None, False, False)],
)
def test_a_lead_moves_nothing_for_longer_than_its_sources_would_have_held_it(
    ends_at: str | None, borrowed: bool, passes: bool
) -> None:
    ledger = lab("research", total=64)
    for unit in ("vision", "speech"):
        ledger.tell("create_unit", unit=unit, parent="research")
    ledger.grant("vision", 8, ends_at=day(10))
    ledger.tell("delegate", to="ann", role="lead", unit="research")
    given = ledger.ask(
        "reallocate", by="ann", **ask("speech", ("vision", 8), ends_at=ends_at, borrowed=borrowed)
    )
    assert given.code == (None if passes else "NotYoursToDecide"), given.body


@pytest.mark.parametrize(("borrowed", "passes"), [(True, True), (False, False)])
def test_a_lead_makes_nothing_guaranteed_by_moving_it(borrowed: bool, passes: bool) -> None:
    ledger = lab("research", total=64)
    for unit in ("vision", "speech"):
        ledger.tell("create_unit", unit=unit, parent="research")
    ledger.grant("vision", 8, borrowed=True)
    ledger.tell("delegate", to="ann", role="lead", unit="research")
    given = ledger.ask("reallocate", by="ann", **ask("speech", ("vision", 8), borrowed=borrowed))
    assert given.code == (None if passes else "NotYoursToDecide"), given.body


def test_a_grant_of_another_pool_does_not_move() -> None:
    ledger = lab("vision", "atlas")
    ledger.tell("open_pool", pool="a100")
    grant = ledger.grant("vision", 16)
    said = ledger.refusal(
        "reallocate", pool="a100", to="atlas", from_=[{"grant": grant, "quantity": 8}], reason="r"
    )
    assert said["code"] == "Impossible"


def test_a_move_dated_back_draws_on_what_was_held_then_and_has_ended_since() -> None:
    ledger = lab("vision", "atlas")
    ledger.grant("vision", 8, ends_at=day(4))
    ledger.go_to(day(5))
    back: dict[str, Any] = {"effective_at": day(2), "ends_at": day(4)}
    asked = ask("atlas", ("vision", 9), **back)
    assert refused(ledger, "reallocate", "MoreThanHeld", **asked)["arithmetic"]["available"] == 8
    told(ledger, "reallocate", **ask("atlas", ("vision", 8), **back))
    assert [ledger.holds(unit, day(3)) for unit in ("vision", "atlas")] == [0, 8]


def led() -> InMemory:
    """A division of two teams, which ann leads."""
    ledger = lab("research", total=64)
    for unit in ("vision", "speech"):
        ledger.tell("create_unit", unit=unit, parent="research")
    ledger.tell("delegate", to="ann", role="lead", unit="research")
    return ledger


def test_a_lead_changes_no_class_by_moving_from_a_unit_to_itself() -> None:
    ledger = led()
    ledger.grant("vision", 8, ends_at=day(10))
    asked = ask("vision", ("vision", 4), ends_at=day(10), borrowed=True)
    refused(ledger, "reallocate", "NotYoursToDecide", by="ann", **asked)
    told(ledger, "reallocate", **asked)


def test_a_lead_moves_nothing_from_before_its_source_began_also_when_that_has_gone_by() -> None:
    ledger = led()
    ledger.go_to(day(5))
    grant = ledger.grant("vision", 8, starts_at=day(5), ends_at=day(10))
    ledger.go_to(day(8))
    asked = ask("speech", ends_at=day(10)) | {"from": [{"grant": grant, "quantity": 4}]}
    for at in (day(4), day(4.9)):
        refused(ledger, "reallocate", "NotYoursToDecide", by="ann", effective_at=at, **asked)
    told(ledger, "reallocate", by="ann", effective_at=day(5), **asked)


@pytest.mark.parametrize(("ends_at", "passes"), [(day(6), True), (day(6.5), False)])
def test_a_lead_moves_what_was_to_be_released_until_that_very_instant(
    ends_at: str, passes: bool
) -> None:
    ledger = led()
    grant = ledger.grant("vision", 8, ends_at=day(10))
    ledger.tell("release", grants=[{"grant": grant, "quantity": 4}], effective_at=day(6))
    asked = ask("speech", ends_at=ends_at) | {"from": [{"grant": grant, "quantity": 4}]}
    if passes:
        told(ledger, "reallocate", by="ann", **asked)
    else:
        refused(ledger, "reallocate", "NotYoursToDecide", by="ann", **asked)
