"""The worked cases of the two clocks: what was, what is planned, what was believed, to the unit.

Case h is of what is derived from capacity; here stands as much of it as the ledger itself says.
"""

from typing import Any

from ledger.holding import hold_at
from ledger.periods import Instant
from tests.support.correcting import instead, never, quantity, together
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.truth import in_order, refused, told


def grant(ledger: InMemory, unit: str, count: int, **fields: Any) -> tuple[str, int]:
    made = ledger.tell("grant", pool="h100", unit=unit, quantity=count, **fields)[0]
    return made["data"]["grant"], made["position"]


def move(ledger: InMemory, unit: str, count: int, to: str) -> tuple[str, int]:
    source = {"unit": unit, "quantity": count}
    made = ledger.tell("reallocate", pool="h100", from_=[source], to=to, reason="moved")[0]
    return made["data"]["to_grant"], made["position"]


def on(ledger: InMemory, name: str, *days: int) -> list[int]:
    return [ledger.hold(name, day(number)) for number in days]


def believed(ledger: InMemory, position: int, name: str, at: Instant) -> int:
    state = ledger.known_at(position)
    found = state.grants[name]
    return hold_at(found, at, state.loans_of(found))


def story_of_a_typing_error() -> tuple[InMemory, str, str, int, int]:
    ledger = lab("alpha", "beta", total=200_000)
    ledger.go_to(day(10))
    first, p2 = grant(ledger, "alpha", 106_000)
    ledger.go_to(day(40))
    second, p3 = move(ledger, "alpha", 64, "beta")
    ledger.go_to(day(45))
    return ledger, first, second, p2, p3


def test_case_a_a_grant_mistyped_is_corrected_and_what_was_believed_stays_for_ever() -> None:
    ledger, first, second, p2, p3 = story_of_a_typing_error()
    told(ledger, "correct", **quantity(ledger, p2, 106))
    assert on(ledger, first, 15, 45) == [106, 42]
    assert on(ledger, second, 45) == [64]
    assert [believed(ledger, p3, name, day(45)) for name in (first, second)] == [105_936, 64]
    assert [ledger.free(day(n)) for n in (9, 15, 45)] == [200_000, 199_894, 199_894]


def test_case_a_less_than_was_moved_on_is_refused_and_names_the_move() -> None:
    ledger, first, second, p2, p3 = story_of_a_typing_error()
    said = refused(ledger, "correct", "NegativeHolding", **quantity(ledger, p2, 48))
    arithmetic = said["arithmetic"]
    assert (arithmetic["grant"], arithmetic["at"], arithmetic["after"]) == (
        first, ledger.events[p3 - 1].effective_at, -16,
    )  # fmt: skip
    assert arithmetic["positions"] == [p3]
    legs = together(quantity(ledger, p2, 48), quantity(ledger, p3, 48))
    told(ledger, "decision", legs=legs)
    assert on(ledger, first, 15, 45) == [48, 0]
    assert on(ledger, second, 45) == [48]


def story_of_a_move_that_was_smaller() -> tuple[InMemory, list[str], list[int]]:
    ledger = lab("alpha", "beta", "gamma", total=128)
    ledger.go_to(day(10))
    first, p2 = grant(ledger, "alpha", 128)
    ledger.go_to(day(40))
    second, p3 = move(ledger, "alpha", 64, "beta")
    ledger.go_to(day(55))
    p4 = ledger.tell("release", pool="h100", unit="beta", quantity=64)[0]["position"]
    ledger.go_to(day(60))
    third, p5 = grant(ledger, "gamma", 64)
    ledger.go_to(day(61))
    return ledger, [first, second, third], [p2, p3, p4, p5]


def test_case_b_less_moved_than_was_given_back_later_is_refused() -> None:
    ledger, grants, (_, p3, p4, p5) = story_of_a_move_that_was_smaller()
    said = refused(ledger, "correct", "NegativeHolding", **quantity(ledger, p3, 32))["arithmetic"]
    assert (said["grant"], said["at"], said["after"], said["positions"]) == (
        grants[1], ledger.events[p4 - 1].effective_at, -32, [p4],
    )  # fmt: skip
    both = together(quantity(ledger, p3, 32), quantity(ledger, p4, 32))
    short = refused(ledger, "decision", "NotEnoughFree", legs=both)["arithmetic"]
    assert (short["at"], short["after"], short["limit"]) == (
        ledger.events[p5 - 1].effective_at, 160, 128,
    )  # fmt: skip


def test_case_b_a_move_that_never_happened_leaves_nothing_to_give_back() -> None:
    ledger, _, (_, p3, p4, _) = story_of_a_move_that_was_smaller()
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, p3))
    assert said["arithmetic"]["positions"] == [p4]


def test_case_c_each_position_has_its_own_belief_of_one_grant() -> None:
    ledger = lab("alpha", total=512)
    ledger.go_to(day(10))
    name, p2 = grant(ledger, "alpha", 128)
    positions = [p2]
    for count in (256, 64, 128):
        ledger.go_to(day(10 + len(positions)))
        event = told(ledger, "correct", **quantity(ledger, p2, count))[0]
        assert event["data"].get("supersedes") == (positions[-1] if positions[1:] else None)
        positions.append(event["position"])
    assert [believed(ledger, at, name, day(20)) for at in positions] == [128, 256, 64, 128]


