"""The answers of an export are taken only when they tell what its events do."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from api.cli.bundle import Cover, Untrue, guards
from ledger.asks import Answer
from ledger.codec import encode
from tests.cli.copying import (
    GRANT,
    REFUSED,
    answered,
    answers,
    changed,
    checked,
    decision,
    proved,
    receipt,
    recorded,
    said,
    text,
    told,
    whole,
)
from tests.support.in_memory import FOUNDER, day, lab


def test_answers_come_back_as_they_were() -> None:
    assert checked(answers(answered())) == answered()


PROPOSED = (
    "proposed.v1",
    {"command": {"do": "set_rules", "notice_days": 3}, "expires_at": "2026-01-12T00:00:06.000000Z",
     "needs": ["second_person"], "proposal": GRANT},
)  # fmt: skip
WAITS = (
    b'{"proposal":"%b","needs":["second_person"],"position":6,'
    b'"expires_at":"2026-01-12T00:00:06.000000Z"}' % GRANT.encode()
)


@pytest.mark.parametrize(
    ("status", "body", "is_true"),
    [
        (202, WAITS, True),
        (202, WAITS.replace(b'n":6', b'n":5'), False),
        (202, WAITS.replace(b"-01-12T", b"-02-12T"), False),
        (202, WAITS.replace(b"second_", b""), False),
        (202, WAITS.replace(b"-000000000001", b"-000000000002"), False),
        (201, recorded(*decision(6, "wait", PROPOSED)), False),
        (202, WAITS.replace(b",", b", "), False),
    ],
)
def test_an_answer_that_somebody_has_to_confirm_tells_what_was_proposed(
    status: int, body: bytes, *, is_true: bool
) -> None:
    events = [*whole(), *decision(6, "wait", PROPOSED)]
    found = told(text(events))
    waits = receipt("wait", status, 6, events[5]["decision"], body)
    cover = Cover(events=6, sha256=found.sha256, receipts=5)
    content = answers([*answered(), waits], cover)
    if is_true:
        assert checked(content, text(events))[-1] == waits
    else:
        with pytest.raises(Untrue, match="line 6: the answer tells otherwise"):
            checked(content, text(events))


def test_what_was_recorded_is_not_answered_as_if_it_waited() -> None:
    body = WAITS.replace(b'n":6', b'n":5')
    some = [*answered()[:3], receipt("give", 202, 5, whole()[4]["decision"], body)]
    with pytest.raises(Untrue, match="line 5: the answer tells otherwise"):
        checked(answers(some))


def test_lost_answers_leave_their_keys_used() -> None:
    lost = guards(proved(text(whole()))[1])
    assert [(one.key, one.status, one.position) for one in lost] == [
        ("found", 0, 2), ("make", 0, 4), ("give", 0, 5)
    ]  # fmt: skip
    assert checked(answers(lost)) == lost


OTHERS = Cover(events=5, sha256="0" * 64, receipts=4)
UNSOUND_ANSWERS: list[tuple[str, Callable[[], bytes], str]] = [
    ("of another log", lambda: answers(answered(), OTHERS), "belongs to 5 events of SHA-256 000"),
    ("without a cover", lambda: answers(answered()).split(b"\n", 1)[1], "line 1: no cover"),
    ("one lost", lambda: answers([*answered()[:2], *answered()[3:]], _cover(4)), "3 answers where"),
    ("of a decision lost", lambda: answers(answered()[:3]), "ends at position 5 has no answer"),
    ("a key twice", lambda: answers([*answered(), answered()[2]]), "line 6: a second answer"),
    ("of a decision that never was",
     lambda: answers([*answered(), receipt("x", 201, 5, GRANT)]), "line 6: the events know no"),
    ("of a longer log", lambda: answers([*answered(), receipt("x", 409, 6, None)], OTHERS),
     "belongs to 5 events of SHA-256 000"),
    ("of more events", lambda: answers(answered(), _cover(4, events=6)), "to 6 events, not 5"),
    ("under another key",
     lambda: answers([*answered()[:3], receipt("x", 201, 5, answered()[3].decision)]),
     "line 5: the events know no"),
    ("beyond the log", lambda: answers([*answered(), receipt("x", 409, 6, None)]),
     "line 6: position 6"),
    ("before the log", lambda: answers([receipt("x", 409, -1, None)]), "line 2: position -1"),
    ("in another order", lambda: answers([*answered(), receipt("late", 409, 4, None)]),
     "line 6: position 4 stands behind a later one"),
    ("a blank line", lambda: answers(answered()).replace(b"\n", b"\n\n", 1), "line 2: no answer"),
    ("recorded without a decision",
     lambda: answers([*answered()[:3], receipt("x", 201, 5, None)]), "line 5: status 201"),
    ("half of one", lambda: answers(answered()).replace(b'"status":409', b'"status":0'),
     "line 4: half of an answer"),
    ("a status nobody gives", lambda: answers([receipt("x", 500, 5, None)]), "line 2: no answer"),
    ("a refusal of another status", lambda: answers(said("too much", REFUSED % (404, 5))),
     "line 4: the refusal says"),
    ("a refusal of another head", lambda: answers(said("too much", REFUSED % (409, 4))),
     "line 4: the refusal says"),
    ("a refusal without a status", lambda: answers(said("too much", b'{"position":5}')),
     "line 4: no answer"),
    ("cut off", lambda: answers(answered())[:-1], "line 5: the file is cut off"),
    ("no words in it", lambda: answers(said("too much", b"so")), "line 4: no answer"),
    ("a fingerprint in capitals", lambda: printed("AB" * 32), "line 3: no answer"),
    ("a fingerprint that is too short", lambda: printed("07" * 31), "line 3: no answer"),
    ("a fingerprint with blanks", lambda: printed("07 " * 21 + "7"), "line 3: no answer"),
    ("a fingerprint of letters", lambda: printed("xy" * 32), "line 3: no answer"),
    ("broken within", lambda: answers(said("too much", b'{"status":409,"position":5,"a":[1,]}')),
     "line 4: no answer"),
    ("without its events", lambda: answers(said("give", b'{"a":1}')), "line 5: the answer tells"),
]  # fmt: skip


def printed(fingerprint: str) -> bytes:
    """The answers, the first that has a fingerprint with another one."""
    return answers(answered()).replace(b"07" * 32, fingerprint.encode(), 1)


def _cover(receipts: int, events: int = 5) -> Cover:
    return Cover(events=events, sha256=told(text(whole())).sha256, receipts=receipts)


@pytest.mark.parametrize(
    ("content", "words"),
    [one[1:] for one in UNSOUND_ANSWERS],
    ids=[one[0] for one in UNSOUND_ANSWERS],
)
def test_answers_that_are_not_sound_are_named(content: Callable[[], bytes], words: str) -> None:
    with pytest.raises(Untrue, match=words):
        checked(content())


OTHERWISE: list[tuple[str, str, bytes, int]] = [
    ("another event", "make", recorded(whole()[2], {**whole()[1], "position": 4}), 3),
    ("a changed event", "give", recorded(*changed(4, by="eve@lab")(whole())[4:]), 5),
    ("an event too many", "give", recorded(whole()[4], whole()[3]), 5),
    ("an event too few", "make", recorded(*whole()[3:4]), 3),
    ("events in another order", "make", recorded(*reversed(whole()[2:4])), 3),
    ("another position", "give", recorded(whole()[4]).replace(b':5,"ev', b':4,"ev'), 5),
    ("another decision", "give",
     recorded(whole()[4]).replace(whole()[4]["decision"].encode(), GRANT.encode(), 1), 5),
    ("other events before them", "give", b'{"events":[],' + recorded(whole()[4])[1:], 5),
    ("blanks between", "give", recorded(whole()[4]).replace(b',"w', b', "w'), 5),
    ("a word of its own", "give", recorded(whole()[4])[:-1] + b',"by":"eve@lab"}', 5),
    ("no warnings", "give", recorded(whole()[4]).replace(b':[]}', b':7}'), 5),
    ("warnings of another form", "give", recorded(whole()[4]).replace(b':[]}', b':[{"a":1}]}'), 5),
    ("half of a warning", "give", recorded(whole()[4])[:-2], 5),
]  # fmt: skip


def test_no_byte_of_what_an_answer_tells_can_be_another() -> None:
    body = recorded(*whole()[2:4])
    assert checked(answers(said("make", body))) == answered()
    for place, byte in enumerate(body):
        other = b"~" if byte != ord("~") else b"-"
        content = answers(said("make", body[:place] + other + body[place + 1 :]))
        with pytest.raises(Untrue, match="line 3: the answer tells otherwise"):
            checked(content)


@pytest.mark.parametrize(
    ("key", "body", "line"), [one[1:] for one in OTHERWISE], ids=[one[0] for one in OTHERWISE]
)
def test_an_answer_tells_what_was_recorded_and_nothing_else(
    key: str, body: bytes, line: int
) -> None:
    with pytest.raises(Untrue, match=f"line {line}: the answer tells otherwise"):
        checked(answers(said(key, body)))


def test_whatever_the_rules_answer_is_taken() -> None:
    ledger = lab("vision", "speech", total=64)
    given: list[Answer] = []

    def ask(status: int, do: str, by: str = FOUNDER, **fields: Any) -> Any:
        given.append(ledger.ask(do, by=by, **fields))
        assert given[-1].status == status, given[-1].body
        return json.loads(given[-1].body)

    first = ledger.state.position
    ask(201, "delegate", to="sue", role="steward", unit="lab")
    legs = [{"do": "grant", "pool": "h100", "unit": unit, "quantity": 8}
            for unit in ("vision", "speech")]  # fmt: skip
    ask(201, "decision", legs=legs, reason="“Für den Anfang”")
    ask(409, "grant", pool="h100", unit="vision", quantity=64)
    ask(404, "grant", pool="a100", unit="vision", quantity=64)
    ask(403, "grant", by="nobody", pool="h100", unit="vision", quantity=1)
    waits = ask(202, "set_rules", notice_days=3, reason="As agreed")["proposal"]
    ask(201, "confirm", by="sue", proposal=waits)
    ask(201, "pledge", to_unit="vision", pools=["h100"], quantity=2, **{"from": day(1)},
        until=day(9))  # fmt: skip
    content = b"".join(encode(event) + b"\n" for event in ledger.events)
    found, decisions = proved(content)
    kept = [one.receipt for one in given if one.receipt is not None]
    before = [one for one in guards(decisions) if one.position <= first]
    assert len(kept) == len(given)
    cover = Cover(events=found.events, sha256=found.sha256, receipts=len(before) + len(kept))
    assert checked(answers([*before, *kept], cover), content) == [*before, *kept]
