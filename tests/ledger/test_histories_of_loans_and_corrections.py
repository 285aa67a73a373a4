"""Random histories of loans and corrections: what is believed is what a slow refold believes."""

import copy
from datetime import timedelta
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.holders import in_hand_at
from ledger.holding import hold_at, own_at
from ledger.periods import Instant, shifted
from ledger.state import State
from tests.support.in_memory import InMemory, day, lab, portrait
from tests.support.naive_belief import Belief
from tests.support.random_asks import PHASES, POOL, UNITS, Op
from tests.support.random_corrections import command, histories
from tests.support.truth import in_order

totals = st.integers(16, 40)


@hypothesis.settings(max_examples=60, deadline=None, phases=PHASES)
@given(totals, histories)
def test_every_history_is_believed_as_a_refold_from_scratch_believes_it(
    total: int, steps: list[Op]
) -> None:
    live(total, steps)


@pytest.mark.slow
@hypothesis.settings(max_examples=2000, deadline=None, phases=PHASES)
@given(totals, histories)
def test_every_one_of_many_histories_is_believed_as_a_refold_believes_it(
    total: int, steps: list[Op]
) -> None:
    live(total, steps)


def live(total: int, steps: list[Op]) -> None:
    """Do one thing after the other, and compare with a refold after each and behind each decision.

    Inside a decision one leg may take what the next one mends.
    """
    ledger = lab(*UNITS, total=total, since=day(-30))
    for op in steps:
        if op["op"] == "wait":
            ledger.go_to(shifted(ledger.now, timedelta(days=op["days"])))
            continue
        asked = asks(ledger, op)
        if asked is None:
            continue
        before = Belief(ledger.facts())
        do, fields = asked
        given_ = without_a_trace(ledger, do, fields)
        after = Belief(ledger.facts())
        as_refolded(ledger.state, after)
        in_hand_as_refolded(ledger, after)
        if given_.status == 201:
            assert violations(before, after) == []
        else:
            with_a_ground(ledger, before, given_, do, fields)
    in_order(ledger)
    log = ledger.facts()
    ends = (event.position for event in ledger.events if event.leg[0] + 1 == event.leg[1])
    for position in (one for one in ends if 12 <= one < len(log)):
        as_refolded(ledger.known_at(position), Belief(log, position))


def asks(ledger: InMemory, op: Op) -> tuple[str, dict[str, Any]] | None:
    """The command of a step; None when it would be about nothing."""
    if op["op"] != "decision":
        return command(ledger, op)
    legs = [one for one in (command(ledger, leg) for leg in op["legs"]) if one]
    if not legs:
        return None
    return "decision", {"legs": [{"do": do, **fields} for do, fields in legs]}


def without_a_trace(ledger: InMemory, do: str, fields: dict[str, Any]) -> Any:
    """Ask, first on trial, then in earnest: neither a trial nor a refusal leaves a trace."""
    ledger.state.tick(ledger.now)
    seen = copy.deepcopy(portrait(ledger.state))
    tried = ledger.ask(do, dry_run=True, **fields)
    assert portrait(ledger.state) == seen, "a trial left a trace"
    given_ = ledger.ask(do, **fields)
    assert tried.code == given_.code
    assert given_.status in (201, 404, 409, 422), given_.body
    if given_.status != 201:
        assert portrait(ledger.state) == seen, "a refusal left a trace"
    return given_


def as_refolded(state: State, belief: Belief) -> None:
    """Own and hold of each grant, and what is free, at every instant; never below nothing."""
    for at in belief.instants():
        instant = Instant(at)
        held = 0
        for name in belief.grants():
            grant = state.grants[name]
            own, hold = belief.own(name, at), belief.hold(name, at)
            assert own >= 0, (name, at)
            assert hold >= 0, (name, at)
            assert own_at(grant, instant) == own, (name, at)
            assert hold_at(grant, instant, state.loans_of(grant)) == hold, (name, at)
            assert grant.unit == belief.unit(name)
            held += hold
        free = state.free[POOL].at(instant)
        assert free == belief.allocatable(at) - held, at
    gone = [grant for name, grant in state.grants.items() if name not in belief.grants()]
    assert all(grant.first == 0 and grant.start == grant.end for grant in gone)


def in_hand_as_refolded(ledger: InMemory, belief: Belief) -> None:
    """What each unit has in hand now, and at some instants at which something changes."""
    ledger.state.tick(ledger.now)
    instants = sorted(belief.instants())
    for number in (0, 11, 5):
        at = instants[(len(ledger.events) + number) % len(instants)]
        for one in (at, ledger.now):
            assert dict(in_hand_at(ledger.state, POOL, Instant(one))) == in_hand(belief, one), one


def in_hand(belief: Belief, at: str) -> dict[str, int]:
    found = {
        unit: sum(belief.hold(name, at) for name in belief.grants() if belief.unit(name) == unit)
        for unit in UNITS
    }
    return {unit: held for unit, held in found.items() if held}


def violations(before: Belief, after: Belief) -> list[str]:
    """The instants at which more is held than before, and more than there is."""
    return [
        at
        for at in {*before.instants(), *after.instants()}
        if held(after, at) > max(held(before, at), after.allocatable(at))
    ]


def held(belief: Belief, at: str) -> int:
    return sum(belief.hold(name, at) for name in belief.grants())


def with_a_ground(
    ledger: InMemory, before: Belief, given_: Any, do: str, fields: dict[str, Any]
) -> None:
    """What was refused for too little would have left too little, recorded all the same."""
    if do != "correct" or given_.code not in ("NotEnoughFree", "NegativeHolding"):
        return
    data = {"corrects": fields["corrects"], "replacement": fields["replacement"]}
    trial = {"topic": "corrected.v1", "position": 10**6, "effective_at": ledger.now, "data": data}
    after = Belief([*ledger.facts(), trial])
    arithmetic = msgspec.json.decode(given_.body)["arithmetic"]
    if given_.code == "NotEnoughFree":
        assert arithmetic["at"] == min(violations(before, after))
        assert arithmetic["after"] == held(after, arithmetic["at"])
        assert arithmetic["before"] == held(before, arithmetic["at"])
        return
    measure = after.own if arithmetic["measure"] == "own" else after.hold
    name = arithmetic["grant"]
    assert measure(name, arithmetic["at"]) == arithmetic["after"] < 0
    below = [at for at in after.instants() if measure(name, at) < 0]
    assert arithmetic["at"] == min(below)
