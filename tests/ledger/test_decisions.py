"""A decision of many legs happens as one act or not at all; answers are built once."""

import json
from typing import Any
from uuid import UUID

import pytest
import rfc8785

from ledger.answers import answer
from ledger.asks import Ask, Stamp
from ledger.codec import EVENTS_MAX, decode, encode
from ledger.commands import Grant, Release
from ledger.facts import Via
from tests.support.in_memory import FOUNDER, InMemory, day, lab, portrait

Leg = dict[str, Any]


def give(unit: str, quantity: int, **fields: Any) -> Leg:
    return {"do": "grant", "pool": "h100", "unit": unit, "quantity": quantity} | fields


def back(unit: str, quantity: int | str, **fields: Any) -> Leg:
    return {"do": "release", "pool": "h100", "unit": unit, "quantity": quantity} | fields


def test_limits_are_judged_on_the_outcome_not_leg_by_leg() -> None:
    ledger = lab("vision", "speech", total=64)
    ledger.grant("vision", 64)
    events = ledger.tell("decision", legs=[give("speech", 32), back("vision", 32)])
    assert [event["leg"] for event in events] == [[0, 2], [1, 2]]
    assert {event["decision"] for event in events} == {events[0]["decision"]}
    assert {event["recorded_at"] for event in events} == {events[0]["recorded_at"]}


def test_one_leg_that_fails_fails_all_and_is_named() -> None:
    ledger = lab("vision", "speech")
    before = portrait(ledger.state)
    said = ledger.refusal("decision", legs=[give("vision", 8), back("speech", 1)])
    assert (said["code"], said["leg"]) == ("MoreThanHeld", 1)
    assert portrait(ledger.state) == before


def test_the_leg_named_is_the_last_that_raises_at_the_first_instant_beyond_the_limit() -> None:
    ledger = lab("vision", total=64)
    legs = [give("vision", 32), give("vision", 33), give("vision", 8, starts_at=day(5))]
    said = ledger.refusal("decision", legs=legs)
    assert (said["code"], said["leg"]) == ("NotEnoughFree", 1)
    assert (said["arithmetic"]["asked"], said["arithmetic"]["available"]) == (65, 64)


def test_a_leg_may_have_its_own_reason_and_time_and_the_top_stands_for_the_others() -> None:
    ledger = lab("vision", "speech")
    events = ledger.tell(
        "decision",
        legs=[
            give("vision", 8, reason="own words", reason_code="deadline", effective_at=day(3)),
            give("speech", 8),
        ],
        reason="words of all", reason_code="idle", effective_at=day(2), on_behalf_of="board",
    )  # fmt: skip
    told = [(e["reason"], e["reason_code"], e["effective_at"], e["on_behalf_of"]) for e in events]
    assert told == [
        ("own words", "deadline", day(3), "board"),
        ("words of all", "idle", day(2), "board"),
    ]


def test_later_legs_see_what_earlier_ones_made() -> None:
    ledger = lab()
    name = "0192f0c1-7a10-7c3e-8b54-000000000001"
    events = ledger.tell(
        "decision",
        legs=[
            {"do": "create_unit", "unit": "atlas"},
            give("atlas", 16, grant=name),
            {"do": "release", "grants": [{"grant": name, "quantity": 4}]},
        ],
    )
    assert [event["topic"] for event in events] == [
        "unit-created.v1", "granted.v1", "released.v1",
    ]  # fmt: skip


def test_what_changed_since_it_was_seen_makes_the_decision_stale() -> None:
    ledger = lab("vision", "speech")
    ledger.grant("vision", 16)
    seen = ledger.state.position
    ledger.tell("release", pool="h100", unit="vision", quantity=1)
    legs = [give("speech", 1), back("vision", 1)]
    said = ledger.refusal("decision", legs=legs, seen=seen, if_unchanged=True)
    assert (said["code"], said["leg"]) == ("Stale", 1)
    ledger.tell("decision", legs=[give("speech", 1)], seen=seen, if_unchanged=True)
    ledger.tell("decision", legs=legs, seen=ledger.state.position, if_unchanged=True)
    assert ledger.refusal("grant", pool="h100", unit="vision", quantity=1, seen=10**6)["code"] == (
        "UnknownPosition"
    )


