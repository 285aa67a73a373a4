"""An export is taken for the record only when every event in it is sound."""

from collections.abc import Callable
from hashlib import sha256

import pytest

from api.cli.bundle import Untrue
from tests.cli.copying import Events, changed, proved, text, told, whole


def test_a_whole_log_is_told_with_its_decisions() -> None:
    found, decisions = proved(text(whole()))
    assert (found.events, found.sha256) == (5, sha256(text(whole())).hexdigest())
    assert [(one.key, one.end) for one in decisions] == [
        ("found", 2), ("make", 4), ("give", 5)
    ]  # fmt: skip


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
    ("a grant to a unit that never was",
     lambda e: changed(4, data={**e[4]["data"], "unit": "q"})(e), "line 5: it does not follow"),
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
