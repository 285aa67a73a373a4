"""Plans: from the least harm to the most, and each ends in a decision that passes."""

import msgspec
import pytest

from ledger.plans import Foreseen
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.planning import ask_for, carry_out, parts, plan


def forecast(ledger: InMemory, grant: str, quantity: int, at: float) -> Foreseen:
    """Forecast a release, and tell it as the read models do."""
    steps = [{"quantity": quantity, "expected_at": day(at)}]
    made = ledger.tell("forecast", grant=grant, steps=steps, confidence="high")
    return Foreseen(grant, made[-1]["position"], quantity, day(at), "high")


def five_projects() -> tuple[InMemory, list[str]]:
    """The story of domain.md: all is held; five projects give back on day 45."""
    ledger = lab("research/next", total=512)
    grants: list[str] = []
    for number, quantity in enumerate((128, 128, 96, 96, 64)):
        unit = f"project-{number}"
        ledger.tell("create_unit", unit=unit)
        grants.append(ledger.grant(unit, quantity))
        named = [{"grant": grants[-1], "quantity": quantity}]
        ledger.tell("release", grants=named, effective_at=day(45))
    ledger.go_to(day(31))
    return ledger, grants


def test_five_projects_that_are_about_to_finish_give_512() -> None:
    ledger, _ = five_projects()
    found = plan(ledger, 512, "research/next")
    assert found.missing == 0
    assert {one.harm for one in found.moves} == {"winding_down"}
    assert found.verdict is not None
    assert found.verdict.status == 201
    carry_out(ledger, found)
    assert ledger.holds("research/next", day(31)) == 512
    # What was scheduled is advanced: nothing goes twice.
    assert ledger.holds("research/next", day(46)) == 512
    assert ledger.free(day(46)) == 0


def test_what_is_free_goes_first_and_only_as_long_as_it_stays_free() -> None:
    ledger = lab("a", "b", total=128)
    ledger.grant("a", 32)
    ledger.grant("a", 64, starts_at=day(60))  # of the 96 free until then only 32 stay
    found = plan(ledger, 48, "b")
    assert parts(found) == [("free", None, 32)]
    assert (found.found, found.missing) == (32, 16)
    assert parts(plan(ledger, 48, "b", ends_at=day(60))) == [("free", None, 48)]


def test_a_plan_changes_nothing() -> None:
    ledger, _ = five_projects()
    ledger.state.tick(ledger.now)
    before = portrait(ledger.state)
    plan(ledger, 512, "research/next")
    assert portrait(ledger.state) == before
    assert not ledger.state.journal.trying


def test_forecast_to_leave_by_the_date_goes_before_what_leaves_later_and_before_borrowed() -> None:
    ledger = lab("a", "b", "c", "d", total=96)
    first = ledger.grant("a", 32)
    ledger.grant("b", 32, ends_at=day(40))
    ledger.grant("c", 32, borrowed=True)
    known = (forecast(ledger, first, 24, 20),)
    found = plan(ledger, 80, "d", ends_at=day(40), foreseen=known)
    assert parts(found) == [
        ("winding_down", "a", 24), ("winding_down", "b", 32), ("borrowed", "c", 24),
    ]  # fmt: skip
    late = (forecast(ledger, first, 24, 35),)
    assert parts(plan(ledger, 64, "d", foreseen=late)) == [
        ("winding_down", "b", 32), ("borrowed", "c", 32),
    ]  # fmt: skip


def test_a_forecast_that_was_replaced_counts_no_more_and_a_newer_one_is_waited_for() -> None:
    ledger = lab("a", "b", total=32)
    grant = ledger.grant("a", 32)
    old = forecast(ledger, grant, 16, 20)
    known = ledger.state.position
    new = forecast(ledger, grant, 8, 20)
    status, body = ask_for(ledger, 16, "b", foreseen=(old,), reflected=known)
    assert (status, msgspec.json.decode(body)["code"]) == (503, "NotReflectedYet")
    assert parts(plan(ledger, 16, "b", foreseen=(old,))) == []
    assert parts(plan(ledger, 16, "b", foreseen=(new,))) == [("winding_down", "a", 8)]


def test_of_what_is_borrowed_the_newest_goes_first() -> None:
    ledger = lab("a", "b", "c", total=96)
    ledger.grant("a", 64, borrowed=True, starts_at=day(1))
    ledger.grant("b", 16, borrowed=True, starts_at=day(2))
    ledger.grant("a", 16, borrowed=True, starts_at=day(3))
    found = plan(ledger, 40, "c")
    assert parts(found) == [("borrowed", "a", 16), ("borrowed", "b", 16), ("borrowed", "a", 8)]