def test_a_note_and_a_new_unit_below_count_as_changes() -> None:
    ledger = lab("vision")
    grant = ledger.grant("vision", 8)
    for about in ({"unit": "vision"}, {"grant": grant}):
        seen = ledger.state.position
        ledger.tell("note", about=about, text="not before Friday")
        named = {"do": "release", "grants": [{"grant": grant, "quantity": 1}]}
        leg = named if "grant" in about else back("vision", 1)
        said = ledger.refusal("decision", legs=[leg], seen=seen, if_unchanged=True)
        assert said["code"] == "Stale"
    seen = ledger.state.position
    ledger.tell("create_unit", unit="below", parent="vision")
    legs = [give("vision", 1)]
    said = ledger.refusal("decision", legs=legs, seen=seen, if_unchanged=True)
    assert said["code"] == "Stale"


@pytest.mark.parametrize("named", ["unit", "grant"])
@pytest.mark.parametrize("act", ["gives back", "is recalled", "gave back nothing"])
def test_what_happens_to_a_loan_concerns_its_lender(act: str, named: str) -> None:
    ledger = lab("vision", "speech")
    lending = ledger.grant("vision", 16)
    [made] = ledger.tell("lend", pool="h100", from_={"grant": lending}, to="speech", quantity=8,
                         returns_at=day(9))  # fmt: skip
    loan = made["data"]["to_grant"]
    [given] = ledger.tell("release", grants=[{"grant": loan, "quantity": 2}])
    seen = ledger.state.position
    match act:
        case "gives back":
            ledger.tell("release", grants=[{"grant": loan, "quantity": 1}])
        case "is recalled":
            ledger.tell("extend", grant=loan, ends_at=day(5), reason="it is needed")
        case _:
            ledger.tell("correct", corrects=given["position"], replacement=None, reason="a mistake")
    leg = back("vision", 1)
    if named == "grant":
        leg = {"do": "release", "grants": [{"grant": lending, "quantity": 1}]}
    said = ledger.refusal("decision", legs=[leg], seen=seen, if_unchanged=True)
    assert said["code"] == "Stale"
    ledger.tell("decision", legs=[leg], seen=ledger.state.position, if_unchanged=True)


def test_a_decision_s_own_legs_do_not_make_it_stale() -> None:
    ledger = lab("vision")
    legs = [give("vision", 1), give("vision", 1)]
    ledger.tell("decision", legs=legs, seen=ledger.state.position, if_unchanged=True)


def ask(ledger: InMemory, command: Any, *, dry_run: bool = False) -> Any:
    stamp = Stamp(recorded_at=day(1), seed="0192f0c1-7a10-7c3e-8b54-aaaaaaaa0000")
    asked = Ask(
        command=command, by=FOUNDER, via=Via(tool="t"), key="" if dry_run else "k",
        fingerprint=b"f", dry_run=dry_run,
    )  # fmt: skip
    return answer(ledger.state, asked, stamp)


def test_an_answer_carries_the_stored_bytes_and_a_receipt_of_itself() -> None:
    ledger = lab("vision")
    given = ask(ledger, Grant(pool="h100", unit="vision", quantity=8))
    body = json.loads(given.body)
    assert given.status == 201
    assert (body["position"], given.position) == (given.events[0].position,) * 2
    assert [json.dumps(event) for event in body["events"]] == [
        json.dumps(json.loads(one.stored)) for one in given.events
    ]
    assert given.events[0].stored in given.body
    assert given.receipt is not None
    assert (given.receipt.person, given.receipt.key, given.receipt.body) == (
        FOUNDER, "k", given.body,
    )  # fmt: skip
    assert given.receipt.decision == body["decision"]