def test_case_d_a_count_corrected_leaves_a_later_count_alone() -> None:
    ledger = lab(total=784)
    p1 = next(fact["position"] for fact in ledger.facts() if fact["topic"].startswith("capacity"))
    ledger.go_to(day(39))
    ledger.tell("change_capacity", pool="h100", kind="counted", total=840)
    ledger.go_to(day(90))
    ledger.tell("change_capacity", pool="h100", kind="installed", quantity=64)
    ledger.go_to(day(91))
    told(ledger, "correct", **instead(ledger, p1, total=776))
    assert [ledger.free(day(n)) for n in (38, 40, 91)] == [776, 840, 904]
    assert [ledger.known_at(p1).free["h100"].at(day(n)) for n in (38, 91)] == [784, 784]


def test_case_e_an_extension_outlives_a_correction_of_what_it_extended() -> None:
    ledger = lab("alpha", total=512)
    ledger.go_to(day(1))
    name, p2 = grant(ledger, "alpha", 64, ends_at=day(30))
    ledger.go_to(day(12))
    ledger.tell("extend", grant=name, ends_at=day(60))
    told(ledger, "correct", **quantity(ledger, p2, 48))
    assert on(ledger, name, 20, 40, 60) == [48, 48, 0]


def story_of_a_schedule() -> tuple[InMemory, str, int]:
    ledger = lab("alpha", "beta", total=512)
    name, _ = grant(ledger, "alpha", 128)
    scheduled = ledger.tell(
        "release", pool="h100", unit="alpha", quantity=64, effective_at=day(45)
    )[0]["position"]
    ledger.go_to(day(31))
    move(ledger, "alpha", 32, "beta")
    ledger.go_to(day(32))
    return ledger, name, scheduled


def test_case_f_a_schedule_that_was_advanced_is_put_off_and_cancelled() -> None:
    ledger, name, scheduled = story_of_a_schedule()
    assert on(ledger, name, 32, 44, 45) == [96, 96, 64]
    told(ledger, "correct", **instead(ledger, scheduled, day(61)) | {"reason": None})
    assert on(ledger, name, 32, 45, 60, 61) == [96, 96, 96, 64]
    told(ledger, "correct", **never(ledger, scheduled) | {"reason": None})
    assert on(ledger, name, 32, 45, 61, 3000) == [96] * 4
    assert [ledger.free(day(n)) for n in (32, 45, 61)] == [384] * 3


def story_of_a_loan() -> tuple[InMemory, str, str]:
    ledger = lab("alpha", "beta", "gamma", total=512)
    lender, _ = grant(ledger, "alpha", 128)
    grant(ledger, "gamma", 384)
    loan = ledger.tell(
        "lend", pool="h100", from_={"grant": lender}, quantity=80, to="beta", starts_at=day(16),
        returns_at=day(32),
    )[0]["data"]["to_grant"]  # fmt: skip
    ledger.go_to(day(17))
    return ledger, lender, loan


def test_case_g_what_is_lent_comes_back_by_itself_and_early_parts_before() -> None:
    ledger, lender, loan = story_of_a_loan()
    told(ledger, "release", grants=[{"grant": loan, "quantity": 32}], effective_at=day(20))
    assert on(ledger, lender, 15, 16, 19, 20, 31, 32) == [128, 48, 48, 80, 80, 128]
    assert on(ledger, loan, 15, 16, 20, 32) == [0, 80, 48, 0]
    assert [ledger.own(lender, day(n)) for n in (15, 16, 20, 32)] == [128] * 4
    assert [ledger.free(day(n)) for n in (1, 16, 20, 32)] == [0] * 4
    told(ledger, "extend", grant=loan, ends_at=day(25), reason="needed again")
    assert on(ledger, lender, 20, 24, 25, 32) == [80, 80, 128, 128]


def test_case_g_all_of_the_lender_leaves_the_loan_and_then_its_units_go_to_the_pool() -> None:
    ledger, lender, loan = story_of_a_loan()
    told(ledger, "release", pool="h100", unit="alpha", quantity="all", effective_at=day(20))
    assert on(ledger, lender, 16, 19, 20, 32) == [48, 48, 0, 0]
    assert on(ledger, loan, 16, 20, 31, 32) == [80, 80, 80, 0]
    assert [ledger.free(day(n)) for n in (16, 19, 20, 31, 32)] == [0, 0, 48, 48, 128]


def test_case_h_a_loss_inside_a_loan_leaves_everybody_what_they_hold() -> None:
    ledger, lender, loan = story_of_a_loan()
    told(ledger, "change_capacity", pool="h100", kind="lost", quantity=64)
    assert on(ledger, lender, 18, 32) + on(ledger, loan, 18, 32) == [48, 128, 80, 0]
    assert [ledger.free(day(n)) for n in (16, 18, 32)] == [0, -64, -64]
    short = refused(ledger, "grant", "NotEnoughFree", pool="h100", unit="beta", quantity=1)
    assert (short["arithmetic"]["limit"], short["arithmetic"]["before"]) == (448, 512)


def test_a_cancelled_schedule_that_is_told_again_is_as_it_was() -> None:
    ledger, name, scheduled = story_of_a_schedule()
    free = portrait(ledger.state)["free"]
    told(ledger, "correct", **never(ledger, scheduled))
    told(ledger, "correct", **instead(ledger, scheduled))
    assert portrait(ledger.state)["free"] == free
    assert on(ledger, name, 32, 44, 45) == [96, 96, 64]
    in_order(ledger)
