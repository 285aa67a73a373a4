"""What may be granted for a request: as much as was awarded, where it was asked (rule 11)."""

from typing import Any

import pytest
from msgspec.structs import replace

from ledger.decide.awards import granted
from tests.support.asking import ask, decide, ghost, give, house, stands
from tests.support.correcting import instead, never, quantity, together
from tests.support.in_memory import FOUNDER, day
from tests.support.truth import refused, told


def test_a_partial_award_lets_the_rest_wait_or_closes_it_with_words() -> None:
    ledger = house()
    request = ask(ledger, least=48)
    said = told(ledger, "decide_request", by="dee", request=request, outcome="partly",
                awarded=[{"pool": "h100", "quantity": 16}])[0]["data"]  # fmt: skip
    assert said["rest"] == "waits"
    assert stands(ledger, request) == "awarded"
    give(ledger, request, 16)
    assert stands(ledger, request) == "open"
    closing = {"by": "dee", "request": request, "outcome": "partly", "rest": "closed",
               "awarded": [{"pool": "h100", "quantity": 32}]}  # fmt: skip
    refused(ledger, "decide_request", "WordsMissing", **closing)
    told(ledger, "decide_request", reason="No more this year", **closing)
    give(ledger, request, 16)
    assert stands(ledger, request) == "fulfilled"


@pytest.mark.parametrize(("awarded", "warns"), [(32, True), (47, True), (48, False)])
def test_less_than_is_of_use_is_awarded_with_a_warning(awarded: int, warns: bool) -> None:
    ledger = house()
    request = ask(ledger, least=48)
    given = ledger.ask("decide_request", by="dee", request=request, outcome="partly",
                       awarded=[{"pool": "h100", "quantity": awarded}])  # fmt: skip
    assert given.status == 201
    assert (b'"BelowLeast"' in given.body) == warns


def test_what_one_answer_takes_away_lets_another_award_no_more() -> None:
    ledger = house()
    ledger.tell("delegate", to="sam", role="decider", unit="research", most=8)
    had, small, large = ask(ledger, quantity=16), ask(ledger, quantity=8), ask(ledger, quantity=16)
    decide(ledger, had, "approved")
    away = {"do": "decide_request", "request": had, "outcome": "denied"}

    def legs(request: str) -> list[dict[str, Any]]:
        return [away, {"do": "decide_request", "request": request, "outcome": "approved"}]

    words = {"by": "sam", "reason": "Another run goes first"}
    said = refused(ledger, "decision", "NotYoursToDecide", legs=legs(large), **words)
    assert (said["leg"], said["arithmetic"]["asked"], said["arithmetic"]["limit"]) == (1, 16, 8)
    told(ledger, "decision", legs=legs(small), **words)


def test_no_more_is_granted_than_was_awarded_whatever_the_way() -> None:
    ledger = house()
    held = ledger.grant("research/vision", 32)
    request = ask(ledger)
    asked = {"by": FOUNDER, "pool": "h100", "request": request, "reason": "For the encoder"}
    said = refused(ledger, "grant", "BeyondAward", unit="research/vision", quantity=1, **asked)
    assert said["arithmetic"] == {
        "measure": "granted", "pool": "h100", "unit": "research/vision", "asked": 1,
        "available": 0, "limit": 0, "before": 0, "after": 1,
    }  # fmt: skip
    decide(ledger, request, "partly", awarded=[{"pool": "h100", "quantity": 32}])
    give(ledger, request, 20)
    refused(ledger, "grant", "BeyondAward", unit="research/vision", quantity=13, **asked)
    refused(ledger, "reallocate", "BeyondAward", to="research/vision", borrowed=True,
            from_=[{"grant": held, "quantity": 13}], **asked)  # fmt: skip
    source = ledger.grant("ops", 16)
    told(ledger, "reallocate", to="research/vision", from_=[{"grant": source, "quantity": 4}],
         **asked)  # fmt: skip
    refused(ledger, "lend", "BeyondAward", from_={"unit": "ops"}, quantity=9,
            to="research/vision", returns_at=day(9), **asked)  # fmt: skip
    told(ledger, "lend", from_={"unit": "ops"}, quantity=8, to="research/vision",
         returns_at=day(9), **asked)  # fmt: skip
    assert granted(ledger.state, ledger.state.requests[request]) == {"h100": 32}
    refused(ledger, "grant", "BeyondAward", unit="research/vision", quantity=1, **asked)


