"""An export is taken for the record only when every event and every answer in it is sound."""

import io
import uuid
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from api.cli.bundle import (
    Cover,
    Told,
    Untrue,
    check_receipts,
    cover_line,
    guards,
    line_of,
)
from api.cli.proving import check_events
from ledger.codec import canonical
from ledger.log import Receipt

KIM = "kim@lab"
Events = list[dict[str, Any]]


def decision(position: int, key: str, *facts: tuple[str, dict[str, Any]]) -> Events:
    """One decision's events as they are stored, parsed."""
    decided = str(uuid.uuid5(uuid.NAMESPACE_OID, key))
    at = f"2026-01-05T00:00:{position:02}.000000Z"
    return [
        {
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{key} {leg}")), "topic": topic,
            "position": position + leg, "recorded_at": at, "effective_at": at,
            "decision": decided, "leg": [leg, len(facts)], "by": KIM, "via": {"tool": "test"},
            "authority": [], "reason_code": "other", "key": key, "data": data,
        }
        for leg, (topic, data) in enumerate(facts)
    ]  # fmt: skip


def unit(name: str, parent: str | None) -> tuple[str, dict[str, Any]]:
    return "unit-created.v1", {"unit": name, "name": name, "kind": "team", "parent": parent}


POOL = ("pool-opened.v1", {"pool": "p", "title": "P", "unit_label": "gpu", "granule": 1})
GRANT = "0190b3a4-7a31-7000-8000-000000000001"
GRANTED = (
    "granted.v1",
    {"grant": GRANT, "pool": "p", "unit": "a", "quantity": 8, "ends_at": None,
     "class": "guaranteed"},
)  # fmt: skip
RULES = ("rules-set.v1", {"backdate_days": 7})


def whole() -> Events:
    """A founding, a decision of two legs, and a grant: positions 1 to 5."""
    return [
        *decision(1, "found", unit("lab", None), RULES),
        *decision(3, "make", unit("a", "lab"), POOL),
        *decision(5, "give", GRANTED),
    ]


def text(events: Events) -> bytes:
    return b"".join(canonical(event) + b"\n" for event in events)


def told(content: bytes) -> Told:
    checking = check_events(io.BytesIO(content), "record.jsonl")
    while True:
        try:
            next(checking)
        except StopIteration as end:
            return end.value


def test_a_whole_log_is_told_with_its_decisions() -> None:
    found = told(text(whole()))
    assert (found.events, found.sha256) == (5, sha256(text(whole())).hexdigest())
    assert [(one.key, one.end) for one in found.decisions] == [
        ("found", 2), ("make", 4), ("give", 5)
    ]  # fmt: skip


def changed(index: int, **fields: Any) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        return [{**e, **fields} if i == index else e for i, e in enumerate(events)]

    return change


def without(*indexes: int) -> Callable[[Events], Events]:
    return lambda events: [e for i, e in enumerate(events) if i not in indexes]


UNSOUND: list[tuple[str, Callable[[Events], Events], str]] = [
    ("an event removed", without(2), "line 3: position 4 stands where 3 belongs"),
    ("events in another order", lambda e: [*e[:2], *e[4:], *e[2:4]], "line 3: position 5"),
    ("the end cut off", without(3, 4), "after position 3, within a decision"),
    ("an unknown topic", changed(4, topic="given.v1"), "line 5: no event"),
    ("an unknown field", changed(4, colour="red"), "line 5: no event"),
    ("a field of another type", changed(4, by=7), "line 5: no event"),
    ("a decision of two times", changed(3, recorded_at="2026-01-05T00:00:04.000000Z"),
     "line 4: the decision before it is cut off"),
    ("a decision of two persons", changed(3, by="eve@lab"), "line 4: the decision before it"),
    ("a decision that lost its first leg", changed(4, leg=[1, 2]), "line 5: a decision begins"),
    ("time running backwards", changed(4, recorded_at="2026-01-05T00:00:03.000000Z"),
     "line 5: recorded before"),
    ("an id twice", lambda e: changed(4, id=e[0]["id"])(e), "line 5: the id"),
    ("a decision twice", lambda e: changed(4, decision=e[0]["decision"])(e),
     "line 5: the decision"),
    ("no founding", lambda e: [{**x, "position": i + 1} for i, x in enumerate(e[2:])],
     "line 1: it does not found"),
    ("a grant of a pool that never was",
     lambda e: changed(4, data={**e[4]["data"], "pool": "q"})(e), "line 5: it does not follow"),
    ("nothing at all", lambda _: [], "it holds no event"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"), [one[1:] for one in UNSOUND], ids=[one[0] for one in UNSOUND]
)
def test_a_log_that_is_not_sound_is_named_with_its_line(
    change: Callable[[Events], Events], words: str
) -> None:
    with pytest.raises(Untrue, match=words):
        told(text(change(whole())))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (text(whole())[:-1], "line 5: the file is cut off"),
        (text(whole()).replace(b'"authority"', b' "authority"', 1), "line 1: not the canonical"),
        (text(whole()).replace(b"\n", b"\n\n", 1), "line 2: no event"),
        (text(whole())[:-2] + b"\xff\n", "line 5: no event"),
    ],
)
def test_bytes_that_are_not_the_stored_ones_are_named(content: bytes, words: str) -> None:
    with pytest.raises(Untrue, match=words):
        told(content)


