"""Releases: by holder or by name, all or some, now or later; nothing ever falls below zero."""

from typing import Any

from ledger.periods import Instant
from tests.support.in_memory import InMemory, day, lab, portrait


def release(ledger: InMemory, unit: str, quantity: int | str, **fields: Any) -> dict[str, Any]:
    return ledger.tell("release", pool="h100", unit=unit, quantity=quantity, **fields)[0]


def no(ledger: InMemory, unit: str, quantity: int | str, **fields: Any) -> dict[str, Any]:
    return ledger.refusal("release", pool="h100", unit=unit, quantity=quantity, **fields)


def drawn(event: dict[str, Any]) -> list[tuple[str, int]]:
    return [(leg["grant"], leg["quantity"]) for leg in event["data"]["legs"]]


def move(ledger: InMemory, unit: str, quantity: int, to: str, at: Instant) -> int:
    return ledger.tell(
        "reallocate", pool="h100", from_=[{"unit": unit, "quantity": quantity}], to=to,
        effective_at=at, reason="promised",
    )[0]["position"]  # fmt: skip


def test_what_is_released_is_free_from_that_instant_on() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64)
    release(ledger, "vision", 24, effective_at=day(10))
    assert [ledger.own(grant, day(n)) for n in (9, 10)] == [64, 40]
    assert [ledger.free(day(n)) for n in (9, 10)] == [0, 24]


def test_one_more_than_is_held_is_refused_with_what_is_held() -> None:
    ledger = lab("vision")
    ledger.grant("vision", 24)
    said = no(ledger, "vision", 25)
    assert (said["code"], said["arithmetic"]["available"]) == ("MoreThanHeld", 24)


def test_by_holder_borrowed_goes_first_then_the_latest_start_then_the_id() -> None:
    ledger = lab("vision")
    oldest = ledger.grant("vision", 8)
    newer = ledger.grant("vision", 8)
    borrowed = ledger.grant("vision", 8, borrowed=True)
    newest = ledger.grant("vision", 8)
    assert drawn(release(ledger, "vision", 20)) == [(borrowed, 8), (newest, 8), (newer, 4)]
    assert drawn(release(ledger, "vision", 12)) == [(newer, 4), (oldest, 8)]


def test_subunits_do_not_give_for_their_parent() -> None:
    ledger = lab("research")
    ledger.tell("create_unit", unit="vision", parent="research")
    ledger.grant("vision", 8)
    assert no(ledger, "research", 8)["code"] == "MoreThanHeld"


def test_all_ends_the_grants_of_the_unit_and_lets_schedules_fall_away() -> None:
    ledger = lab("vision", total=64)
    first, second = ledger.grant("vision", 32), ledger.grant("vision", 16)
    release(ledger, "vision", 8, effective_at=day(30))
    event = release(ledger, "vision", "all", effective_at=day(10))
    assert {leg["grant"] for leg in event["data"]["legs"]} == {first, second}
    assert all(leg["ends"] for leg in event["data"]["legs"])
    assert [ledger.free(day(n)) for n in (9, 10, 30, 99)] == [16, 64, 64, 64]


def test_all_leaves_reservations_unless_the_future_goes_too() -> None:
    ledger = lab("vision", total=64)
    ledger.grant("vision", 8)
    reserved = ledger.grant("vision", 16, starts_at=day(20))
    release(ledger, "vision", "all")
    assert ledger.own(reserved, day(20)) == 16
    assert no(ledger, "vision", "all")["code"] == "MoreThanHeld"
    release(ledger, "vision", "all", future=True)
    assert ledger.own(reserved, day(20)) == 0


def test_all_is_refused_while_a_move_is_promised() -> None:
    ledger = lab("vision", "speech")
    ledger.grant("vision", 32)
    promised = move(ledger, "vision", 8, "speech", day(20))
    said = no(ledger, "vision", "all")
    assert (said["code"], said["arithmetic"]["positions"]) == ("DependentFacts", [promised])