def test_the_largest_first_and_the_last_is_the_smallest_that_covers_the_rest() -> None:
    ledger = lab("a", "b", "c", "d", "e", total=128)
    for unit, quantity in (("a", 64), ("b", 40), ("c", 16), ("d", 8)):
        ledger.grant(unit, quantity, ends_at=day(40))
    assert parts(plan(ledger, 72, "e", ends_at=day(40))) == [
        ("winding_down", "a", 64), ("winding_down", "d", 8),
    ]  # fmt: skip
    assert parts(plan(ledger, 74, "e", ends_at=day(40))) == [
        ("winding_down", "a", 64), ("winding_down", "c", 10),
    ]  # fmt: skip


def test_what_an_end_gives_back_must_not_be_promised_to_others() -> None:
    ledger = lab("a", "b", "c", total=64)
    ledger.grant("a", 64, ends_at=day(40))
    ledger.grant("b", 48, starts_at=day(40))
    found = plan(ledger, 32, "c")
    assert parts(found) == [("winding_down", "a", 16)]
    assert [one.code for one in found.limits] == ["NotEnoughFree"]
    assert found.verdict is not None
    assert found.verdict.status == 201
    assert parts(plan(ledger, 32, "c", ends_at=day(40))) == [("winding_down", "a", 32)]


def above_amount() -> InMemory:
    """A division that owns 64 with an amount of 40 and a floor of 30."""
    ledger = lab("division", "other", total=96)
    ledger.tell("create_unit", unit="team", parent="division")
    ledger.grant("team", 64)
    share = {"unit": "division", "amount": 40, "floor": 30}
    ledger.tell("split", pool="h100", parent="lab", shares=[share], reason="Less of it")
    return ledger


def test_beyond_an_amount_is_taken_down_to_it_and_no_further() -> None:
    found = plan(above_amount(), 96, "other")
    assert parts(found) == [("free", None, 32), ("above_amount", "team", 24)]
    assert found.missing == 40


def test_never_below_a_floor() -> None:
    ledger = lab("division", "other", total=96)
    ledger.tell("create_unit", unit="team", parent="division")
    ledger.grant("team", 64, ends_at=day(40))
    share = {"unit": "division", "floor": 40}
    ledger.tell("split", pool="h100", parent="lab", shares=[share])
    found = plan(ledger, 96, "other", ends_at=day(40))
    assert parts(found) == [("free", None, 32), ("winding_down", "team", 24)]
    assert [(one.code, one.unit) for one in found.limits] == [("BelowFloor", "division")]
    assert found.verdict is not None
    assert found.verdict.status == 201
    # What stays in the division takes nothing from it.
    ledger.tell("create_unit", unit="sister", parent="division")
    inside = plan(ledger, 96, "sister", ends_at=day(40))
    assert parts(inside) == [("free", None, 32), ("winding_down", "team", 64)]


def asked_for(ledger: InMemory, unit: str, priority: str) -> str:
    """A request that is approved with a priority."""
    made = ledger.tell(
        "request", by="asker", unit=unit, pools=["h100"], quantity=32, justification="Needed"
    )
    request = made[-1]["data"]["request"]
    ledger.tell(
        "decide_request", request=request, outcome="approved", priority=priority, reason="Yes"
    )
    return request


def test_a_request_of_lower_priority_gives_to_one_of_higher_and_not_the_other_way() -> None:
    ledger = lab("a", "b", "c", total=32)
    ledger.tell("delegate", to="asker", role="lead", unit="lab")
    low, high = asked_for(ledger, "a", "low"), asked_for(ledger, "b", "high")
    ledger.grant("a", 32, request=low)
    found = plan(ledger, 32, "b", request=high)
    assert parts(found) == [("lower_priority", "a", 32)]
    carry_out(ledger, found)
    assert parts(plan(ledger, 32, "a", request=low)) == []
    assert parts(plan(ledger, 8, "c")) == []


def test_what_is_to_be_avoided_is_left_alone_with_all_below_it() -> None:
    ledger = lab("division", "b", "c", total=96)
    ledger.tell("create_unit", unit="team", parent="division")
    ledger.grant("team", 32, borrowed=True)
    grant = ledger.grant("b", 64, borrowed=True)
    assert {unit for _, unit, _ in parts(plan(ledger, 96, "c"))} == {"team", "b"}
    assert parts(plan(ledger, 96, "c", avoid=["division"])) == [("borrowed", "b", 64)]
    assert parts(plan(ledger, 96, "c", avoid=[grant])) == [("borrowed", "team", 32)]


