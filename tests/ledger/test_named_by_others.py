"""Corrections leave standing what others name: units, pools, grants that came back late."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.ledger.test_corrections import grant, on, release
from tests.ledger.test_corrections_of_moves import leg, lend
from tests.support.correcting import WORDS, instead, never, quantity
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, refused, told


def house() -> tuple[InMemory, int, int]:
    """A lab with a unit and a pool made on the second day, and the positions of both."""
    ledger = lab("alpha", total=100)
    ledger.go_to(day(1))
    made = ledger.tell("create_unit", unit="new", parent="lab")[0]["position"]
    opened = ledger.tell("open_pool", pool="a100")[0]["position"]
    ledger.go_to(day(2))
    return ledger, made, opened


def tell(do: str, **fields: Any) -> Callable[[InMemory], int]:
    return lambda ledger: ledger.tell(do, **fields)[0]["position"]


OF_BOTH: dict[str, Callable[[InMemory], int]] = {
    "request": tell("request", unit="new", pools=["a100"], quantity=8, justification="A run"),
    "split": tell("split", pool="a100", parent="lab", shares=[{"unit": "new", "amount": 0}]),
    "pledge": tell("pledge", to_unit="new", pools=["a100"], quantity=8, until=day(30)),
}
NAMING = {
    **{(name, which): say for name, say in OF_BOTH.items() for which in ("unit", "pool")},
    ("pledge of", "unit"): tell("pledge", to_unit="alpha", of_unit="new", pools=["h100"],
                                share_bp=100, until=day(30)),
    ("delegation", "unit"): tell("delegate", to="ann", role="lead", unit="new"),
    ("delegation", "pool"): tell("delegate", to="ann", role="lead", unit="lab", pools=["a100"]),
    ("rate", "pool"): tell("set_rate", pool="a100", h100_milli=400),
    ("rules", "pool"): tell("set_rules", pool="a100", notice_days=3, reason=WORDS),
}  # fmt: skip


@pytest.mark.parametrize(("name", "which"), NAMING)
def test_what_is_named_is_not_corrected_away_nor_said_to_begin_later(name: str, which: str) -> None:
    ledger, made, opened = house()
    position = NAMING[name, which](ledger)
    ledger.go_to(day(5))
    about = made if which == "unit" else opened
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, about))
    assert said["arithmetic"]["positions"] == [position]
    assert "was never" in said["detail"]
    if name != "delegation":
        later = instead(ledger, about, day(3))
        said = refused(ledger, "correct", "DependentFacts", **later)
        assert said["arithmetic"]["positions"] == [position]


def test_what_nothing_names_is_corrected_away_and_said_to_be() -> None:
    ledger, made, opened = house()
    for about in (made, opened):
        told(ledger, "correct", **never(ledger, about))
    for do, fields in (
        ("grant", {"pool": "a100", "unit": "alpha"}), ("grant", {"pool": "h100", "unit": "new"}),
    ):  # fmt: skip
        said = ledger.refusal(do, quantity=1, **fields)
        assert said["detail"].endswith("was corrected away")


def test_a_pool_that_was_closed_and_never_opened_says_so() -> None:
    ledger, _, opened = house()
    ledger.tell("close_pool", pool="a100")
    said = refused(ledger, "correct", "DependentFacts", **never(ledger, opened))
    assert "was never opened, and closed at" in said["detail"]


def test_a_granule_is_not_corrected_under_what_is_no_multiple_of_it() -> None:
    ledger, _, opened = house()
    ledger.tell("change_capacity", pool="a100", kind="counted", total=64)
    held = ledger.tell("grant", pool="a100", unit="alpha", quantity=5)[0]
    wrong = instead(ledger, opened, granule=8)
    said = refused(ledger, "correct", "DependentFacts", **wrong)
    assert said["arithmetic"]["positions"] == [held["position"]]
    told(ledger, "correct", **instead(ledger, opened, granule=5))
    ledger.tell("release", pool="a100", unit="alpha", quantity=5)
    told(ledger, "correct", **instead(ledger, opened, granule=8))


def late(ledger: InMemory, name: str, count: int) -> int:
    [event] = told(ledger, "release", grants=[{"grant": name, "quantity": count}])
    assert event["data"]["late"] is True
    return event["position"]


def test_no_more_comes_back_late_than_was_in_hand_at_the_end() -> None:
    ledger = lab("alpha", "beta", total=200)
    name, _ = grant(ledger, "alpha", 100)
    loan, _ = lend(ledger, name, 60, 30)
    ledger.tell("extend", grant=name, ends_at=day(10), reason=WORDS)
    ledger.go_to(day(12))
    wanted = {"grants": [{"grant": name, "quantity": 41}]}
    said = refused(ledger, "release", "MoreThanHeld", **wanted)
    assert said["arithmetic"]["available"] == 40
    late(ledger, name, 30)
    wanted["grants"][0]["quantity"] = 11
    said = refused(ledger, "release", "MoreThanHeld", **wanted)
    assert (said["arithmetic"]["available"], "30 of it came back" in said["detail"]) == (10, True)
    late(ledger, name, 10)
    assert ledger.hold(loan, day(12)) == 60
    in_order(ledger)


def test_what_came_back_late_keeps_its_grant() -> None:
    ledger = lab("alpha", "beta", total=100)
    name, made = grant(ledger, "alpha", 10, ends_at=day(3))
    ledger.go_to(day(5))
    first, second = late(ledger, name, 4), late(ledger, name, 6)
    wrong = (never(ledger, made), quantity(ledger, made, 9), quantity(ledger, second, 7),
             instead(ledger, made, unit="beta"))  # fmt: skip
    for one in wrong:
        said = refused(ledger, "correct", "DependentFacts", **one)
        assert said["arithmetic"]["positions"] == [first, second]
    told(ledger, "correct", **quantity(ledger, second, 5))
    told(ledger, "correct", **quantity(ledger, made, 9))
    for position in (first, second):
        told(ledger, "correct", **never(ledger, position))
    told(ledger, "correct", **never(ledger, made))
    refused(ledger, "correct", "UnknownGrant", **instead(ledger, first))
    told(ledger, "correct", **instead(ledger, made))
    told(ledger, "correct", **instead(ledger, first))


def test_what_was_extended_was_not_ended_before() -> None:
    ledger = lab("alpha", total=100)
    name, _ = grant(ledger, "alpha", 100, ends_at=day(40))
    position = release(ledger, name, 10)
    ledger.tell("extend", grant=name, ends_at=day(80))
    longer = len(ledger.events)
    ended = instead(ledger, position, legs=[leg(name, "alpha", 100, ends=True)])
    said = refused(ledger, "correct", "DependentFacts", **ended)
    assert said["arithmetic"]["positions"] == [longer]
    told(ledger, "correct", **never(ledger, longer))
    told(ledger, "correct", **ended)
    assert on(ledger, name, 1) == [0]


def test_only_what_is_still_to_leave_was_taken_early() -> None:
    ledger = lab("alpha", "beta", total=100)
    name, _ = grant(ledger, "alpha", 100)
    gone = release(ledger, name, 10, effective_at=day(5))
    source = [{"grant": name, "quantity": 10}]
    moved = ledger.tell("reallocate", pool="h100", from_=source, to="beta", reason=WORDS,
                        effective_at=day(6))[0]["position"]  # fmt: skip
    taken = leg(name, "alpha", 10, advances=[{"position": gone, "quantity": 10}])
    said = refused(ledger, "correct", "Impossible", **instead(ledger, moved, legs=[taken]))
    assert "not to come" in said["detail"]
    told(ledger, "correct", **instead(ledger, moved, day(4), legs=[taken]))
    assert on(ledger, name, 3, 4, 6) == [100, 90, 90]
