"""Requests: what is asked for, and what is decided on it (rule 11)."""

from typing import Any

import msgspec

from ledger.requests import counted_priority
from tests.support.asking import ask, decide, ghost, give, house, stands
from tests.support.in_memory import FOUNDER, day
from tests.support.truth import in_order, proposed, refused, told

DENIED = {"outcome": "denied", "reason": "Nothing is free before summer"}


def test_a_request_is_asked_decided_granted_and_fulfilled() -> None:
    ledger = house()
    request = ask(ledger, priority="critical", ends_at=day(90))
    assert stands(ledger, request) == "open"
    said = decide(ledger, request, "approved")
    assert said == {"request": request, "outcome": "approved", "rest": "closed",
                    "awarded": [{"pool": "h100", "quantity": 64}]}  # fmt: skip
    assert stands(ledger, request) == "awarded"
    assert ledger.free(ledger.now) == 128
    give(ledger, request, 40)
    assert stands(ledger, request) == "awarded"
    give(ledger, request, 24)
    assert stands(ledger, request) == "fulfilled"
    assert ledger.events[-1].request == request


def test_what_is_not_there_is_unknown_whoever_asks() -> None:
    ledger = house()
    asks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("amend_request", {"quantity": 8}),
        ("withdraw_request", {}),
        ("decide_request", {"outcome": "approved"}),
        ("appeal", {}),
        ("note", {"about": {"request": ghost()}, "text": "Where is it?"}),
    )
    for do, fields in asks:
        named = {} if do == "note" else {"request": ghost()}
        said = refused(ledger, do, "UnknownRequest", by="nobody", **named, **fields)
        assert said["status"] == 404


def test_who_asked_does_not_reject_an_answer_that_is_proposed() -> None:
    ledger = house()
    own = ask(ledger, by="dee")
    answer = {"request": own, "outcome": "approved", "propose": True}
    proposal = proposed(ledger, "decide_request", by="dan", **answer)
    reject = {"proposal": proposal, "outcome": "rejected", "reason": "More is needed"}
    said = refused(ledger, "close_proposal", "OwnRequest", by="dee", **reject)
    assert said["status"] == 403


def test_who_asked_does_not_decide_and_after_an_appeal_another_one_does() -> None:
    ledger = house()
    own = ask(ledger, by="dee")
    said = refused(ledger, "decide_request", "OwnRequest", by="dee", request=own,
                   outcome="approved")  # fmt: skip
    assert said["status"] == 403
    request = ask(ledger)
    refused(ledger, "appeal", "Impossible", by="lea", request=request)
    decide(ledger, request, **DENIED)
    assert stands(ledger, request) == "denied"
    told(ledger, "appeal", by="lea", request=request, reason="Summer is too late")
    assert stands(ledger, request) == "appealed"
    refused(ledger, "appeal", "NoDifference", by="lea", request=request)
    refused(ledger, "decide_request", "OwnRequest", by="dee", request=request, outcome="approved")
    decide(ledger, request, "approved", by="dan")
    assert stands(ledger, request) == "awarded"
    decide(ledger, request, by="dee", **DENIED)
    assert stands(ledger, request) == "denied"


def test_who_confirmed_an_answer_does_not_answer_the_appeal_against_it() -> None:
    ledger = house()
    request = ask(ledger)
    waits = ledger.ask("decide_request", by="dee", request=request, propose=True, reason="No",
                       outcome="denied")  # fmt: skip
    proposal = msgspec.json.decode(waits.body)["proposal"]
    told(ledger, "confirm", by="dan", proposal=proposal)
    told(ledger, "appeal", by="lea", request=request, reason="Summer is too late")
    for person in ("dee", "dan"):
        refused(ledger, "decide_request", "OwnRequest", by=person, request=request, **DENIED)
    decide(ledger, request, "approved", by=FOUNDER)


def test_who_amends_for_more_has_asked_as_well() -> None:
    ledger = house()
    request = ask(ledger)
    told(ledger, "amend_request", by="dan", request=request, quantity=48)
    told(ledger, "amend_request", by="dee", request=request, quantity=49)
    refused(ledger, "decide_request", "OwnRequest", by="dee", request=request, outcome="approved")
    decide(ledger, request, "approved", by="dan")


def test_who_amended_for_more_does_not_grant_it_alone() -> None:
    ledger = house()
    request = ask(ledger)
    told(ledger, "amend_request", by="oda", request=request, quantity=65)
    ledger.tell("delegate", to="ona", role="operator", unit="lab")
    told(ledger, "amend_request", by="ona", request=request, quantity=60)
    decide(ledger, request, "approved")
    grant = {"pool": "h100", "unit": "research/vision", "quantity": 8, "request": request}
    proposed(ledger, "grant", by="oda", **grant)
    told(ledger, "grant", by="ona", **grant)


