"""Grants and their ends: enough at every instant of the window, or a no with its arithmetic."""

from typing import Any

import pytest

from ledger.periods import Instant
from tests.support.in_memory import InMemory, day, lab


def test_a_grant_takes_from_the_pool_over_its_whole_window() -> None:
    ledger = lab("vision", total=128)
    ledger.grant("vision", 48, starts_at=day(10), ends_at=day(20))
    assert [ledger.free(day(n)) for n in (9, 10, 19, 20)] == [128, 80, 80, 128]


def test_the_last_units_are_granted_and_one_more_is_refused() -> None:
    ledger = lab("vision", total=128)
    ledger.grant("vision", 128)
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=1)["code"] == (
        "NotEnoughFree"
    )


def test_a_refused_grant_says_how_much_is_free_who_holds_it_and_when_more_comes() -> None:
    ledger = lab("vision", "speech", total=128)
    first = ledger.grant("vision", 64, ends_at=day(45))
    ledger.grant("speech", 48)
    ledger.tell(
        "release", pool="h100", unit="speech", quantity=16, effective_at=day(30), kind="returned"
    )
    ledger.go_to(day(1))
    said = ledger.refusal("grant", pool="h100", unit="speech", quantity=80)
    assert said["status"] == 409
    assert said["arithmetic"] == {
        "measure": "held", "pool": "h100", "at": day(1), "asked": 80, "available": 16,
        "limit": 128, "before": 112, "after": 192,
    }  # fmt: skip
    assert said["holders"] == [
        {"unit": "vision", "quantity": 64},
        {"unit": "speech", "quantity": 48},
    ]
    schedule = ledger.events[-1].position
    assert said["next"] == [
        {"at": day(30), "quantity": 32, "cause": f"speech releases (position {schedule})"},
        {"at": day(45), "quantity": 96, "cause": f"grant {first} of vision ends"},
    ]
    assert "80 of h100 asked" in said["detail"]


def test_available_is_the_least_over_the_window_not_what_is_free_at_its_start() -> None:
    ledger = lab("vision", "speech", total=64)
    ledger.grant("speech", 40, starts_at=day(20), ends_at=day(30))
    said = ledger.refusal("grant", pool="h100", unit="vision", quantity=32, ends_at=day(25))
    assert (said["arithmetic"]["at"], said["arithmetic"]["available"]) == (day(20), 24)
    ledger.grant("vision", 32, ends_at=day(20))
    ledger.grant("vision", 24, ends_at=day(25))


def test_a_grant_at_an_instant_at_which_another_ends_finds_its_units_free() -> None:
    ledger = lab("vision", "speech", total=64)
    ledger.grant("speech", 64, ends_at=day(5))
    ledger.grant("vision", 64, starts_at=day(5))
    assert (ledger.holds("speech", day(5)), ledger.holds("vision", day(5))) == (0, 64)


def test_quantities_are_multiples_of_the_granule() -> None:
    ledger = lab("vision", granule=8)
    said = ledger.refusal("grant", pool="h100", unit="vision", quantity=12)
    assert (said["code"], said["arithmetic"]["limit"]) == ("OffGranule", 8)


def test_what_is_free_is_told_in_whole_granules() -> None:
    ledger = lab("vision", granule=8, total=60)
    ledger.grant("vision", 32)
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=32)["arithmetic"][
        "available"
    ] == (24)


@pytest.mark.parametrize(
    ("fields", "code", "status"),
    [
        ({"pool": "a100"}, "UnknownPool", 404),
        ({"unit": "nobody"}, "UnknownUnit", 404),
        ({"ends_at": day(0)}, "Impossible", 409),
        ({"starts_at": day(-1)}, "UnknownPool", 404),
    ],
)
def test_what_cannot_be_granted(fields: dict[str, Any], code: str, status: int) -> None:
    ledger = lab("vision")
    usual: dict[str, Any] = {"pool": "h100", "unit": "vision", "quantity": 8}
    said = ledger.refusal("grant", **usual | fields)
    assert (said["code"], said["status"]) == (code, status)


def test_the_caller_may_choose_the_id_of_a_grant_once() -> None:
    ledger = lab("vision")
    name = "0192f0c1-7a10-7c3e-8b54-000000000001"
    assert ledger.grant("vision", 8, grant=name) == name
    said = ledger.refusal("grant", pool="h100", unit="vision", quantity=8, grant=name)
    assert said["code"] == "AlreadyExists"


@pytest.mark.parametrize(("asked", "later"), [(40, True), (9, False)])
def test_how_much_is_free_is_told_with_where_that_is(asked: int, later: bool) -> None:
    ledger = lab("vision", "speech", total=64, granule=8 if later else 1)
    ledger.grant("vision", 32)
    ledger.grant("speech", 24, starts_at=day(30))
    start = None if later else day(30)
    said = ledger.refusal("grant", pool="h100", unit="vision", quantity=asked, starts_at=start)
    assert f"{asked} of h100 asked from" in said["detail"]
    assert "8 free: " in said["detail"]
    assert said["detail"].endswith(", and more later") == later