def test_each_leg_of_a_decision_counts_what_the_earlier_ones_granted() -> None:
    ledger = house()
    request = ask(ledger, quantity=8)
    legs: list[dict[str, Any]] = [
        {"do": "decide_request", "request": request, "outcome": "approved"},
        {"do": "grant", "pool": "h100", "unit": "research/vision", "quantity": 5},
        {"do": "grant", "pool": "h100", "unit": "research/vision", "quantity": 4},
    ]
    said = refused(ledger, "decision", "BeyondAward", by="dee", request=request, legs=legs)
    assert (said["leg"], said["arithmetic"]["before"]) == (2, 5)
    legs[2]["quantity"] = 3
    events = told(ledger, "decision", by="dee", request=request, legs=legs)
    assert [event.get("request") for event in events] == [None, request, request]
    assert stands(ledger, request) == "fulfilled"


def test_the_request_of_a_leg_wins_over_that_of_the_decision() -> None:
    ledger = house()
    one, other = ask(ledger, quantity=8), ask(ledger, quantity=16)
    decide(ledger, one, "approved")
    decide(ledger, other, "approved")
    grant = {"do": "grant", "pool": "h100", "unit": "research/vision", "quantity": 8}
    told(ledger, "decision", by="oda", request=one, legs=[grant, {**grant, "request": other}])
    assert (stands(ledger, one), stands(ledger, other)) == ("fulfilled", "awarded")


def test_a_grant_outside_the_subtree_or_for_what_was_withdrawn_is_refused() -> None:
    ledger = house()
    request = ask(ledger)
    decide(ledger, request, "approved")
    asked = {"by": "oda", "pool": "h100", "quantity": 8, "request": request}
    refused(ledger, "grant", "Impossible", unit="research", **asked)
    refused(ledger, "grant", "UnknownRequest", unit="ops", **asked | {"request": ghost()})
    ledger.tell("create_unit", unit="encoder", parent="research/vision", kind="project")
    told(ledger, "grant", unit="encoder", **asked)
    held = ledger.grant("ops", 8)
    refused(ledger, "extend", "Impossible", by="oda", grant=held, ends_at=day(60), request=request,
            reason="Less")  # fmt: skip
    told(ledger, "withdraw_request", by="lea", request=request)
    assert stands(ledger, request) == "withdrawn"
    refused(ledger, "grant", "Impossible", unit="encoder", **asked)
    refused(ledger, "withdraw_request", "NoDifference", by="lea", request=request)
    refused(ledger, "amend_request", "Impossible", by="lea", request=request, quantity=8)
    refused(ledger, "decide_request", "Impossible", by="dee", request=request, outcome="approved")
    refused(ledger, "appeal", "Impossible", by="lea", request=request)


def test_of_several_pools_the_award_says_how_much_of_each() -> None:
    ledger = house()
    ledger.tell("open_pool", pool="b200", granule=4)
    request = ask(ledger, pools=["h100", "b200"], quantity=12)
    assert ledger.state.requests[request].least == 4
    refused(ledger, "decide_request", "Impossible", by="dee", request=request, outcome="approved")
    decide(ledger, request, "approved",
           awarded=[{"pool": "h100", "quantity": 8}, {"pool": "b200", "quantity": 4}])  # fmt: skip
    refused(ledger, "grant", "BeyondAward", by="oda", request=request, pool="h100",
            unit="research/vision", quantity=12)  # fmt: skip
    give(ledger, request, 8)
    assert stands(ledger, request) == "awarded"


def test_a_correction_of_a_grant_changes_what_was_granted() -> None:
    ledger = house()
    request = ask(ledger)
    decide(ledger, request, "approved")
    grant = give(ledger, request, 64)
    data = {"grant": grant, "pool": "h100", "unit": "research/vision",
            "quantity": 40, "ends_at": None, "class": "guaranteed"}  # fmt: skip
    position = len(ledger.events)
    said = {"effective_at": ledger.events[-1].effective_at, "data": data}
    told(ledger, "correct", by=FOUNDER, corrects=position, replacement=said, reason="40 it was")
    assert granted(ledger.state, ledger.state.requests[request]) == {"h100": 40}
    assert stands(ledger, request) == "awarded"
    give(ledger, request, 24)
    assert stands(ledger, request) == "fulfilled"


