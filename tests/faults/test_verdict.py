"""The verdict after the killing finds each thing that can go wrong."""

from msgspec.structs import replace

from ledger.codec import encode
from ledger.events import Noted
from ledger.facts import About, NoteText, Via
from ledger.log import StoredEvent
from ledger.periods import Instant
from tests.faults.verdict import judge
from tests.support.people import Asked, Told

NOW = Instant("2030-01-01T00:00:00.000000Z")
TOLD = Told(
    asked=Asked(by="ada", key="k1", do="note", body=b"{}"),
    status=201, body=b"yes", position=1, replayed=False, sent=0, received=1,
)  # fmt: skip
AGAIN = replace(TOLD, replayed=True)


def noted(position: int, key: str, decision: str, name: str) -> StoredEvent:
    """A stored note."""
    event = Noted(
        id=name, position=position, recorded_at=NOW, effective_at=NOW, decision=decision,
        leg=(0, 1), by="ada", via=Via(tool="http"), authority=(), reason_code="other", key=key,
        data=NoteText(about=About(position=1), text="so it was"),
    )  # fmt: skip
    return StoredEvent(position=position, topic="noted.v1", stored=encode(event))


LOG = [noted(1, "k1", "d1", "e1")]


def test_what_is_there_once_and_told_the_same_is_clean() -> None:
    assert judge(LOG, [TOLD], [AGAIN]).is_clean


def test_an_acknowledged_answer_without_its_event_is_lost() -> None:
    verdict = judge([], [TOLD], [AGAIN])
    assert verdict.lost == ["k1"]
    assert not verdict.is_clean


def test_two_decisions_under_one_key_are_stored_twice() -> None:
    assert judge([*LOG, noted(2, "k1", "d2", "e2")], [TOLD], [AGAIN]).twice == ["k1"]


def test_one_event_at_two_positions_is_stored_twice() -> None:
    assert judge([*LOG, noted(2, "k1", "d1", "e1")], [TOLD], [AGAIN]).twice == ["e1"]


def test_another_answer_to_the_same_key_differs() -> None:
    assert judge(LOG, [TOLD], [replace(AGAIN, body=b"no")]).differ == ["k1"]


def test_a_key_that_is_judged_anew_differs() -> None:
    assert judge(LOG, [TOLD], [TOLD]).differ == ["k1"]
