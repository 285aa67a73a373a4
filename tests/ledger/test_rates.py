"""Rates: what a unit of a pool counts as when it is shown, set by a steward at the root."""

from typing import Any

from ledger.rates import rate_at
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, refused, told

WORDS = {"reason": "Measured anew"}


def rate(ledger: InMemory, at: float) -> int | None:
    """What one h100 counts as on a day."""
    found = rate_at(ledger.state.rates.get("h100", ()), day(at))
    return None if found is None else found.h100_milli


def corrected(ledger: InMemory, position: int, h100_milli: int, at: float) -> dict[str, Any]:
    """A correction of what was set at a position."""
    fact = {"pool": "h100", "h100_milli": h100_milli}
    standing = ledger.state.corrections.get(position)
    again = {} if standing is None else {"supersedes": standing}
    said = {"effective_at": day(at), "data": fact}
    return {"corrects": position, "replacement": said, **again, **WORDS}


def test_a_rate_counts_from_an_instant_until_the_next_in_time() -> None:
    ledger = lab("vision")
    told(ledger, "set_rate", pool="h100", h100_milli=1000)
    told(ledger, "set_rate", pool="h100", h100_milli=1500, from_=day(60))
    told(ledger, "set_rate", pool="h100", h100_milli=1200, from_=day(30))
    assert [rate(ledger, at) for at in (-1, 1, 30, 59, 60)] == [None, 1000, 1200, 1200, 1500]
    refused(ledger, "set_rate", "NoDifference", pool="h100", h100_milli=1500, from_=day(90))
    refused(ledger, "set_rate", "UnknownPool", pool="b200", h100_milli=1500)
    in_order(ledger)


def test_rates_are_for_a_steward_at_the_root() -> None:
    ledger = lab("vision")
    ledger.tell("delegate", to="sue", role="steward", unit="vision")
    ledger.tell("delegate", to="dee", role="decider", unit="lab")
    for person in ("sue", "dee"):
        refused(ledger, "set_rate", "NotYoursToDecide", by=person, pool="h100", h100_milli=2000)
    ledger.tell("delegate", to="stu", role="steward", unit="lab")
    told(ledger, "set_rate", by="stu", pool="h100", h100_milli=2000)


def test_a_rate_is_dated_back_with_words_but_not_before_the_pool() -> None:
    ledger = lab("vision")
    ledger.go_to(day(5))
    refused(ledger, "set_rate", "WordsMissing", pool="h100", h100_milli=2000, from_=day(3))
    told(ledger, "set_rate", pool="h100", h100_milli=2000, from_=day(3), **WORDS)
    refused(ledger, "set_rate", "UnknownPool", pool="h100", h100_milli=1, from_=day(-3), **WORDS)


def test_a_rate_is_corrected_and_a_later_one_is_left_alone() -> None:
    ledger = lab("vision")
    told(ledger, "set_rate", pool="h100", h100_milli=1000)
    position = len(ledger.events)
    told(ledger, "set_rate", pool="h100", h100_milli=1500, from_=day(60))
    told(ledger, "correct", **corrected(ledger, position, 1100, 0.5))
    assert [rate(ledger, at) for at in (0.1, 1, 61)] == [None, 1100, 1500]
    refused(ledger, "correct", "NoDifference", **corrected(ledger, position, 1100, 0.5))
    refused(ledger, "correct", "Misshapen", **corrected(ledger, position, 0, 0.5))
    gone = {**corrected(ledger, position, 1, 0), "replacement": None}
    told(ledger, "correct", **gone)
    assert [rate(ledger, at) for at in (1, 61)] == [None, 1500]
    in_order(ledger)