def test_a_denial_needs_words_and_leaves_what_was_granted() -> None:
    ledger = house()
    request = ask(ledger)
    refused(ledger, "decide_request", "WordsMissing", by="dee", request=request, outcome="denied")
    decide(ledger, request, "partly", awarded=[{"pool": "h100", "quantity": 32}])
    give(ledger, request, 8)
    said = refused(ledger, "decide_request", "BeyondAward", by="dee", request=request,
                   outcome="partly", awarded=[{"pool": "h100", "quantity": 7}])  # fmt: skip
    assert said["arithmetic"]["after"] == 8
    fewer = {"by": "dee", "request": request, "outcome": "partly",
             "awarded": [{"pool": "h100", "quantity": 16}]}  # fmt: skip
    refused(ledger, "decide_request", "WordsMissing", **fewer)
    told(ledger, "decide_request", reason="Two racks burnt", **fewer)
    denied = decide(ledger, request, **DENIED)
    assert denied["awarded"] == [{"pool": "h100", "quantity": 8}]
    refused(ledger, "grant", "BeyondAward", by="oda", pool="h100", unit="research/vision",
            quantity=1, request=request)  # fmt: skip


def test_only_deciders_over_the_unit_and_pool_decide_and_within_their_most() -> None:
    ledger = house()
    request = ask(ledger)
    answer = {"request": request, "outcome": "approved"}
    for person in ("lea", "oda", "nobody"):
        refused(ledger, "decide_request", "NotYoursToDecide", by=person, **answer)
    ledger.tell("delegate", to="sam", role="decider", unit="research", most=40)
    said = refused(ledger, "decide_request", "NotYoursToDecide", by="sam", **answer)
    assert said["arithmetic"] == {"measure": "most", "pool": "h100", "unit": "research/vision",
                                  "asked": 64, "limit": 40}  # fmt: skip
    other = ask(ledger, quantity=16)
    legs = [
        {"do": "decide_request", "request": request, "outcome": "partly",
         "awarded": [{"pool": "h100", "quantity": 32}]},
        {"do": "decide_request", "request": other, "outcome": "approved"},
    ]  # fmt: skip
    refused(ledger, "decision", "NotYoursToDecide", by="sam", legs=legs)
    told(ledger, "decision", by="sam", legs=legs[:1])
    told(ledger, "decision", by="sam", legs=legs[1:])


def test_leads_deciders_operators_and_the_requester_ask_amend_withdraw_and_appeal() -> None:
    ledger = house()
    asked = {"unit": "research/vision", "pools": ["h100"], "quantity": 8, "justification": "Need"}
    refused(ledger, "request", "NotYoursToDecide", by="nobody", **asked)
    [lead] = [one for one in ledger.state.delegations.values() if one.to == "lea"]
    request = ask(ledger, quantity=8)
    ledger.tell("revoke", delegation=lead.delegation)
    refused(ledger, "request", "NotYoursToDecide", by="lea", **asked)
    refused(ledger, "amend_request", "NotYoursToDecide", by="nobody", request=request, quantity=9)
    [event] = told(ledger, "amend_request", by="lea", request=request, quantity=9)
    assert event["authority"] == []
    told(ledger, "note", by="lea", about={"request": request}, text="It is for the encoder")
    refused(ledger, "note", "NotYoursToDecide", by="nobody", about={"request": request}, text="I")
    decide(ledger, request, **DENIED)
    told(ledger, "appeal", by="oda", request=request)
    told(ledger, "withdraw_request", by="oda", request=request)


def test_asking_for_more_after_an_answer_asks_anew_and_for_less_does_not() -> None:
    ledger = house()
    request = ask(ledger)
    first = ledger.state.requests[request].since
    decide(ledger, request, **DENIED)
    told(ledger, "amend_request", by="lea", request=request, quantity=32)
    assert (stands(ledger, request), ledger.state.requests[request].since) == ("denied", first)
    told(ledger, "amend_request", by="lea", request=request, quantity=33)
    assert stands(ledger, request) == "open"
    assert ledger.state.requests[request].since == len(ledger.events)


def test_what_is_left_out_of_an_amendment_stays_and_null_opens_the_end() -> None:
    ledger = house()
    request = ask(ledger, starts_at=day(10), ends_at=day(40), least=8, priority="high")
    [event] = told(ledger, "amend_request", by="lea", request=request, quantity=32)
    assert event["effective_at"] == day(10)
    assert event["data"] == {
        "request": request, "unit": "research/vision", "pools": ["h100"], "quantity": 32,
        "least": 8, "ends_at": day(40), "priority": "high",
    }  # fmt: skip
    refused(ledger, "amend_request", "NoDifference", by="lea", request=request, quantity=32)
    [event] = told(ledger, "amend_request", by="lea", request=request, ends_at=None, quantity=4)
    assert (event["data"]["ends_at"], event["data"]["least"]) == (None, 4)
    told(ledger, "amend_request", by="lea", request=request, justification="Another encoder")
    refused(ledger, "amend_request", "Impossible", by="lea", request=request, least=5)
    decide(ledger, request, "approved")
    give(ledger, request, 4)
    refused(ledger, "amend_request", "Impossible", by="lea", request=request, quantity=3)