def test_a_release_takes_first_what_was_to_leave_anyway_soonest_first() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64)
    late = release(ledger, "vision", 16, effective_at=day(45), advance=False)["position"]
    soon = release(ledger, "vision", 8, effective_at=day(30), advance=False)["position"]
    event = release(ledger, "vision", 12, effective_at=day(10))
    assert event["data"]["legs"][0]["advances"] == [
        {"position": soon, "quantity": 8},
        {"position": late, "quantity": 4},
    ]
    assert [ledger.own(grant, day(n)) for n in (9, 10, 30, 45)] == [64, 52, 52, 40]


def test_without_advancing_it_takes_from_the_rest() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 64)
    release(ledger, "vision", 16, effective_at=day(45))
    event = release(ledger, "vision", 12, effective_at=day(10), advance=False)
    assert "advances" not in event["data"]["legs"][0]
    assert [ledger.own(grant, day(n)) for n in (10, 45)] == [52, 36]


def test_a_promised_move_is_never_advanced_and_what_it_needs_stays() -> None:
    ledger = lab("vision", "speech")
    grant = ledger.grant("vision", 64)
    promised = move(ledger, "vision", 48, "speech", day(20))
    said = no(ledger, "vision", 17)
    assert (said["code"], said["arithmetic"]["available"]) == ("MoreThanHeld", 16)
    assert "48 of them promised" in said["detail"]
    named = ledger.refusal("release", grants=[{"grant": grant, "quantity": 17}])
    assert (named["code"], named["arithmetic"]["at"]) == ("NegativeHolding", day(20))
    assert named["arithmetic"]["positions"] == [promised]
    # Asked for more than it holds even now, it says what could be had, and not what is held.
    more = ledger.refusal("release", grants=[{"grant": grant, "quantity": 65}])
    assert (more["code"], more["arithmetic"]["available"]) == ("MoreThanHeld", 16)
    assert "holds 64" in more["detail"]
    assert "48 of them promised to others" in more["detail"]
    release(ledger, "vision", 16)


def test_a_leg_on_a_grant_not_yet_started_takes_effect_at_its_start() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 16, starts_at=day(10))
    ledger.tell("release", grants=[{"grant": grant, "quantity": 4}])
    assert [ledger.own(grant, day(n)) for n in (9, 10)] == [0, 12]
    assert ledger.free(day(9)) == 64


def test_a_release_after_the_end_is_information_and_moves_nothing() -> None:
    ledger = lab("vision", total=64)
    grant = ledger.grant("vision", 16, ends_at=day(10))
    ledger.go_to(day(12))
    event = ledger.tell("release", grants=[{"grant": grant, "quantity": 16}])[0]
    assert event["data"]["late"] is True
    assert ledger.free(day(12)) == 64
    assert no(ledger, "vision", 16)["code"] == "MoreThanHeld"
    more = ledger.refusal("release", grants=[{"grant": grant, "quantity": 17}])
    assert more["code"] == "MoreThanHeld"


def test_a_release_after_the_end_that_lies_ahead_is_refused() -> None:
    ledger = lab("vision")
    grant = ledger.grant("vision", 16, ends_at=day(10))
    said = ledger.refusal("release", grants=[{"grant": grant, "quantity": 8}], effective_at=day(11))
    assert (said["code"], said["detail"]) == (
        "GrantEnded", f"Grant {grant} of vision ends at {day(10)}",
    )  # fmt: skip


def test_a_reclaim_needs_words() -> None:
    ledger = lab("vision")
    ledger.grant("vision", 16)
    assert no(ledger, "vision", 8, kind="reclaimed")["code"] == "WordsMissing"
    release(ledger, "vision", 8, kind="reclaimed", reason="needed for the flagship run")


def test_one_release_is_of_one_pool() -> None:
    ledger = lab("vision")
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=8)
    first, second = ledger.grant("vision", 8), ledger.grant("vision", 8, pool="a100")
    said = ledger.refusal(
        "release", grants=[{"grant": first, "quantity": 1}, {"grant": second, "quantity": 1}]
    )
    assert said["code"] == "Impossible"


