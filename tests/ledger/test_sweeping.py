"""What is over goes to rest while a state is at work, and nobody who asks can tell."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ledger.answers import answer
from ledger.asks import Answer, Ask, Stamp
from ledger.commands import Grant, Note, Subject
from ledger.committer import Committer
from ledger.evolve import evolve
from ledger.state import State
from ledger.sweeping import AT_ONCE, Sweep
from tests.ledger.test_corrections_at_rest import Lived
from tests.ledger.test_gathering import DAYS, SOON, act, books, folded, lived
from tests.support.committing import (
    POOL,
    HandClock,
    ask,
    committing,
    found_log,
    furniture,
    grant,
    queued,
    statuses,
    told,
)
from tests.support.in_memory import InMemory, day
from tests.support.memory_log import MemoryLog

NOTE = Note(about=Subject(unit="vision"), text="All is well")


def enough() -> bool:
    return True


def not_enough() -> bool:
    return False


@pytest.fixture(scope="module", params=["plain", "plainer", "with loans and corrections"])
def events(request: pytest.FixtureRequest) -> list[Any]:
    """Most of a year of an organisation."""
    if request.param == "with loans and corrections":
        return Lived(3).ledger.events
    return lived(1 if request.param == "plain" else 2).events


def sweeping(state: State) -> Sweep:
    return Sweep(state, at_hand=SOON, again_after=1)


def at_rest(state: State) -> int:
    """How many grants are at rest and not at hand."""
    return len(state.grants) - len(state.grants.at_hand())


def listed(state: State) -> set[str]:
    """The grants that stand on any list."""
    made = {name for names in state.made.values() for name in names}
    over = {name for ended in state.over.values() for _, name in ended}
    return (
        made | over | {key[2] for of in state.live.values() for keys in of.values() for key in keys}
    )


@pytest.mark.parametrize("is_enough", [enough, not_enough])
def test_a_state_that_is_swept_meanwhile_is_what_its_events_fold_to(
    events: list[Any], is_enough: Callable[[], bool]
) -> None:
    state = State()
    sweep = sweeping(state)
    for event in events:
        evolve(state, event)
        sweep.go_on(state.position, is_enough)
    assert at_rest(state) > 50
    assert listed(state) <= {grant.grant for grant in state.grants.at_hand()}
    assert books(state) == books(folded(events))


def test_asks_are_answered_alike_while_what_is_over_goes_to_rest(events: list[Any]) -> None:
    swept, awake = InMemory(), InMemory()
    swept.state, awake.state = folded(events), folded(events)
    sweep = sweeping(swept.state)
    for one in (swept, awake):
        one.go_to(day(DAYS + 2))
    rng = random.Random(5)
    made = list(awake.state.grants)
    given: set[int] = set()
    for _ in range(150):
        sweep.go_on(swept.state.position, enough)
        do, fields = act(rng, DAYS + 1, made)
        answered = swept.ask(do, reason="as agreed", **fields)
        assert answered == awake.ask(do, reason="as agreed", **fields)
        given.add(answered.status)
    assert {201, 409} <= given
    assert at_rest(swept.state) > 50
    assert books(swept.state) == books(awake.state)


def test_what_is_taken_back_leaves_nothing_though_others_went_to_rest(events: list[Any]) -> None:
    rng = random.Random(6)
    ledger = InMemory()
    taken_back = 0
    for begin in range(0, len(events), 40):
        ledger.state = folded(events[:begin])
        if begin == 0:
            continue
        sweep = sweeping(ledger.state)
        known = ledger.state.position
        ledger.state.journal.hold()
        ledger.go_to(day(begin * DAYS / len(events)))
        for _ in range(12):
            do, fields = act(rng, begin * DAYS / len(events), list(ledger.state.grants))
            ledger.ask(do, reason="as agreed", **fields)
            sweep.go_on(known, not_enough)
        taken_back += ledger.state.position - known
        ledger.state.take_back()
        ledger.state.ticked = ledger.state.recorded_at
        assert books(ledger.state) == books(folded(events[:begin])), begin
    assert taken_back > 50


def test_a_step_looks_at_a_few_grants_alone(events: list[Any]) -> None:
    state = folded(events)
    sweep = sweeping(state)
    before = len(state.grants.at_hand())
    sweep.go_on(state.position, enough)
    assert 0 <= before - len(state.grants.at_hand()) <= AT_ONCE
    sweep.go_on(state.position, not_enough)
    least = len(state.grants.at_hand())
    assert before - least > 50
    sweep.go_on(state.position, not_enough)
    assert len(state.grants.at_hand()) == least


def test_what_is_not_stored_stays_at_hand(events: list[Any]) -> None:
    state = folded(events)
    stored = state.position // 2
    sweeping(state).go_on(stored, not_enough)
    assert at_rest(state) > 10
    assert all(
        grant.touched <= stored
        for grant in state.grants.values()
        if not state.grants.is_at_hand(grant.grant)
    )


def test_a_committer_that_is_never_idle_lets_rest_what_is_over() -> None:
    log, clock = MemoryLog(), HandClock()
    found_log(log, clock)
    short = [Grant(pool=POOL, unit="vision", quantity=1, ends_at=day(3)) for _ in range(60)]
    with committing(Committer(log, clock=clock)) as committer:
        assert {*statuses(told(committer, *map(ask, [*furniture(), *short])))} == {201}
        clock.now += timedelta(days=40)
        assert statuses(told(committer, ask(grant()))) == [201]
    at_hand: list[int] = []

    def judge(state: State, one: Ask, stamp: Stamp) -> Answer:
        at_hand.append(len(state.grants.at_hand()))
        return answer(state, one, stamp)

    busy = Committer(log, clock=clock, judge=judge)
    first = queued(busy, ask(NOTE))
    with committing(busy):
        assert first().status == 201
        for _ in range(50):
            assert statuses(told(busy, ask(NOTE))) == [201]
    assert at_hand[0] > 61 - 2 * AT_ONCE
    assert at_hand[-1] == 1
