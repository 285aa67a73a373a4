"""A copy of a small record, made by hand: its events, and the answers that belong to it."""

import io
import uuid
from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from api.cli.bundle import Answers, Cover, Decided, Told, cover_line, line_of
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


def proved(content: bytes) -> tuple[Told, list[Decided]]:
    """What events tell, and their decisions."""
    checking = check_events(io.BytesIO(content), "record.jsonl")
    found: list[Decided] = []
    while True:
        try:
            found += next(checking).decisions
        except StopIteration as end:
            return end.value, found


def told(content: bytes) -> Told:
    return proved(content)[0]


def changed(index: int, **fields: Any) -> Callable[[Events], Events]:
    def change(events: Events) -> Events:
        return [{**e, **fields} if i == index else e for i, e in enumerate(events)]

    return change


REFUSED = b'{"status":%d,"code":"NotEnoughFree","position":%d}'


def recorded(*events: dict[str, Any]) -> bytes:
    """The answer to a decision of these events."""
    position = max(one["position"] for one in events)
    return b'{"decision":"%b","position":%d,"events":[%b],"warnings":[]}' % (
        events[0]["decision"].encode(), position, b",".join(map(canonical, events))
    )  # fmt: skip


def receipt(
    key: str, status: int, position: int, decided: str | None, body: bytes = b""
) -> Receipt:
    """An answer, which tells what belongs to it unless told otherwise."""
    refusal = REFUSED % (status, position)
    events = [one for one in whole() if decided is not None and one["decision"] == decided]
    return Receipt(
        person=KIM, key=key, fingerprint=bytes([7] * 32), status=status,
        body=body or (recorded(*(events or whole()[4:])) if status == 201 else refusal),
        position=position, decision=decided,
    )  # fmt: skip


def answered() -> list[Receipt]:
    """The answers that belong to the whole log, a refusal among them."""
    ends = {one.key: one for one in proved(text(whole()))[1]}
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


def checked(content: bytes, events: bytes | None = None) -> list[Receipt]:
    """The answers of a file, held against some events, which come one decision at a time."""
    found, decisions = proved(events or text(whole()))
    held = Answers(io.BytesIO(content), "answers")
    given = [receipt for one in decisions for receipt in held.given([one])]
    held.end(found)
    return given


def said(key: str, body: bytes) -> list[Receipt]:
    """The answers, the one to a key with another body."""
    return [replace(one, body=body) if one.key == key else one for one in answered()]
