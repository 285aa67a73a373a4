"""Random histories of asking, answering and granting: none passes that a plain reading forbids."""

from typing import Any

import hypothesis
from hypothesis import given
from hypothesis import strategies as st

from ledger.events import (
    DecisionAppealed,
    Granted,
    RequestAmended,
    RequestDecided,
    RequestWithdrawn,
)
from tests.support.asking import house
from tests.support.correcting import never, quantity
from tests.support.in_memory import InMemory, day
from tests.support.naive_requests import about, askers, granted_for, status_of
from tests.support.random_asks import PHASES
from tests.support.truth import in_order

PEOPLE = ("lea", "dee", "dan", "oda")
UNITS = ("research/vision", "research", "ops")
some = st.integers(0, 1)
count = st.integers(1, 6)
people = st.sampled_from(PEOPLE)
outcomes = st.sampled_from(("approved", "partly", "partly", "denied", "deferred"))
steps = st.one_of(
    st.tuples(st.just("ask"), people, count, st.just("")),
    st.tuples(st.just("amend"), some, count, st.just("")),
    st.tuples(st.just("decide"), some, count, st.tuples(outcomes, people)),
    st.tuples(st.just("decide"), some, count, st.tuples(outcomes, people)),
    st.tuples(st.sampled_from(("appeal", "withdraw")), some, count, st.just("")),
    st.tuples(st.just("grant"), some, count, st.sampled_from(UNITS)),
    st.tuples(st.just("grant"), some, count, st.just(UNITS[0])),
    st.tuples(st.just("correct"), some, st.integers(0, 8), st.just("")),
    st.tuples(st.just("both"), some, count, st.integers(0, 8)),
)
openings = st.tuples(
    st.tuples(st.just("ask"), people, st.integers(3, 6), st.just("")),
    st.tuples(st.just("decide"), st.just(0), st.integers(2, 5),
              st.tuples(outcomes, st.sampled_from(("dee", "dan")))),
    st.one_of(
        st.tuples(st.just("grant"), st.just(0), st.integers(1, 4), st.just(UNITS[0])),
        st.tuples(st.just("appeal"), st.just(0), st.just(1), st.just("")),
    ),
)  # fmt: skip
histories = st.tuples(openings, st.lists(steps, min_size=4, max_size=16)).map(
    lambda parts: [*parts[0], *parts[1]]
)
Step = tuple[str, Any, int, Any]


@hypothesis.settings(max_examples=100, deadline=None, phases=PHASES)
@given(histories)
def test_what_passes_is_what_a_plain_reading_of_requests_allows(acts: list[Step]) -> None:
    ledger = house(total=400)
    for number, act in enumerate(acts):
        ledger.go_to(day(number))
        asked = _command(ledger, act)
        if asked is None:
            continue
        do, fields = asked
        before = list(ledger.events)
        told = ledger.ask(do, **fields)
        assert told.status in (201, 202, 403, 404, 409), told.body
        if told.status == 202:
            assert do == "grant"
            assert fields["by"] in askers(before, fields["request"])
        elif told.status == 201:
            _allowed(ledger, before)
        elif told.code == "BeyondAward" and do == "grant":
            request = fields["request"]
            given_ = granted_for(before, request).get("h100", 0)
            assert given_ + fields["quantity"] > _awarded(ledger, request)
    in_order(ledger)


def _requests(ledger: InMemory) -> list[str]:
    return list(ledger.state.requests)


def _command(ledger: InMemory, act: Step) -> tuple[str, dict[str, Any]] | None:
    """What an act asks for; None when there is nothing that it could be about."""
    what, which, number, more = act
    if what == "ask":
        return "request", {
            "unit": UNITS[0], "pools": ["h100"], "quantity": number, "by": which,
            "justification": "For a paper",
        }  # fmt: skip
    names = _requests(ledger)
    made = [one.position for one in ledger.events if type(one).__name__ == "Granted"]
    if not names or (what in ("correct", "both") and not made):
        return None
    request = names[which % len(names)]
    match what:
        case "amend":
            return "amend_request", {"request": request, "quantity": number, "by": "lea"}
        case "decide":
            return "decide_request", _answer(request, number, *more)
        case "appeal":
            return "appeal", {"request": request, "by": "lea"}
        case "withdraw":
            return "withdraw_request", {"request": request, "by": "lea"}
        case "grant":
            return "grant", {"pool": "h100", "unit": more, "quantity": number, "by": "oda",
                             "request": request}  # fmt: skip
        case "correct":
            return "correct", _correction(ledger, made[which % len(made)], number)
        case _:
            first = _correction(ledger, made[which % len(made)], more)
            grant = {"do": "grant", "pool": "h100", "unit": UNITS[0], "quantity": number}
            legs = [{"do": "correct", **first}, grant | {"request": request}]
            return "decision", {"legs": legs}


def _correction(ledger: InMemory, position: int, number: int) -> dict[str, Any]:
    return quantity(ledger, position, number) if number else never(ledger, position)


def _answer(request: str, number: int, outcome: str, by: str) -> dict[str, Any]:
    fields: dict[str, Any] = {"request": request, "outcome": outcome, "by": by, "reason": "So"}
    if outcome == "partly":
        fields["awarded"] = [{"pool": "h100", "quantity": number}]
    return fields


def _awarded(ledger: InMemory, request: str) -> int:
    """What the last answer awards, nothing before there is one."""
    answers = [one for one in about(ledger.events, request) if isinstance(one, RequestDecided)]
    return sum(award.quantity for award in answers[-1].data.awarded) if answers else 0


def _allowed(ledger: InMemory, before: list[Any]) -> None:
    """Hold what was just recorded to the words of rules 6 and 11."""
    fresh = ledger.events[len(before) :]
    for request in _requests(ledger):
        was, now = (granted_for(some, request).get("h100", 0) for some in (before, ledger.events))
        assert now <= max(was, _awarded(ledger, request)), "no more is granted than awarded"
        is_over = any(isinstance(one, RequestWithdrawn) for one in about(before, request))
        assert not (is_over and any(one.request == request for one in fresh)), "it was withdrawn"
    for one in fresh:
        if one.request is not None:
            unit = getattr(one.data, "unit", UNITS[0])
            assert unit == UNITS[0], "it is given below the unit that asked"
            if isinstance(one, Granted):
                assert one.by not in askers(before, one.request), "nobody gives what they asked for"
        if isinstance(one, RequestAmended):
            has = sum(granted_for(before, one.data.request).values())
            assert one.data.quantity >= has, "no less is asked for than is granted"
        if isinstance(one, RequestDecided):
            story = about(before, one.data.request)
            assert one.by != story[0].by, "nobody answers what they asked for"
            last = story[-1]
            if isinstance(last, DecisionAppealed):
                [*_, answer] = [one for one in story if isinstance(one, RequestDecided)]
                assert one.by != answer.by, "an appeal is answered by another"
            assert status_of(before, one.data.request, one.recorded_at) != "withdrawn"
