"""What no door could have let in is not taken from a copy: neither a value nor a name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from api.cli.bundle import Untrue
from api.cli.proving import READ_BYTES
from ledger.codec import decode
from ledger.events import TOPICS
from ledger.soundness import look_at, look_through
from tests.cli.copying import (
    GRANT,
    KIM,
    Events,
    answered,
    answers,
    changed,
    checked,
    decision,
    text,
    told,
    unit,
    whole,
)
from tests.cli.saying import A_REQUEST, OTHER, corrected, pledge, request, said

RECORDED = Path(__file__).resolve().parents[1] / "recorded"
LATER = "2027-01-01T00:00:00.000000Z"


def granted(**fields: Any) -> Events:
    return changed(4, data={**whole()[4]["data"], **fields})(whole())


def also(topic: str, data: dict[str, Any], before: Events | None = None) -> Events:
    events = before or whole()
    return [*events, *decision(len(events) + 1, "more", (topic, data))]


VALUES: list[tuple[str, Events, str]] = [
    ("an end that is no time", granted(ends_at="x"), "line 5: ends_at: 'x' is no instant"),
    ("an end on 30 February", granted(ends_at="2026-02-30T00:00:00.000000Z"), "line 5: ends_at"),
    ("a time of another zone", granted(ends_at="2027-01-01T00:00:00.00000+0"), "line 5: ends_at"),
    ("a time without its zeros", granted(ends_at="2027-01-01T00:00:00Z"), "line 5: ends_at"),
    ("a time in lower case", granted(ends_at="2027-01-01t00:00:00.000000Z"), "line 5: ends_at"),
    ("an end before the start", granted(ends_at="2025-01-01T00:00:00.000000Z"),
     "line 5: a period from"),
    ("an end at the very start", granted(ends_at="2026-01-05T00:00:05.000000Z"),
     "line 5: a period from"),
    ("recorded in the 13th month", changed(4, recorded_at="2026-13-05T00:00:05.000000Z")(whole()),
     "line 5: recorded_at"),
    ("a grant of nothing", granted(quantity=0), "line 5: quantity: Expected `int` >= 1"),
    ("more than any reader keeps", granted(quantity=10**18), "line 5: quantity: Expected"),
    ("an event id that is no uuid", changed(4, id="x")(whole()), "line 5: id: Expected"),
    ("a uuid in capitals", granted(grant=GRANT.upper()), "line 5: grant: Expected"),
    ("two uuids in one", changed(4, id=f"{GRANT}\n{GRANT}")(whole()), "line 5: id: Expected"),
    ("a grant that is no uuid", granted(grant="g"), "line 5: grant: Expected"),
    ("a decision that is no uuid", changed(4, decision="x")(whole()), "line 5: decision"),
    ("a person with NUL", changed(4, by="a\0b")(whole()), "line 5: by: .*U\\+0000"),
    ("nobody", changed(4, by="")(whole()), "line 5: by: a person has a name"),
    ("a key with NUL", changed(4, key="a\0b")(whole()), "line 5: key: .*U\\+0000"),
    ("a key that is too long", changed(4, key="k" * 256)(whole()), "line 5: key: a key takes"),
    ("a reason with NUL", changed(4, reason="a\0")(whole()), "line 5: reason: .*U\\+0000"),
    ("a tool with NUL", changed(4, via={"tool": "a\0"})(whole()), "line 5: via: tool: .*U\\+0000"),
    ("a unit's name with NUL", also("unit-renamed.v1", {"unit": "a", "name": "a\0"}),
     "line 6: name: .*U\\+0000"),
    ("a unit's id of blanks", also(*unit("b c", "lab")), "line 6: unit: Expected"),
    ("a leg of less than nothing", said("released.v1", GRANT, quantity=-1),
     "line 6: legs: quantity: Expected"),
    ("a leg of nothing", said("released.v1", GRANT, quantity=0), "line 6: quantity: nothing"),
    ("a release of no grant", also("released.v1", {"pool": "p", "kind": "returned", "legs": []}),
     "line 6: it takes from no grant"),
    ("a move of more than its legs", said("reallocated.v1", GRANT, moved=9),
     "line 6: the legs add up to 8, and 9 are moved"),
    ("a capacity of both kinds",
     also("capacity-changed.v1", {"pool": "p", "kind": "counted", "total": 1, "quantity": 1}),
     "line 6: capacity of kind counted"),
    ("a pledge of nothing", also("pledged.v1", pledge(quantity=None)), "line 6: a pledge promises"),
    ("a share of more than all", also("pledged.v1", pledge(quantity=None, share_bp=10_001)),
     "line 6: share_bp: Expected"),
    ("a note about nothing", also("noted.v1", {"about": {}, "text": "so"}), "line 6: a note is"),
    ("a proposal of no command",
     also("proposed.v1", {"command": {"do": "x"}, "expires_at": LATER, "needs": ["second_person"],
                          "proposal": GRANT}), "line 6: command"),
]  # fmt: skip
NAMES: list[tuple[str, Events, str]] = [
    ("a leg of another unit", said("released.v1", GRANT, unit="lab"), "line 6: grant .* is of a"),
    ("a leg of no unit", said("released.v1", GRANT, unit="nowhere"), "line 6: grant .* is of a"),
    ("a leg of no grant", said("released.v1", OTHER), f"line 6: grant names {OTHER}"),
    ("a request of no unit", also("requested.v1", request(unit="nowhere")),
     "line 6: unit names nowhere, which was not made before it"),
    ("a request for no pool", also("requested.v1", request(pools=["p", "q"])), "pools names q"),
    ("a request twice", also("requested.v1", request(), [*whole(), *decision(6, "ask", (
        "requested.v1", request()))]), "line 7: request names .* already"),
    ("a grant for no request", changed(4, request=A_REQUEST)(whole()), "line 5: request names"),
    ("a rate of no pool", also("rate-set.v1", {"pool": "q", "h100_milli": 9}), "pool names q"),
    ("a split of no pool", also("split-decided.v1", {"pool": "q", "parent": "lab", "shares": []}),
     "pool names q"),
    ("a split of no unit",
     also("split-decided.v1", {"pool": "p", "parent": "lab", "shares": [{"unit": "b"}]}),
     "unit names b"),
    ("a delegation over no unit",
     also("authority-delegated.v1", {"delegation": GRANT, "to": KIM, "role": "lead", "unit": "b"}),
     "unit names b"),
    ("a pledge of no unit", also("pledged.v1", pledge(to_unit="b")), "to_unit names b"),
    ("rules of no pool", also("rules-set.v1", {"pool": "q", "notice_days": 1}), "pool names q"),
    ("a right that was not given", changed(4, authority=[GRANT])(whole()), "authority names"),
    ("a look at what comes later", changed(4, seen=5)(whole()), "line 5: it has seen position 5"),
    ("a note about what comes later", also("noted.v1", {"about": {"position": 6}, "text": "so"}),
     "line 6: a note about position 6"),
    ("a second root", also(*unit("b", None)), "line 6: a second root"),
    ("a unit twice", also(*unit("a", "lab")), "line 6: unit names a, .* already"),
    ("a grant twice", [*whole(), *decision(6, "more", ("granted.v1", whole()[4]["data"]))],
     "line 6: grant names .* already"),
    ("a root that moves", also("unit-moved.v1", {"unit": "lab", "parent": "a"}), "is the root"),
    ("a unit below itself", also("unit-moved.v1", {"unit": "a", "parent": "a"}), "below itself"),
    ("a grant that ends before it begins",
     also("extended.v1", {"grant": GRANT, "ends_at": "2025-01-01T00:00:00.000000Z",
                          "was_ends_at": None}), "line 6: a period from"),
]  # fmt: skip
CORRECTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("of what comes later", {"corrects": 6}, "no granted.v1 stands before it at position 6"),
    ("of another topic", {"corrects": 4}, "no granted.v1 stands before it at position 4"),
    ("of one that is none", {"supersedes": 3}, "it supersedes 3, not"),
    ("to nothing", {"quantity": 0}, "line 6: quantity: Expected"),
    ("to no time", {"ends_at": "x"}, "line 6: ends_at: 'x' is no instant"),
    ("from no time", {"at": "x"}, "line 6: effective_at: 'x' is no instant"),
    ("to a period of nothing", {"ends_at": "2025-01-01T00:00:00.000000Z"}, "line 6: a period"),
    ("to no unit", {"unit": "b"}, "line 6: unit names b"),
    ("to another grant", {"grant": OTHER}, f"line 6: grant names {OTHER}"),
    ("to what cannot be read", {"colour": "red"}, "line 6: .*colour"),
    (
        "of what was never said",
        {"said": {"quantity": 9}},
        "line 6: it does not tell what the event",
    ),
    ("to what was said", {"quantity": 8}, "line 6: it says what the event said already"),
]


@pytest.mark.parametrize(
    ("events", "words"),
    [one[1:] for one in (*VALUES, *NAMES)],
    ids=[one[0] for one in (*VALUES, *NAMES)],
)
def test_what_no_ledger_recorded_is_named_with_its_line(events: Events, words: str) -> None:
    with pytest.raises(Untrue, match=words):
        told(text(events))


@pytest.mark.parametrize(
    ("fields", "words"), [one[1:] for one in CORRECTIONS], ids=[one[0] for one in CORRECTIONS]
)
def test_a_correction_that_no_ledger_recorded_is_named(fields: dict[str, Any], words: str) -> None:
    assert told(text(also("corrected.v1", corrected()))).events == 6
    with pytest.raises(Untrue, match=words):
        told(text(also("corrected.v1", corrected(**fields))))


def undone(corrects: int, supersedes: int | None, was: Any, now: Any) -> tuple[str, Any]:
    """A correction from and to data of the grant, each perhaps None."""
    said = [
        None if one is None else {"effective_at": "2026-01-05T00:00:05.000000Z", "data": one}
        for one in (was, now)
    ]
    data = {"corrects": corrects, "topic": "granted.v1", "was": said[0], "replacement": said[1]}
    return "corrected.v1", data if supersedes is None else {**data, "supersedes": supersedes}


def test_what_a_correction_tells_of_is_what_was_said_last() -> None:
    granted_8 = whole()[4]["data"]
    granted_4 = {**granted_8, "quantity": 4}
    begin = [*whole(), *decision(6, "less", undone(5, None, granted_8, granted_4))]
    never = [*begin, *decision(7, "never", undone(5, 6, granted_4, None))]
    again = [*never, *decision(8, "again", undone(5, 7, None, granted_8))]
    assert told(text(again)).events == 8
    skips = [*begin, *decision(7, "never", undone(5, 6, granted_8, None))]
    with pytest.raises(Untrue, match="line 7: it does not tell what the event said until then"):
        told(text(skips))
    revives = [*never, *decision(8, "again", undone(5, 7, granted_4, granted_8))]
    with pytest.raises(Untrue, match="line 8: it does not tell what the event said until then"):
        told(text(revives))


def test_what_comes_back_after_it_never_happened_has_the_ids_of_the_event() -> None:
    granted_8 = whole()[4]["data"]
    other = ("pool-opened.v1", {"pool": "q", "title": "Q", "unit_label": "gpu", "granule": 1})
    never = [
        *whole(),
        *decision(6, "open", other),
        *decision(7, "never", undone(5, None, granted_8, None)),
    ]
    moved = [*never, *decision(8, "again", undone(5, 7, None, {**granted_8, "pool": "q"}))]
    with pytest.raises(Untrue, match="line 8: pool of an event is fixed"):
        told(text(moved))


@pytest.mark.parametrize("parent", [None, "lab"])
def test_a_correction_leaves_the_root_the_root(parent: str | None) -> None:
    made = whole()[0 if parent else 2]
    said = [
        {"effective_at": made["recorded_at"], "data": data}
        for data in (made["data"], {**made["data"], "parent": parent})
    ]
    data = {
        "corrects": made["position"], "topic": "unit-created.v1",
        "was": said[0], "replacement": said[1],
    }  # fmt: skip
    with pytest.raises(Untrue, match="line 6: the root alone has no parent"):
        told(text(also("corrected.v1", data)))


def test_what_is_corrected_is_found_many_lines_before() -> None:
    note = ("noted.v1", {"about": {"unit": "a"}, "text": "x" * 900})
    granted_8 = whole()[4]["data"]
    at = 405

    def all_of(was: Any) -> bytes:
        late = decision(8, "late", undone(at, None, was, {**granted_8, "quantity": 4}))
        parts = (
            whole()[:4],
            decision(5, "notes", *[note] * 400),
            decision(6, "give", ("granted.v1", granted_8)),
            decision(7, "more", *[note] * 200),
            late,
        )
        events = [one for part in parts for one in part]
        stands = [{**one, "position": number} for number, one in enumerate(events, start=1)]
        stands[at - 1]["effective_at"] = "2026-01-05T00:00:05.000000Z"
        return text(stands)

    assert len(all_of(granted_8)) > 8 * READ_BYTES
    assert told(all_of(granted_8)).events == at + 201
    with pytest.raises(Untrue, match=f"line {at + 201}: it does not tell"):
        told(all_of({**granted_8, "quantity": 9}))


LAWFUL: list[tuple[str, Callable[[], Events]]] = [
    ("an end of time", lambda: granted(ends_at="9999-12-31T23:59:59.999999Z")),
    ("a single instant", lambda: granted(ends_at="2026-01-05T00:00:05.000001Z")),
    ("a whole second", lambda: granted(ends_at=LATER)),
    ("the most there can be", lambda: granted(quantity=2**53 - 1)),
    ("a key of 255 bytes", lambda: changed(4, key="~" * 254 + " ")(whole())),
    ("a reason that draws nothing", lambda: changed(4, reason="\u3164")(whole())),
    ("a file without a name", lambda: changed(4, via={"tool": "t", "file": ""})(whole())),
    ("a leg that ends with nothing in hand", lambda: said("released.v1", GRANT, quantity=0,
                                                           ends=True)),
    ("a move", lambda: said("reallocated.v1", GRANT, moved=8)),
    ("a request", lambda: also("requested.v1", request())),
    ("a pledge", lambda: also("pledged.v1", pledge())),
    ("a proposal of a command that is refused today",
     lambda: also("proposed.v1", {"command": {"do": "rename_unit", "name": "\u3164", "unit": "a"},
                                  "expires_at": LATER, "needs": ["second_person"],
                                  "proposal": GRANT})),
]  # fmt: skip


@pytest.mark.parametrize("make", [one[1] for one in LAWFUL], ids=[one[0] for one in LAWFUL])
def test_what_a_ledger_may_have_recorded_is_taken(make: Callable[[], Events]) -> None:
    events = make()
    assert told(text(events)).events == len(events)


@pytest.mark.parametrize("topic", sorted(TOPICS))
def test_every_version_ever_stored_is_sound(topic: str) -> None:
    event = decode((RECORDED / f"{topic}.json").read_bytes())
    look_at(event)
    look_through((event,))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "a\0b"}, "line 4: no answer: .*U\\+0000"),
        ({"key": "k" * 256}, "line 4: no answer: a key takes 1 to 255"),
        ({"key": ""}, "line 4: no answer: a key takes 1 to 255"),
        ({"person": ""}, "line 4: no answer: a person has a name"),
        ({"person": "a\0b"}, "line 4: no answer: .*U\\+0000"),
    ],
)
def test_an_answer_to_nobody_or_to_no_key_is_not_taken(fields: dict[str, str], words: str) -> None:
    given = [replace(one, **fields) if one.key == "too much" else one for one in answered()]
    with pytest.raises(Untrue, match=words):
        checked(answers(given))
