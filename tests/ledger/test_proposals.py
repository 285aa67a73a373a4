"""The second person: a command waits, is confirmed by another who may, and is judged anew then."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ledger.periods import MICROSECOND, shifted
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, proposed, refused

SECOND = "sue"
WORDS = {"reason": "As agreed"}
UNKNOWN = "0192f0c1-7a10-7c3e-8b54-0000000000ff"


def house() -> InMemory:
    """A lab with a second person who may do what the founder may, and a lead of one team."""
    ledger = lab("vision", "speech", total=100)
    for role in ("steward", "decider", "operator", "importer"):
        ledger.tell("delegate", to=SECOND, role=role, unit="lab")
    return ledger


def test_rules_wait_for_a_second_person_and_decide_once_confirmed() -> None:
    ledger = house()
    waits = proposed(ledger, "set_rules", notice_days=3, **WORDS)
    assert ledger.state.setting("notice_days", None, ledger.now) is None
    [event] = ledger.tell("confirm", by=SECOND, proposal=waits)
    assert (event["by"], event["confirmed_by"], event["proposal"]) == ("founder", SECOND, waits)
    assert len(event["authority"]) == 2
    assert ledger.state.setting("notice_days", None, ledger.now) == 3
    assert ledger.refusal("confirm", by=SECOND, proposal=waits)["code"] == "ProposalOver"
    in_order(ledger)


def test_who_proposed_does_not_confirm_and_who_may_not_does_not_either() -> None:
    ledger = house()
    ledger.tell("delegate", to="ann", role="operator", unit="lab")
    waits = proposed(ledger, "set_rules", notice_days=3, **WORDS)
    refused(ledger, "confirm", "NotYoursToDecide", proposal=waits)
    assert ledger.refusal("confirm", by="ann", proposal=waits)["code"] == "NotYoursToDecide"
    assert ledger.refusal("confirm", by="nobody", proposal=waits)["code"] == "NotYoursToDecide"
    assert ledger.refusal("confirm", by=SECOND, proposal=UNKNOWN)["code"] == "UnknownProposal"


def test_a_large_grant_waits_holds_nothing_and_is_judged_anew() -> None:
    ledger = house()
    ledger.tell("set_rules", pool="h100", second_person_from=64, **WORDS)
    ledger.grant("speech", 40)
    refused(ledger, "grant", "NotEnoughFree", pool="h100", unit="vision", quantity=64)
    ledger.tell("release", pool="h100", unit="speech", quantity=40)
    waits = proposed(ledger, "grant", pool="h100", unit="vision", quantity=64)
    assert ledger.holds("vision", ledger.now) == 0
    ledger.grant("speech", 60)
    said = ledger.refusal("confirm", by=SECOND, proposal=waits)
    assert said["code"] == "NotEnoughFree"
    ledger.tell("release", pool="h100", unit="speech", quantity=60)
    [event] = ledger.tell("confirm", by=SECOND, proposal=waits)
    assert event["topic"] == "granted.v1"
    assert ledger.holds("vision", ledger.now) == 64


def test_parts_of_one_decision_are_counted_together() -> None:
    ledger = house()
    ledger.tell("set_rules", pool="h100", second_person_from=64, **WORDS)
    legs = [{"do": "grant", "pool": "h100", "unit": unit, "quantity": 32}
            for unit in ("vision", "speech")]  # fmt: skip
    waits = proposed(ledger, "decision", legs=legs)
    assert len(ledger.tell("confirm", by=SECOND, proposal=waits)) == 2


def test_a_proposal_lapses_after_seven_days() -> None:
    ledger = house()
    waits = proposed(ledger, "set_rules", notice_days=3, **WORDS)
    lapses = shifted(ledger.events[-1].recorded_at, timedelta(days=7))
    ledger.go_to(shifted(lapses, -MICROSECOND))
    assert ledger.ask("confirm", by=SECOND, proposal=waits, dry_run=True).status == 200
    ledger.go_to(lapses)
    assert ledger.refusal("confirm", by=SECOND, proposal=waits)["code"] == "ProposalOver"


def test_who_made_it_withdraws_and_another_who_may_rejects_with_words() -> None:
    ledger = house()
    ledger.tell("delegate", to="ann", role="operator", unit="lab")
    waits = proposed(ledger, "set_rules", notice_days=3, **WORDS)
    close = {"proposal": waits, "outcome": "rejected"}
    refused(ledger, "close_proposal", "NotYoursToDecide", **close, **WORDS)
    assert ledger.refusal("close_proposal", by="ann", **close, **WORDS)["code"] == \
        "NotYoursToDecide"  # fmt: skip
    assert ledger.refusal("close_proposal", by=SECOND, **close)["code"] == "WordsMissing"
    ledger.tell("close_proposal", by=SECOND, **close, **WORDS)
    assert ledger.refusal("confirm", by=SECOND, proposal=waits)["code"] == "ProposalOver"
    waits = proposed(ledger, "set_rules", notice_days=4, **WORDS)
    withdraw = {"proposal": waits, "outcome": "withdrawn"}
    assert ledger.refusal("close_proposal", by=SECOND, **withdraw)["code"] == "NotYoursToDecide"
    ledger.tell("close_proposal", **withdraw)
    in_order(ledger)


@pytest.mark.parametrize("confirms", [SECOND, "lea"])
def test_who_leads_the_gaining_unit_is_not_alone_and_does_not_confirm(confirms: str) -> None:
    ledger = house()
    for person in ("lea", "ann"):
        ledger.tell("delegate", to=person, role="operator", unit="lab")
    ledger.tell("delegate", to="lea", role="lead", unit="vision")
    if confirms == SECOND:
        waits = proposed(ledger, "grant", by="lea", pool="h100", unit="vision", quantity=8)
        [event] = ledger.tell("confirm", by=SECOND, proposal=waits)
        assert (event["by"], event["confirmed_by"]) == ("lea", SECOND)
        return
    waits = proposed(ledger, "grant", by="ann", pool="h100", unit="vision", quantity=8,
                     propose=True)  # fmt: skip
    said = ledger.refusal("confirm", by="lea", proposal=waits)
    assert said["code"] == "NotYoursToDecide"
    assert said["detail"] == "lea leads vision, or above or below it; another person confirms it"


def test_who_asked_for_it_does_not_confirm_it_and_is_told_so() -> None:
    ledger = house()
    for person in ("ann", "ida"):
        for role in ("operator", "decider"):
            ledger.tell("delegate", to=person, role=role, unit="lab")
    asked = {"unit": "vision", "pools": ["h100"], "quantity": 8, "justification": "A trial"}
    request = ledger.tell("request", by="ida", **asked)[0]["data"]["request"]
    ledger.tell("decide_request", by="ann", request=request, outcome="approved")
    waits = proposed(ledger, "grant", by="ann", pool="h100", unit="vision", quantity=8,
                     request=request, propose=True)  # fmt: skip
    said = ledger.refusal("confirm", by="ida", proposal=waits)
    assert said["code"] == "NotYoursToDecide"
    assert said["detail"] == f"ida asked for it: request {request}; another person confirms it"
    ledger.tell("confirm", by=SECOND, proposal=waits)


def test_far_back_takes_an_importer_or_a_second_person() -> None:
    ledger = house()
    ledger.tell("delegate", to="ann", role="operator", unit="lab")
    ledger.go_to(day(40))
    grant: dict[str, Any] = {"pool": "h100", "unit": "vision", "quantity": 8, **WORDS}
    grant["effective_at"] = day(20)
    waits = proposed(ledger, "grant", by="ann", **grant)
    ledger.tell("confirm", by=SECOND, proposal=waits)
    ledger.tell("grant", **grant)


def test_a_breach_of_a_limit_is_acknowledged_by_two_and_flagged_for_ever() -> None:
    ledger = house()
    ledger.grant("vision", 60)
    fact = ledger.facts()[-1]
    ledger.grant("speech", 40)
    data = fact["data"] | {"quantity": 70}
    asked = {"corrects": fact["position"], **WORDS,
             "replacement": {"effective_at": fact["effective_at"], "data": data}}  # fmt: skip
    refused(ledger, "correct", "NotEnoughFree", **asked)
    waits = proposed(ledger, "correct", **asked, acknowledge_breach=True)
    [event] = ledger.tell("confirm", by=SECOND, proposal=waits)
    assert event["overrides"] == ["breach"]
    assert ledger.free(ledger.now) == -10
    in_order(ledger)


def test_a_revoked_proposer_has_proposed_nothing() -> None:
    ledger = house()
    [given] = ledger.tell("delegate", to="ann", role="steward", unit="lab")
    waits = proposed(ledger, "set_rules", by="ann", notice_days=3, **WORDS)
    ledger.tell("revoke", delegation=given["data"]["delegation"])
    said = ledger.refusal("confirm", by=SECOND, proposal=waits)
    assert said["code"] == "NotYoursToDecide"
    assert "ann" in said["detail"]


def test_who_confirms_may_ask_that_nothing_named_has_changed_since_they_looked() -> None:
    ledger = house()
    grant = {"pool": "h100", "unit": "vision", "quantity": 8, "propose": True}
    waits = proposed(ledger, "grant", **grant)
    legs = [{"do": "grant", **grant, "unit": unit} for unit in ("speech", "vision")]
    for leg in legs:
        leg.pop("propose")
    both = proposed(ledger, "decision", legs=legs, propose=True)
    seen = ledger.state.position
    ledger.tell("note", about={"unit": "speech"}, text="not before Friday")
    for asked in ({"seen": seen, "if_unchanged": True}, {"seen": seen}):
        tried = ledger.ask("confirm", by=SECOND, proposal=waits, dry_run=True, **asked)
        assert tried.status == 200, tried.body
    ledger.tell("note", about={"unit": "vision"}, text="nor then")
    for name in (waits, both):
        said = ledger.refusal("confirm", by=SECOND, proposal=name, seen=seen, if_unchanged=True)
        assert said["code"] == "Stale"
        assert ("speech" in said["detail"]) == (name == both)
    nobody = ledger.refusal("confirm", by="nobody", proposal=waits, seen=seen, if_unchanged=True)
    assert nobody["code"] == "NotYoursToDecide"
    ahead = ledger.state.position + 1
    for flags in ({}, {"if_unchanged": True}):
        said = ledger.refusal("confirm", by=SECOND, proposal=waits, seen=ahead, **flags)
        assert said["code"] == "UnknownPosition"
    [event] = ledger.tell("confirm", by=SECOND, proposal=waits, seen=ahead - 1, if_unchanged=True)
    assert "seen" not in event
    in_order(ledger)


def test_who_closes_a_proposal_may_ask_that_nothing_named_has_changed_since_they_looked() -> None:
    ledger = house()
    waits = proposed(ledger, "grant", pool="h100", unit="vision", quantity=8, propose=True)
    seen = ledger.state.position
    withdrawal: dict[str, Any] = {"proposal": waits, "outcome": "withdrawn"}
    rejection: dict[str, Any] = {"proposal": waits, "outcome": "rejected", "reason": "Not now"}
    looked: dict[str, Any] = {"seen": seen, "if_unchanged": True}
    ledger.tell("note", about={"unit": "speech"}, text="not before Friday")
    for by, closing in (("founder", withdrawal), (SECOND, rejection)):
        tried = ledger.ask("close_proposal", by=by, **closing, **looked, dry_run=True)
        assert tried.status == 200, tried.body
    ledger.tell("note", about={"unit": "vision"}, text="nor then")
    for by, closing in (("founder", withdrawal), (SECOND, rejection)):
        said = ledger.refusal("close_proposal", by=by, **closing, **looked)
        assert said["code"] == "Stale"
        assert "vision" in said["detail"]
    said = ledger.refusal("close_proposal", by="nobody", **rejection, **looked)
    assert said["code"] == "NotYoursToDecide"
    ledger.tell("close_proposal", by=SECOND, **rejection, seen=seen)
    in_order(ledger)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("reason", "I looked at it too"), ("reason_code", "deadline"), ("refs", ["urn:a"]),
        ("on_behalf_of", "kim"), ("overrides", ["notice"]), ("request", UNKNOWN),
    ],
)  # fmt: skip
def test_what_a_confirmation_cannot_keep_is_refused_by_name(name: str, value: Any) -> None:
    ledger = house()
    waits = proposed(ledger, "set_rules", notice_days=3, **WORDS)
    with pytest.raises(msgspec.ValidationError, match=f"does not keep {name}: .*a note about"):
        ledger.ask("confirm", by=SECOND, proposal=waits, **{name: value})
    empty = {"refs": [], "reason": None, "overrides": []}
    ledger.tell("confirm", by=SECOND, proposal=waits, decision=UNKNOWN, **empty)


@pytest.mark.parametrize(
    ("do", "fields"), [("confirm", {}), ("close_proposal", {"outcome": "withdrawn"})]
)
def test_what_is_said_about_a_proposal_is_not_proposed(do: str, fields: dict[str, Any]) -> None:
    ledger = house()
    waits = proposed(ledger, "set_rules", notice_days=3, **WORDS)
    with pytest.raises(msgspec.ValidationError, match="propose does not go with"):
        ledger.ask(do, proposal=waits, propose=True, **fields)


def test_a_dry_run_says_that_a_second_person_is_needed() -> None:
    ledger = house()
    given = ledger.ask("set_rules", notice_days=3, dry_run=True, **WORDS)
    body = msgspec.json.decode(given.body)
    assert (given.status, body["needs"]) == (200, ["second_person"])
    assert body["events"][0]["topic"] == "rules-set.v1"
    in_order(ledger)


@pytest.mark.parametrize("is_first", [True, False])
def test_what_another_leg_is_done_for_asks_for_no_second_person(is_first: bool) -> None:
    ledger = lab("vision", "speech", total=128)
    ledger.tell("delegate", to="olga", role="operator", unit="lab")
    [asked] = ledger.tell("request", by="olga", unit="speech", pools=["h100"], quantity=8,
                          justification="Need")  # fmt: skip
    back = [{"grant": ledger.grant("speech", 16), "quantity": 8}]
    legs: list[dict[str, Any]] = [
        {"do": "grant", "pool": "h100", "unit": "vision", "quantity": 8},
        {"do": "release", "grants": back, "request": asked["data"]["request"]},
    ]
    legs = legs if is_first else legs[::-1]
    assert ledger.ask("decision", by="olga", legs=legs, reason="As agreed").status == 201


def test_who_may_give_one_leg_alone_rejects_nothing_also_when_that_leg_fails_by_now() -> None:
    ledger = lab("vision", "speech", total=64)
    for person, role, unit in (("olga", "operator", "lab"), ("lea", "lead", "vision")):
        ledger.tell("delegate", to=person, role=role, unit=unit)
    back = [{"grant": ledger.grant("vision", 8), "quantity": 8}]
    legs = [{"do": "release", "grants": back},
            {"do": "grant", "pool": "h100", "unit": "speech", "quantity": 8}]  # fmt: skip
    waits = ledger.ask("decision", by="olga", legs=legs, propose=True, reason="As agreed")
    no = {"proposal": msgspec.json.decode(waits.body)["proposal"], "outcome": "rejected", **WORDS}
    refused(ledger, "close_proposal", "NotYoursToDecide", by="lea", **no)
    ledger.tell("release", by="lea", grants=back)
    refused(ledger, "close_proposal", "NotYoursToDecide", by="lea", **no)
    ledger.tell("close_proposal", **no)