def test_no_correction_gives_more_for_a_request_than_was_awarded() -> None:
    ledger = house()
    request = ask(ledger)
    decide(ledger, request, "partly", awarded=[{"pool": "h100", "quantity": 32}])
    give(ledger, request, 16)
    first = len(ledger.events)
    give(ledger, request, 16)
    second = len(ledger.events)
    no = refused(ledger, "correct", "BeyondAward", **quantity(ledger, first, 17))
    assert (no["arithmetic"]["before"], no["arithmetic"]["after"]) == (32, 33)
    assert (no["arithmetic"]["limit"], no["arithmetic"]["available"]) == (32, 0)
    both = together(quantity(ledger, first, 20), quantity(ledger, second, 12))
    told(ledger, "decision", legs=both)
    assert granted(ledger.state, ledger.state.requests[request]) == {"h100": 32}
    told(ledger, "correct", **never(ledger, second))
    told(ledger, "correct", **quantity(ledger, first, 32))
    again = instead(ledger, second, quantity=12)
    refused(ledger, "correct", "BeyondAward", **again)
    more = {"do": "decide_request", "request": request, "outcome": "approved"}
    told(ledger, "decision", legs=[{"do": "correct", **again}, more])
    assert granted(ledger.state, ledger.state.requests[request]) == {"h100": 44}


@pytest.mark.parametrize("is_first", [True, False])
def test_what_corrections_give_for_a_request_is_counted_together(is_first: bool) -> None:
    ledger = house()
    request = ask(ledger, quantity=8)
    decide(ledger, request, "approved")
    made: list[int] = []
    for _ in range(2):
        give(ledger, request, 4)
        made.append(len(ledger.events))

    def legs(more: int) -> list[dict[str, Any]]:
        both = together(quantity(ledger, made[0], more), quantity(ledger, made[1], 2))
        return both if is_first else both[::-1]

    said = refused(ledger, "decision", "BeyondAward", legs=legs(7))["arithmetic"]
    assert (said["asked"], said["before"], said["after"]) == (1, 8, 9)
    told(ledger, "decision", legs=legs(6))
    assert granted(ledger.state, ledger.state.requests[request]) == {"h100": 8}


def test_what_was_granted_beyond_an_award_before_is_corrected_to_less() -> None:
    ledger = house()
    request = ask(ledger, quantity=32)
    decide(ledger, request, "approved")
    give(ledger, request, 32)
    made = len(ledger.events)
    # As a ledger from before this rule might say.
    record = ledger.state.requests[request]
    ledger.state.requests[request] = replace(record, awarded=(("h100", 16),))
    ledger.tell("correct", **quantity(ledger, made, 24))
    no = ledger.refusal("correct", **quantity(ledger, made, 25))
    assert no["code"] == "BeyondAward"


def test_no_correction_gives_what_was_granted_for_a_request_to_others() -> None:
    ledger = house()
    request = ask(ledger, quantity=32)
    decide(ledger, request, "approved")
    give(ledger, request, 32)
    made = len(ledger.events)
    refused(ledger, "correct", "Impossible", **instead(ledger, made, unit="ops"))
    told(ledger, "create_unit", unit="research/vision/web", parent="research/vision")
    given = ledger.now
    told(ledger, "correct", **instead(ledger, made, at=given, unit="research/vision/web"))


def test_who_is_refused_a_grant_is_offered_to_wait_for_it() -> None:
    ledger = house(total=32)
    wish = {"by": "oda", "pool": "h100", "unit": "research/vision", "quantity": 64}
    said = refused(ledger, "grant", "NotEnoughFree", ends_at=day(50), starts_at=day(5),
                   reason="The next encoder", **wish)  # fmt: skip
    assert said["offer"] == {
        "unit": "research/vision", "pools": ["h100"], "quantity": 64, "starts_at": day(5),
        "ends_at": day(50), "justification": "The next encoder",
    }  # fmt: skip
    told(ledger, "request", by="oda", **said["offer"])
    bare = refused(ledger, "grant", "NotEnoughFree", **wish)["offer"]
    told(ledger, "request", by="oda", **bare)
    ledger.tell("split", pool="h100", parent="lab", shares=[{"unit": "research", "amount": 8}])
    said = refused(ledger, "grant", "OverAmount", **wish | {"quantity": 16})
    assert said["offer"]["quantity"] == 16
    request = ask(ledger)
    decide(ledger, request, "approved")
    said = refused(ledger, "grant", "NotEnoughFree", request=request, **wish)
    assert "offer" not in said
    assert "offer" not in refused(ledger, "grant", "NotYoursToDecide", **wish | {"by": "lea"})
