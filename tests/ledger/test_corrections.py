"""Corrections: what an event should have said; what was believed before stays to be asked."""

from typing import Any

import pytest

from tests.support.correcting import instead, never, quantity, together
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.truth import in_order, proposed, refused, told

POOL = "h100"


def grant(ledger: InMemory, unit: str, count: int, **fields: Any) -> tuple[str, int]:
    made = ledger.tell("grant", pool=POOL, unit=unit, quantity=count, **fields)[0]
    return made["data"]["grant"], made["position"]


def release(ledger: InMemory, name: str, count: int, **fields: Any) -> int:
    named = [{"grant": name, "quantity": count}]
    return ledger.tell("release", grants=named, **fields)[0]["position"]


def move(ledger: InMemory, name: str, count: int, to: str, **fields: Any) -> tuple[str, int]:
    source = [{"grant": name, "quantity": count}]
    made = ledger.tell("reallocate", pool=POOL, from_=source, to=to, reason="r", **fields)[0]
    return made["data"]["to_grant"], made["position"]


def on(ledger: InMemory, name: str, *days: float) -> list[int]:
    return [ledger.hold(name, day(number)) for number in days]


def test_a_correction_says_what_was_and_what_is_instead_and_stands_beside_the_event() -> None:
    ledger = lab("alpha")
    _, position = grant(ledger, "alpha", 64)
    original = ledger.facts()[position - 1]
    event = told(ledger, "correct", **quantity(ledger, position, 48))[0]
    data = event["data"]
    assert event["topic"] == "corrected.v1"
    assert event["effective_at"] == event["recorded_at"]
    assert (data["corrects"], data["topic"], data.get("supersedes")) == (
        position, "granted.v1", None,
    )  # fmt: skip
    assert data["was"] == {one: original[one] for one in ("effective_at", "data")}
    assert data["replacement"]["data"] == original["data"] | {"quantity": 48}
    assert ledger.facts()[position - 1] == original


def test_correcting_again_names_the_same_position_and_the_correction_that_stands() -> None:
    ledger = lab("alpha")
    _, position = grant(ledger, "alpha", 64)
    original = quantity(ledger, position, 64)
    first = told(ledger, "correct", **quantity(ledger, position, 48))[0]["position"]
    second = quantity(ledger, position, 32)
    for wrong in (None, position, first + 7):
        refused(ledger, "correct", "Stale", **second | {"supersedes": wrong})
    refused(ledger, "correct", "Impossible", **second | {"corrects": first, "supersedes": None})
    event = told(ledger, "correct", **second)[0]
    assert event["data"]["supersedes"] == first
    assert event["data"]["was"]["data"]["quantity"] == 48
    refused(ledger, "correct", "Stale", **original | {"supersedes": first})
    undone = told(ledger, "correct", **original | {"supersedes": event["position"]})[0]
    assert undone["data"]["replacement"] == {
        one: ledger.facts()[position - 1][one] for one in ("effective_at", "data")
    }


def test_undoing_a_correction_is_saying_what_the_original_said() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 64)
    _, position = move(ledger, name, 24, "beta")
    books = portrait(ledger.state)
    told(ledger, "correct", **quantity(ledger, position, 8))
    assert ledger.holds("beta", day(1)) == 8
    told(ledger, "correct", **quantity(ledger, position, 24))
    assert portrait(ledger.state)["free"] == books["free"]
    assert [ledger.holds(unit, day(1)) for unit in ("alpha", "beta")] == [40, 24]


def test_what_it_says_already_is_no_difference() -> None:
    ledger = lab("alpha")
    _, position = grant(ledger, "alpha", 64)
    refused(ledger, "correct", "NoDifference", **quantity(ledger, position, 64))
    told(ledger, "correct", **never(ledger, position))
    refused(ledger, "correct", "NoDifference", **never(ledger, position))


