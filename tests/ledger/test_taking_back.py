"""What was judged and not stored is taken back, and leaves a state that never heard of it."""

from datetime import timedelta
from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from ledger.periods import shifted
from tests.support.correcting import never
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.random_asks import PHASES, UNITS, Op, command, histories, step

later = st.lists(step, min_size=1, max_size=8)


@hypothesis.settings(max_examples=60, deadline=None, phases=PHASES)
@given(st.integers(4, 28), histories, later, later)
def test_a_state_is_as_it_was_before_what_is_taken_back(
    total: int, before: list[Op], held: list[Op], after: list[Op]
) -> None:
    ledger = lab(*UNITS, total=total, since=day(-30))
    live(ledger, before)
    known = len(ledger.events)
    ledger.state.journal.hold()
    live(ledger, held)
    ledger.state.take_back()
    del ledger.events[known:]
    as_if_new(ledger)
    live(ledger, after)
    as_if_new(ledger)


@hypothesis.settings(max_examples=40, deadline=None, phases=PHASES)
@given(st.integers(4, 28), histories, later, later)
def test_what_was_stored_meanwhile_stays(
    total: int, before: list[Op], stored: list[Op], lost: list[Op]
) -> None:
    ledger = lab(*UNITS, total=total, since=day(-30))
    live(ledger, before)
    journal = ledger.state.journal
    journal.hold()
    live(ledger, stored)
    count, known = journal.kept(), len(ledger.events)
    live(ledger, lost)
    journal.let_go(count)
    ledger.state.take_back()
    del ledger.events[known:]
    as_if_new(ledger)


def test_authority_that_was_taken_back_gives_no_right() -> None:
    ledger = lab("alpha", total=64)
    ledger.grant("alpha", 8)
    ledger.state.journal.hold()
    ledger.tell("delegate", to="mallory", role="operator", unit="lab")
    ledger.tell("grant", pool="h100", unit="alpha", quantity=1, by="mallory")
    ledger.state.take_back()
    no = ledger.refusal("grant", pool="h100", unit="alpha", quantity=1, by="mallory")
    assert no["code"] == "NotYoursToDecide"


def test_who_holds_what_is_told_as_it_was_before_what_is_taken_back() -> None:
    ledger = lab("alpha", "beta", "gamma", total=64)
    ledger.grant("alpha", 40)
    ledger.state.journal.hold()
    ledger.grant("beta", 20)
    holders = ledger.refusal("grant", pool="h100", unit="gamma", quantity=30)["holders"]
    assert {one["unit"]: one["quantity"] for one in holders} == {"alpha": 40, "beta": 20}
    ledger.state.take_back()
    holders = ledger.refusal("grant", pool="h100", unit="gamma", quantity=30)["holders"]
    assert {one["unit"]: one["quantity"] for one in holders} == {"alpha": 40}


def live(ledger: InMemory, steps: list[Op]) -> None:
    """Do these things, whatever is answered."""
    for op in steps:
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
            continue
        legs = op["legs"] if op["op"] == "decision" else [op]
        asked: list[tuple[str, dict[str, Any]]] = [
            one for one in (command(ledger, leg) for leg in legs) if one
        ]
        if op["op"] != "decision":
            for do, fields in asked:
                ledger.ask(do, **fields)
        elif asked:
            ledger.ask("decision", legs=[{"do": do, **fields} for do, fields in asked])


def as_if_new(ledger: InMemory) -> None:
    """Compare with what the log folds to at the same time of day."""
    ledger.state.tick(ledger.state.ticked)
    assert portrait(ledger.state) == portrait(ledger.replayed())


def test_who_held_lately_is_named_though_it_was_first_asked_while_that_was_taken_away() -> None:
    def holders(ledger: InMemory) -> dict[str, int]:
        no = ledger.refusal(
            "grant", pool="h100", unit="gamma", quantity=65, effective_at=day(-3),
            ends_at=day(-2), reason="late",
        )  # fmt: skip
        return {one["unit"]: one["quantity"] for one in no.get("holders", ())}

    ledger = lab("alpha", "beta", "gamma", total=64, since=day(-30))
    ledger.grant("alpha", 40, effective_at=day(-5), ends_at=day(20), reason="late")
    known = len(ledger.events)
    ledger.state.journal.hold()
    ledger.tell("correct", **never(ledger, known))
    assert holders(ledger) == {}
    ledger.state.take_back()
    del ledger.events[known:]
    assert holders(ledger) == {"alpha": 40}


def test_a_refusal_names_the_same_pool_whatever_was_taken_back() -> None:
    ledger = lab("beta", total=64)
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=64)
    known = len(ledger.events)
    ledger.state.journal.hold()
    ledger.grant("beta", 1)
    ledger.state.take_back()
    del ledger.events[known:]
    ledger.grant("beta", 1, pool="a100")
    ledger.grant("beta", 1)
    no = ledger.refusal("close_unit", unit="beta", reason="done")
    assert no["arithmetic"]["pool"] == "a100"