def test_all_dated_back_is_refused_when_something_left_since() -> None:
    ledger = lab("vision", "speech", since=day(-30))
    ledger.grant("vision", 16)
    ledger.go_to(day(3))
    moved = move(ledger, "vision", 16, "speech", day(3))
    ledger.go_to(day(4))
    said = no(ledger, "vision", "all", effective_at=day(2), reason="they left on Monday")
    assert (said["code"], said["arithmetic"]["positions"]) == ("DependentFacts", [moved])


def test_what_moves_and_all_the_rest_leave_a_unit_in_one_decision() -> None:
    ledger = lab("vision", "speech", total=64)
    grant = ledger.grant("vision", 16)
    release(ledger, "vision", 6, effective_at=day(30))
    ledger.tell(
        "decision",
        legs=[
            {"do": "reallocate", "pool": "h100", "from": [{"unit": "vision", "quantity": 4}],
             "to": "speech", "reason": "the project ends"},
            {"do": "release", "pool": "h100", "unit": "vision", "quantity": "all"},
            {"do": "close_unit", "unit": "vision"},
        ],
    )  # fmt: skip
    now = ledger.state.recorded_at
    assert (ledger.own(grant, now), ledger.holds("speech", now)) == (0, 4)
    assert [ledger.free(at) for at in (now, day(30))] == [60, 60]


def test_all_of_a_future_instant_takes_what_another_leg_left_of_it() -> None:
    ledger = lab("vision", "speech", total=64)
    grant = ledger.grant("vision", 16)
    move(ledger, "vision", 4, "speech", day(20))
    release(ledger, "vision", "all", effective_at=day(20))
    assert [ledger.own(grant, day(n)) for n in (19, 20, 99)] == [16, 0, 0]
    assert [ledger.free(day(n)) for n in (19, 20, 99)] == [48, 60, 60]


def test_all_that_takes_the_rest_leaves_what_is_promised_later() -> None:
    ledger = lab("vision", "speech", total=64)
    ledger.grant("vision", 16)
    move(ledger, "vision", 4, "speech", day(20))
    promised = move(ledger, "vision", 4, "speech", day(25))
    said = no(ledger, "vision", "all", effective_at=day(20))
    assert said["arithmetic"]["positions"] == [promised]


def test_a_release_dated_back_is_told_what_was_held_then_and_has_left_since() -> None:
    ledger = lab("vision", "speech", since=day(-30))
    ledger.grant("vision", 16)
    ledger.go_to(day(3))
    move(ledger, "vision", 16, "speech", day(3))
    ledger.go_to(day(4))
    said = no(ledger, "vision", 8, effective_at=day(2), reason="they left on Monday")
    assert said["detail"] == (
        f"8 asked of vision, which holds 16 of h100 at {day(2)}, "
        "16 of them taken later, by what is recorded"
    )
    assert said["arithmetic"]["available"] == 0


def test_a_refused_decision_leaves_nothing_behind_of_what_it_tried_for_later() -> None:
    ledger = lab("vision")
    grant = ledger.grant("vision", 4, starts_at=day(8))
    part = {"do": "release", "grants": [{"grant": grant, "quantity": 1}]}
    ledger.refusal("decision", legs=[part, part | {"grants": [{"grant": grant, "quantity": 9}]}])
    release(ledger, "vision", "all", future=True)
    ledger.go_to(day(9))
    ledger.grant("vision", 1)
    assert portrait(ledger.replayed()) == portrait(ledger.state)


def test_all_with_the_future_dated_back_ends_what_began_and_ended_since() -> None:
    ledger = lab("vision", since=day(-30))
    now_gone = ledger.grant("vision", 8, starts_at=day(2), ends_at=day(3))
    still = ledger.grant("vision", 8)
    ledger.go_to(day(4))
    release(ledger, "vision", "all", future=True, effective_at=day(1), reason="they never came")
    assert [ledger.own(grant, day(2)) for grant in (now_gone, still)] == [0, 0]