def test_what_never_happened_leaves_nothing_and_its_id_is_not_used_again() -> None:
    ledger = lab("alpha", "beta")
    name, position = grant(ledger, "alpha", 64)
    told(ledger, "correct", **never(ledger, position))
    assert on(ledger, name, 1, 99) == [0, 0]
    assert ledger.free(day(1)) == 128
    common = {"pool": POOL, "quantity": 8}
    refused(ledger, "grant", "AlreadyExists", unit="alpha", grant=name, **common)
    named = [{"grant": name, "quantity": 8}]
    refused(ledger, "release", "UnknownGrant", grants=named)
    refused(ledger, "extend", "UnknownGrant", grant=name, ends_at=day(60))
    refused(ledger, "reallocate", "UnknownGrant", pool=POOL, to="beta", reason="r",
            **{"from": named})  # fmt: skip
    refused(ledger, "lend", "UnknownGrant", to="beta", returns_at=day(9),
            **common, **{"from": {"grant": name}})  # fmt: skip
    steps = [{"quantity": 8, "expected_at": day(20)}]
    refused(ledger, "forecast", "UnknownGrant", grant=name, steps=steps)
    told(ledger, "note", about={"grant": name}, text="it was a mistake")
    told(ledger, "correct", **quantity(ledger, position, 32))
    assert on(ledger, name, 1, 99) == [32, 32]


def test_null_and_anew_in_one_decision_is_the_way_to_another_pool() -> None:
    ledger = lab("alpha")
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=64)
    _, position = grant(ledger, "alpha", 64)
    refused(ledger, "correct", "Impossible", **instead(ledger, position, pool="a100"))
    anew = {"do": "grant", "pool": "a100", "unit": "alpha", "quantity": 64}
    told(ledger, "decision", legs=[*together(never(ledger, position)), anew])
    assert [ledger.holds("alpha", day(1), pool) for pool in (POOL, "a100")] == [0, 64]


def test_all_of_a_full_pool_is_recorded_anew_in_the_decision_that_gives_it_up() -> None:
    ledger = lab("alpha", "beta")
    _, position = grant(ledger, "alpha", 128)
    anew = {"do": "grant", "pool": POOL, "unit": "beta", "quantity": 128}
    told(ledger, "decision", legs=[anew, *together(never(ledger, position))])
    assert [ledger.holds(unit, day(1)) for unit in ("alpha", "beta")] == [0, 128]


def test_what_is_lent_in_the_decision_that_corrects_the_lender_is_judged_with_it() -> None:
    ledger = lab("alpha", "beta")
    name, position = grant(ledger, "alpha", 64)
    loan = {"do": "lend", "pool": POOL, "from": {"grant": name}, "quantity": 24, "to": "beta",
            "returns_at": day(20)}  # fmt: skip
    legs = [*together(quantity(ledger, position, 32)), loan]
    told(ledger, "decision", legs=legs)
    assert [ledger.holds(unit, day(1)) for unit in ("alpha", "beta")] == [8, 24]
    said = refused(ledger, "correct", "NegativeHolding", **quantity(ledger, position, 16))
    assert said["arithmetic"]["measure"] == "hold"


@pytest.mark.parametrize("field", ["grant", "pool"])
def test_the_ids_an_event_made_and_its_pool_are_fixed(field: str) -> None:
    ledger = lab("alpha")
    _, position = grant(ledger, "alpha", 64)
    other = {"grant": "019b76da-a800-7000-8000-00000000ffff", "pool": "a100"}[field]
    refused(ledger, "correct", "Impossible", **instead(ledger, position, **{field: other}))