def receipt(key: str, status: int, position: int, decided: str | None) -> Receipt:
    return Receipt(
        person=KIM, key=key, fingerprint=bytes([7] * 32), status=status, body=b'{"a":1}',
        position=position, decision=decided,
    )  # fmt: skip


def answered() -> list[Receipt]:
    """The answers that belong to the whole log, a refusal among them."""
    ends = {one.key: one for one in told(text(whole())).decisions}
    founded, made, gave = ends["found"], ends["make"], ends["give"]
    return [
        Receipt(
            person=KIM,
            key="found",
            fingerprint=b"",
            status=0,
            body=b"",
            position=founded.end,
            decision=founded.decision,
        ),
        receipt("make", 201, made.end, made.decision),
        receipt("too much", 409, 5, None),
        receipt("give", 201, gave.end, gave.decision),
    ]


def answers(receipts: list[Receipt], cover: Cover | None = None) -> bytes:
    found = told(text(whole()))
    first = cover or Cover(events=found.events, sha256=found.sha256, receipts=len(receipts))
    return b"".join(line + b"\n" for line in [cover_line(first), *map(line_of, receipts)])


def checked(content: bytes) -> list[Receipt]:
    return list(check_receipts(io.BytesIO(content), "answers", told(text(whole()))))


def test_answers_come_back_as_they_were() -> None:
    assert checked(answers(answered())) == answered()


def test_lost_answers_leave_their_keys_used() -> None:
    lost = list(guards(told(text(whole()))))
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
    ("under another key", lambda: answers([receipt("x", 201, 5, answered()[3].decision)]),
     "line 2: the events know no"),
    ("beyond the log", lambda: answers([receipt("x", 409, 6, None)]), "line 2: position 6"),
    ("recorded without a decision", lambda: answers([receipt("x", 201, 5, None)]), "status 201"),
    ("half of one", lambda: answers(answered()).replace(b'"status":409', b'"status":0'),
     "line 4: half of an answer"),
    ("a status nobody gives", lambda: answers([receipt("x", 500, 5, None)]), "line 2: no answer"),
    ("cut off", lambda: answers(answered())[:-1], "line 5: the file is cut off"),
    ("no words in it", lambda: answers(answered()).replace(rb'{\"a\":1}', b"so", 1),
     "line 3: no answer"),
    ("a fingerprint in capitals", lambda: printed("AB" * 32), "line 3: no answer"),
    ("a fingerprint that is too short", lambda: printed("07" * 31), "line 3: no answer"),
    ("a fingerprint with blanks", lambda: printed("07 " * 21 + "7"), "line 3: no answer"),
    ("a fingerprint of letters", lambda: printed("xy" * 32), "line 3: no answer"),
    ("broken within", lambda: answers(answered()).replace(rb'{\"a\":1}', rb'{\"a\":[1,]}', 1),
     "line 3: no answer"),
]  # fmt: skip


def printed(fingerprint: str) -> bytes:
    """The answers, the first that has a fingerprint with another one."""
    return answers(answered()).replace(b"07" * 32, fingerprint.encode(), 1)


def _cover(receipts: int) -> Cover:
    found = told(text(whole()))
    return Cover(events=found.events, sha256=found.sha256, receipts=receipts)


@pytest.mark.parametrize(
    ("content", "words"),
    [one[1:] for one in UNSOUND_ANSWERS],
    ids=[one[0] for one in UNSOUND_ANSWERS],
)
def test_answers_that_are_not_sound_are_named(content: Callable[[], bytes], words: str) -> None:
    with pytest.raises(Untrue, match=words):
        checked(content())