def test_what_is_no_whole_granule_is_free_and_not_held_later() -> None:
    ledger = lab("vision", total=61, granule=8)
    ledger.grant("vision", 32)
    said = ledger.refusal("grant", pool="h100", unit="vision", quantity=32)
    assert f"24 free: 32 of 61 are held at {ledger.now}" in f"{said['detail']}."
    assert "later" not in said["detail"]


def extended(ledger: InMemory, grant: str, ends_at: Instant | None, **fields: Any) -> None:
    ledger.tell("extend", grant=grant, ends_at=ends_at, reason="as agreed", **fields)


def test_a_prolonged_grant_holds_on() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64, ends_at=day(10))
    extended(ledger, grant, day(20))
    assert [ledger.own(grant, day(n)) for n in (9, 10, 19, 20)] == [64, 64, 64, 0]
    extended(ledger, grant, None)
    assert ledger.own(grant, day(900)) == 64


def test_a_grant_is_not_prolonged_into_units_that_are_promised() -> None:
    ledger = lab("vision", "speech", total=64)
    grant = ledger.grant("vision", 40, ends_at=day(10))
    ledger.grant("speech", 64, starts_at=day(10), ends_at=day(12))
    said = ledger.refusal("extend", grant=grant, ends_at=day(11))
    assert (said["code"], said["arithmetic"]["at"]) == ("NotEnoughFree", day(10))


def test_an_earlier_end_needs_words_and_gives_the_rest_to_the_pool() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64, ends_at=day(20))
    assert ledger.refusal("extend", grant=grant, ends_at=day(10))["code"] == "WordsMissing"
    assert ledger.refusal("extend", grant=grant, ends_at=day(10), reason=" ")["code"] == (
        "WordsMissing"
    )
    extended(ledger, grant, day(10))
    assert ledger.free(day(10)) == 64


def test_an_incident_may_owe_its_words() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64, ends_at=day(20))
    ledger.tell("extend", grant=grant, ends_at=day(10), reason_code="incident")


def test_a_grant_ended_by_a_release_of_all_is_not_prolonged() -> None:
    ledger = lab("vision")
    grant = ledger.grant("vision", 8)
    ledger.tell("release", pool="h100", unit="vision", quantity="all")
    assert ledger.refusal("extend", grant=grant, ends_at=None)["code"] == "GrantEnded"


def test_the_same_end_is_no_difference() -> None:
    ledger = lab("vision")
    grant = ledger.grant("vision", 8)
    assert ledger.refusal("extend", grant=grant, ends_at=None)["code"] == "NoDifference"


def test_a_grant_does_not_end_before_it_starts() -> None:
    ledger = lab("vision")
    grant = ledger.grant("vision", 8, starts_at=day(10), ends_at=day(20))
    said = ledger.refusal("extend", grant=grant, ends_at=day(10), reason="sooner")
    assert said["code"] == "Impossible"


def test_an_end_before_a_promised_move_is_refused_and_names_the_move() -> None:
    ledger = lab("vision", "speech", total=64)
    grant = ledger.grant("vision", 64, ends_at=day(40))
    move = ledger.tell(
        "reallocate", pool="h100", from_=[{"unit": "vision", "quantity": 16}], to="speech",
        effective_at=day(30), reason="promised",
    )  # fmt: skip
    said = ledger.refusal("extend", grant=grant, ends_at=day(20), reason="sooner")
    assert (said["code"], said["arithmetic"]["positions"]) == (
        "DependentFacts", [move[0]["position"]],
    )  # fmt: skip


def test_a_scheduled_release_that_an_earlier_end_made_idle_counts_again() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64)
    schedule = ledger.tell(
        "release", pool="h100", unit="vision", quantity=64, effective_at=day(45)
    )[0]["position"]
    extended(ledger, grant, day(40))
    ledger.tell("release", pool="h100", unit="vision", quantity=64, effective_at=day(30))
    said = ledger.refusal("extend", grant=grant, ends_at=day(60), reason="longer")
    assert (said["code"], said["arithmetic"]["at"]) == ("NegativeHolding", day(45))
    assert said["arithmetic"]["positions"] == [schedule]


def test_prolonging_what_has_ended_is_backdated_to_its_end() -> None:
    ledger = lab("vision", since=day(-30))
    grant = ledger.grant("vision", 8, ends_at=day(2))
    ledger.go_to(day(3))
    assert ledger.refusal("extend", grant=grant, ends_at=day(9))["code"] == "WordsMissing"
    event = ledger.tell("extend", grant=grant, ends_at=day(9), reason="forgotten")[0]
    assert event["effective_at"] == day(2)
    assert ledger.own(grant, day(2)) == 8