def test_of_authority_rules_forecasts_and_notes_the_new_thing_is_said() -> None:
    ledger = lab("alpha")
    name, _ = grant(ledger, "alpha", 64)
    ledger.tell("delegate", to="op", role="operator", unit="lab")
    ledger.tell("set_rules", notice_days=1)
    ledger.tell("note", about={"unit": "alpha"}, text="so it was")
    ledger.tell("forecast", grant=name, steps=[{"quantity": 8, "expected_at": day(9)}])
    topics = {fact["topic"]: fact["position"] for fact in ledger.facts()}
    for topic in ("authority-delegated.v1", "rules-set.v1", "noted.v1", "release-forecast.v1"):
        refused(ledger, "correct", "Impossible", **never(ledger, topics[topic]))


def test_a_position_that_was_not_recorded_yet_is_unknown() -> None:
    ledger = lab("alpha")
    asked = {"corrects": 999, "replacement": None, "reason": "r"}
    refused(ledger, "correct", "UnknownPosition", **asked)


@pytest.mark.parametrize(
    "changes",
    [{"quantity": 0}, {"quantity": -8}, {"quantity": "8"}, {"class": "best"}, {"colour": "red"},
     {"ends_at": "soon"}],
)  # fmt: skip
def test_what_is_said_instead_has_the_shape_of_its_topic(changes: dict[str, Any]) -> None:
    ledger = lab("alpha")
    _, position = grant(ledger, "alpha", 64)
    said = refused(ledger, "correct", "Misshapen", **instead(ledger, position, **changes))
    assert said["status"] == 422


def test_what_is_said_instead_names_what_there_was_at_the_time() -> None:
    ledger = lab("alpha", granule=8)
    ledger.go_to(day(5))
    ledger.tell("create_unit", unit="young")
    _, position = grant(ledger, "alpha", 64)
    for code, at, changes in (
        ("UnknownUnit", None, {"unit": "nobody"}),
        ("UnknownUnit", day(4), {"unit": "young"}),
        ("UnknownPool", day(-2), {}),
        ("OffGranule", None, {"quantity": 60}),
        ("Impossible", None, {"ends_at": day(5)}),
        ("Impossible", None, {"ends_at": day(2)}),
    ):
        refused(ledger, "correct", code, **instead(ledger, position, at, **changes))
    told(ledger, "correct", **instead(ledger, position, unit="young"))
    assert ledger.holds("young", day(6)) == 64


def test_what_changes_the_past_needs_words_and_a_plan_only_when_it_takes() -> None:
    ledger = lab("alpha")
    name, made = grant(ledger, "alpha", 64)
    plan = release(ledger, name, 16, effective_at=day(40))
    ledger.go_to(day(5))
    wordless = {"reason": None}
    refused(ledger, "correct", "WordsMissing", **quantity(ledger, made, 48) | wordless)
    refused(ledger, "correct", "WordsMissing", **quantity(ledger, plan, 24) | wordless)
    refused(ledger, "correct", "WordsMissing", **instead(ledger, plan, day(30)) | wordless)
    told(ledger, "correct", **instead(ledger, plan, day(50)) | wordless)
    told(ledger, "correct", **never(ledger, plan) | wordless)
    debt = {"reason_code": "incident"}
    refused(ledger, "correct", "WordsMissing", **quantity(ledger, made, 48) | wordless | debt)
    told(ledger, "correct", **quantity(ledger, plan, 24) | wordless | debt)
    assert on(ledger, name, 39, 40) == [64, 40]


def test_what_raises_what_is_held_above_what_there_is_is_refused_at_the_first_instant() -> None:
    ledger = lab("alpha", "beta")
    _, position = grant(ledger, "alpha", 32, ends_at=day(20))
    grant(ledger, "beta", 96, starts_at=day(12))
    said = refused(ledger, "correct", "NotEnoughFree", **quantity(ledger, position, 60))
    assert (said["arithmetic"]["at"], said["arithmetic"]["after"]) == (day(12), 156)
    acknowledged = quantity(ledger, position, 60) | {"acknowledge_breach": True}
    proposed(ledger, "correct", **acknowledged)
    told(ledger, "correct", **quantity(ledger, position, 28))


