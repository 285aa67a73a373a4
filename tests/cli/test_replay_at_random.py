"""Two ways to a belief: facts corrected beforehand and folded, or folded and corrected after."""

from datetime import timedelta

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from api.replay.believing import corrections
from api.replay.folding import AsRecorded
from api.replay.holdings import rows
from api.replay.rules import Ledger
from api.replay.stretches import Stretch
from api.replay.whatif import WhatIf
from ledger.codec import encode
from ledger.events import Event
from ledger.periods import shifted
from tests.support.correcting import instead
from tests.support.in_memory import InMemory, day, lab
from tests.support.random_asks import PHASES, UNITS, Op
from tests.support.random_corrections import command, histories


def as_it_was(event: Event, ledger: Ledger) -> Event:
    del ledger
    return event


@hypothesis.settings(max_examples=30, deadline=None, phases=PHASES)
@given(st.integers(16, 40), histories)
def test_a_rule_that_changes_nothing_believes_what_is_believed(total: int, steps: list[Op]) -> None:
    ledger = lab(*UNITS, total=total, since=day(-30))
    for op in steps:
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
            continue
        for one in op["legs"] if op["op"] == "decision" else [op]:
            asked = command(ledger, one)
            if asked is not None:
                ledger.ask(asked[0], **asked[1])
    demand_same_belief(ledger)


def test_what_was_to_leave_a_grant_after_the_end_it_has_by_correction_never_left_it() -> None:
    ledger = lab(*UNITS, since=day(-30))
    (granted,) = ledger.tell("grant", pool="h100", unit="alpha", quantity=4)
    legs = [{"grant": granted["data"]["grant"], "quantity": 1}]
    ledger.tell("release", grants=legs, effective_at=day(9))
    demand_same_belief(ledger)
    ledger.tell("correct", **instead(ledger, granted["position"], ends_at=day(6)))
    demand_same_belief(ledger)
    assert ledger.own(granted["data"]["grant"], day(5)) == 4


def test_what_was_taken_early_of_what_then_never_left_a_grant_is_gone_once() -> None:
    ledger = lab(*UNITS, since=day(-30))
    (granted,) = ledger.tell("grant", pool="h100", unit="alpha", quantity=4)
    legs = [{"grant": granted["data"]["grant"], "quantity": 1}]
    (plan,) = ledger.tell("release", grants=legs, effective_at=day(9))
    (early,) = ledger.tell("release", grants=legs, effective_at=day(3))
    advances = [{"position": plan["position"], "quantity": 1}]
    assert early["data"]["legs"][0]["advances"] == advances
    ledger.tell("correct", **instead(ledger, granted["position"], ends_at=day(6)))
    demand_same_belief(ledger)
    assert [ledger.own(granted["data"]["grant"], day(at)) for at in (2, 5)] == [4, 3]


def demand_same_belief(ledger: InMemory) -> None:
    """Fail unless both ways lead to the same holdings at many instants."""
    log = [encode(event) for event in ledger.events]
    recorded = AsRecorded("the log")
    recorded.take_in(log)
    corrected, end = corrections([Stretch(0, log)])
    what_if = WhatIf(as_it_was, corrected, end, "the log")
    what_if.take_in(log)
    for number in range(-31, 40, 3):
        at = day(number)
        assert rows(what_if.state, at, "grant") == rows(recorded.state, at, "grant"), at
    assert (what_if.tally.changed, what_if.tally.fitted, what_if.tally.fell_away) == (0, 0, 0)