def test_where_an_amount_is_full_it_is_borrowed_and_says_so() -> None:
    ledger = lab("a", total=64)
    share = {"unit": "a", "amount": 16}
    ledger.tell("split", pool="h100", parent="lab", shares=[share])
    assert not plan(ledger, 16, "a").borrowed
    found = plan(ledger, 32, "a")
    assert found.borrowed
    assert [(one.code, one.unit) for one in found.limits] == [("OverAmount", "a")]
    assert carry_out(ledger, found)[-1]["data"]["class"] == "borrowed"


def test_who_may_not_decide_is_told_so_and_sees_the_plan() -> None:
    ledger, _ = five_projects()
    found = plan(ledger, 512, "research/next", person="nobody")
    assert found.verdict is not None
    assert (found.verdict.status, found.verdict.code) == (403, "NotYoursToDecide")
    assert found.missing == 0


def test_a_second_person_is_told_of() -> None:
    ledger, _ = five_projects()
    ledger.tell("set_rules", pool="h100", second_person_from=100)
    found = plan(ledger, 512, "research/next")
    assert found.verdict is not None
    assert found.verdict.status == 202
    assert found.verdict.needs


def test_the_people_who_answer_for_who_loses_are_named() -> None:
    ledger = lab("division", "c", total=32)
    ledger.tell("create_unit", unit="team", parent="division")
    ledger.grant("team", 32, borrowed=True)
    ledger.tell("delegate", to="dee", role="decider", unit="division")
    assert [(one.person, one.role) for one in plan(ledger, 8, "c").tell] == [("dee", "decider")]
    ledger.tell("delegate", to="lea", role="lead", unit="team")
    assert [(one.unit, one.quantity, one.person) for one in plan(ledger, 8, "c").tell] == [
        ("team", 8, "lea")
    ]


def test_who_answers_no_more_or_for_another_pool_is_not_told() -> None:
    ledger = lab("b", "c", total=32)
    ledger.tell("open_pool", pool="b200")
    ledger.grant("b", 32, borrowed=True)
    ledger.tell("delegate", to="ann", role="lead", unit="b", pools=["b200"])
    ledger.tell("delegate", to="bob", role="lead", unit="b", until=day(2))
    ledger.tell("delegate", to="lea", role="lead", unit="b", pools=["b200", "h100"])
    assert [one.person for one in plan(ledger, 8, "c").tell] == ["bob", "lea"]
    ledger.go_to(day(2))
    assert [one.person for one in plan(ledger, 8, "c").tell] == ["lea"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"unit": "nowhere"}, "UnknownUnit"),
        ({"pool": "tpu"}, "UnknownPool"),
        ({"request": "0197d0a1-0000-7000-8000-000000000003"}, "UnknownRequest"),
        ({"avoid": ["nowhere"]}, "UnknownGrant"),
        ({"quantity": 12}, "OffGranule"),
    ],
)
def test_what_does_not_exist_is_refused(fields: dict[str, object], code: str) -> None:
    ledger = lab("a", total=64, granule=8)
    asked = {"quantity": 8, "unit": "a", **fields}
    status, body = ask_for(ledger, **asked)  # pyright: ignore[reportArgumentType]
    assert msgspec.json.decode(body)["code"] == code
    assert status == (409 if code == "OffGranule" else 404)


def test_what_is_closed_takes_no_more_from_that_instant_on() -> None:
    ledger = lab("a", "b", total=64)
    ledger.tell("close_unit", unit="a")
    for later in (0, 40):
        ledger.go_to(day(later))
        status, body = ask_for(ledger, 8, "a", by=later)
        assert (status, msgspec.json.decode(body)["code"]) == (404, "UnknownUnit")
    assert parts(plan(ledger, 8, "b", by=41)) == [("free", None, 8)]
    ledger.tell("close_pool", pool="h100")
    for later in (40, 50):
        ledger.go_to(day(later))
        status, body = ask_for(ledger, 8, "b", by=later)
        assert (status, msgspec.json.decode(body)["code"]) == (404, "UnknownPool")


def test_whole_granules_alone_are_taken() -> None:
    ledger = lab("a", "b", total=64, granule=8)
    ledger.grant("a", 64, ends_at=day(60))
    ledger.tell("change_capacity", pool="h100", kind="lost", quantity=4, effective_at=day(60))
    assert parts(plan(ledger, 64, "b", by=40)) == [("winding_down", "a", 56)]