def test_in_a_pool_that_is_over_its_limit_a_correction_that_lowers_passes() -> None:
    ledger = lab("alpha")
    _, position = grant(ledger, "alpha", 128)
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=64)
    told(ledger, "correct", **quantity(ledger, position, 100))
    refused(ledger, "correct", "NotEnoughFree", **quantity(ledger, position, 101))


def test_holders_are_told_as_they_are_once_a_grant_is_said_to_be_of_another_unit() -> None:
    ledger = lab("alpha", "beta", "gamma")
    _, position = grant(ledger, "alpha", 100)
    asked = {"pool": POOL, "unit": "gamma", "quantity": 100}
    before = refused(ledger, "grant", "NotEnoughFree", **asked)["holders"]
    assert [(one["unit"], one["quantity"]) for one in before] == [("alpha", 100)]
    told(ledger, "correct", **instead(ledger, position, unit="beta"))
    after = refused(ledger, "grant", "NotEnoughFree", **asked)["holders"]
    assert [(one["unit"], one["quantity"]) for one in after] == [("beta", 100)]


def test_a_grant_said_to_be_of_another_unit_names_those_who_took_from_it() -> None:
    ledger = lab("alpha", "beta")
    name, position = grant(ledger, "alpha", 64)
    left = release(ledger, name, 8)
    said = refused(ledger, "correct", "DependentFacts", **instead(ledger, position, unit="beta"))
    assert said["arithmetic"]["positions"] == [left]
    leg = {"grant": name, "unit": "beta", "quantity": 8}
    both = together(instead(ledger, position, unit="beta"), instead(ledger, left, legs=[leg]))
    told(ledger, "decision", legs=both)
    told(ledger, "decision", legs=together(instead(ledger, left, legs=[leg | {"unit": "alpha"}]),
                                           instead(ledger, position, unit="alpha")))  # fmt: skip
    assert ledger.holds("alpha", day(1)) == 56


def test_a_trial_by_dry_run_and_a_refusal_leave_the_books_as_they_were() -> None:
    ledger = lab("alpha", "beta")
    name, position = grant(ledger, "alpha", 64)
    move(ledger, name, 24, "beta")
    refused(ledger, "correct", "DependentFacts", **instead(ledger, position, unit="beta"))
    refused(ledger, "correct", "NegativeHolding", **quantity(ledger, position, 8))
    in_order(ledger)


def test_what_is_too_long_to_be_said_twice_is_corrected_to_null_and_then_said_anew() -> None:
    ledger = lab("alpha", total=600)
    names = [ledger.grant("alpha", 1, reason_code="import") for _ in range(450)]
    legs = [{"grant": name, "quantity": 1} for name in names]
    position = ledger.tell("release", grants=legs)[0]["position"]
    shorter = instead(ledger, position, kind="unstated")
    assert refused(ledger, "correct", "TooManyLegs", **shorter)["status"] == 413
    told(ledger, "correct", **never(ledger, position))
    assert ledger.free(day(1)) == 150
    told(ledger, "correct", **instead(ledger, position, kind="unstated"))
    assert ledger.free(day(1)) == 600


def test_an_end_said_behind_a_start_that_was_corrected_frees_nothing_before_it() -> None:
    ledger = lab("alpha")
    name, position = grant(ledger, "alpha", 40, ends_at=day(3))
    ledger.go_to(day(1))
    ledger.tell("extend", grant=name, ends_at=day(4), reason="r")
    later = instead(ledger, position, day(10), ends_at=day(15))
    told(ledger, "decision", legs=[*together(later), {"do": "extend", "grant": name,
                                                      "ends_at": day(20)}])  # fmt: skip
    assert [ledger.free(day(n)) for n in (1, 5, 10, 19, 20)] == [128, 128, 88, 88, 128]
    told(ledger, "extend", grant=name, ends_at=day(12), reason="r")
    assert [ledger.free(day(n)) for n in (9, 10, 11, 12)] == [128, 88, 88, 128]