def test_a_refusal_is_kept_as_a_receipt_but_not_one_that_may_pass_another_time() -> None:
    ledger = lab("vision")
    refused = ask(ledger, Grant(pool="h100", unit="vision", quantity=999))
    assert refused.receipt is not None
    assert (refused.receipt.status, refused.receipt.decision) == (409, None)
    words = "é" * 4000
    ledger.grant("vision", 1)
    wide = Release(
        pool="h100", unit="vision", quantity=1, reason=words,
        refs=tuple("é" * 2000 for _ in range(20)),
    )  # fmt: skip
    given = ask(ledger, wide)
    assert (given.status, given.code, given.receipt) == (413, "TooManyLegs", None)


def test_a_decision_has_room_for_its_events_and_an_id_for_each() -> None:
    ledger = lab("vision")
    ledger.tell("decision", legs=[give("vision", 1) for _ in range(50)])
    legs = [
        {"do": "forecast", "pool": "h100", "unit": "vision",
         "steps": [{"quantity": 50, "expected_at": day(10 + leg)}]}
        for leg in range(EVENTS_MAX // 50 + 1)
    ]  # fmt: skip
    no = ledger.refusal("decision", legs=legs)
    assert (no["status"], no["code"], no["leg"]) == (413, "TooManyLegs", len(legs) - 1)
    ids = {event["id"] for event in ledger.tell("decision", legs=legs[:-1])}
    assert len({UUID(one) for one in ids}) == EVENTS_MAX


def test_a_trial_says_what_would_be_and_leaves_no_trace() -> None:
    ledger = lab("vision")
    before = portrait(ledger.state)
    given = ask(ledger, Grant(pool="h100", unit="vision", quantity=8), dry_run=True)
    body = json.loads(given.body)
    assert (given.status, body["dry_run"], body["position"]) == (200, True, None)
    assert [event["position"] for event in body["events"]] == [None]
    assert (given.receipt, given.events) == (None, ())
    assert portrait(ledger.state) == before


def test_the_same_ask_with_the_same_stamp_gives_the_same_bytes() -> None:
    one, other = lab("vision"), lab("vision")
    command = Grant(pool="h100", unit="vision", quantity=8)
    assert ask(one, command).body == ask(other, command).body


def test_an_exception_in_mid_judgement_leaves_the_state_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = lab("vision")
    before = portrait(ledger.state)

    def breaks(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("ledger.answers.encode", breaks)
    with pytest.raises(ZeroDivisionError):
        ask(ledger, Grant(pool="h100", unit="vision", quantity=8))
    assert portrait(ledger.state) == before


def test_events_are_canonical_json_as_an_independent_writer_has_it() -> None:
    ledger = lab("vision")
    ledger.tell("grant", pool="h100", unit="vision", quantity=8, reason='é "q" \\ \u2028 😀 </>')
    ledger.tell("release", pool="h100", unit="vision", quantity=3, effective_at=day(9))
    ledger.tell("release", pool="h100", unit="vision", quantity="all", effective_at=day(2))
    assert len(ledger.events) > 10
    for event in ledger.events:
        stored = encode(event)
        assert stored == rfc8785.dumps(json.loads(stored))
        assert decode(stored) == event


@pytest.mark.parametrize(
    "words", ["  ", "\u00a0", "\u200b", " \u2060\ufeff", "\u0301", "\u3164\u115f", "\u2800 \uffa0"]
)
def test_words_that_nobody_sees_are_none(words: str) -> None:
    ledger = lab("vision")
    ledger.grant("vision", 8)
    asked: dict[str, Any] = {"pool": "h100", "unit": "vision", "quantity": 1, "kind": "reclaimed"}
    assert ledger.refusal("release", reason=words, **asked)["code"] == "WordsMissing"
    ledger.tell("release", reason=f"{words}\u5fc5\u8981", **asked)