def test_a_request_lapses_with_its_end_and_lives_on_with_a_later_one() -> None:
    ledger = house()
    request = ask(ledger, ends_at=day(20))
    ledger.go_to(day(20))
    assert stands(ledger, request) == "lapsed"
    refused(ledger, "decide_request", "Impossible", by="dee", request=request, outcome="approved")
    refused(ledger, "appeal", "Impossible", by="lea", request=request)
    told(ledger, "amend_request", by="lea", request=request, ends_at=day(30))
    decide(ledger, request, "approved")
    give(ledger, request, 64)
    ledger.go_to(day(31))
    assert stands(ledger, request) == "fulfilled"


def test_nothing_about_a_request_is_dated_back_and_quantities_fit_the_pools() -> None:
    ledger = house(granule=8)
    ledger.go_to(day(10))
    asked = {"by": "lea", "unit": "research/vision", "pools": ["h100"], "quantity": 16,
             "justification": "Need"}  # fmt: skip
    refused(ledger, "request", "Impossible", starts_at=day(9), reason="It was so", **asked)
    refused(ledger, "request", "Impossible", ends_at=day(10), **asked)
    refused(ledger, "request", "OffGranule", **asked | {"quantity": 12})
    refused(ledger, "request", "OffGranule", least=4, **asked)
    refused(ledger, "request", "UnknownPool", **asked | {"pools": ["h100", "b200"]})
    refused(ledger, "request", "UnknownUnit", **asked | {"unit": "nowhere"})
    [event] = told(ledger, "request", **asked)
    assert event["data"]["least"] == 8
    refused(ledger, "request", "AlreadyExists", request=event["data"]["request"], **asked)
    answer = {"by": "dee", "request": event["data"]["request"]}
    answers: tuple[tuple[str, dict[str, Any]], ...] = (
        ("OffGranule", {"outcome": "partly", "awarded": [{"pool": "h100", "quantity": 12}]}),
        ("Impossible", {"outcome": "partly", "awarded": [{"pool": "h100", "quantity": 16}]}),
        ("Impossible", {"outcome": "approved", "awarded": [{"pool": "h100", "quantity": 8}]}),
        ("UnknownPool", {"outcome": "approved", "awarded": [{"pool": "b200", "quantity": 16}]}),
        ("Impossible", {"outcome": "deferred", "until": day(10)}),
    )
    for code, said in answers:
        refused(ledger, "decide_request", code, **answer, **said)
    ledger.tell("open_pool", pool="b200")
    refused(ledger, "decide_request", "Impossible", **answer, outcome="approved",
            awarded=[{"pool": "b200", "quantity": 16}])  # fmt: skip


def test_a_unit_is_not_closed_while_a_request_of_it_waits() -> None:
    ledger = house()
    request = ask(ledger)
    refused(ledger, "close_unit", "NotEmpty", unit="research/vision")
    decide(ledger, request, **DENIED)
    told(ledger, "close_unit", unit="research/vision")
    refused(ledger, "appeal", "UnitClosed", by="lea", request=request)
    refused(ledger, "amend_request", "UnitClosed", by="lea", request=request, quantity=65)
    refused(ledger, "decide_request", "UnitClosed", by="dan", request=request, outcome="approved")
    refused(ledger, "request", "UnitClosed", by=FOUNDER, unit="research/vision", pools=["h100"],
            quantity=8, justification="Need")  # fmt: skip


def test_a_deferred_request_is_taken_up_again() -> None:
    ledger = house()
    request = ask(ledger)
    said = decide(ledger, request, "deferred", until=day(30), priority="high")
    assert said == {"request": request, "outcome": "deferred", "awarded": [], "rest": "waits",
                    "until": day(30), "priority": "high"}  # fmt: skip
    assert stands(ledger, request) == "deferred"
    refused(ledger, "close_unit", "NotEmpty", unit="research/vision")
    decide(ledger, request, "approved")
    in_order(ledger)


def test_a_priority_that_a_decider_gave_counts_until_another_is_given() -> None:
    ledger = house()
    request = ask(ledger, priority="high")

    def counted() -> str:
        record = ledger.state.requests[request]
        return counted_priority(record.priority, record.decided_priority)

    assert counted() == "normal"
    decide(
        ledger, request, "partly", priority="critical", awarded=[{"pool": "h100", "quantity": 8}]
    )
    decide(ledger, request, "approved")
    assert counted() == "critical"
    decide(ledger, request, "approved", priority="low")
    assert counted() == "low"
