"""Facts of a copy that came through no door: over when they begin, or not written as doors do."""

from typing import Any

import pytest

from api.cli.bundle import Untrue
from tests.cli.copying import GRANT, KIM, Events, decision, text, told, whole
from tests.cli.saying import OTHER, corrected, pledge, request, said

BEGINS = "2026-01-05T00:00:06.000000Z"
"""When what is recorded as the sixth takes effect."""
JUST_LATER = "2026-01-05T00:00:06.000001Z"
SPLIT = {"pool": "p", "parent": "lab", "shares": [{"unit": "a", "amount": 8}]}
DELEGATED = {"delegation": OTHER, "to": KIM, "role": "lead", "unit": "a"}


def also(topic: str, data: dict[str, Any]) -> Events:
    """The whole log, and one fact more."""
    events = [*whole(), *decision(6, "more", (topic, data))]
    assert events[-1]["effective_at"] == BEGINS
    return events


def moved(**fields: Any) -> dict[str, Any]:
    """The data of a move of all of the grant."""
    return {**said("reallocated.v1", GRANT)[-1]["data"], **fields}


@pytest.mark.parametrize(
    ("topic", "name", "data"),
    [
        ("split-decided.v1", "until", SPLIT),
        ("authority-delegated.v1", "until", DELEGATED),
        ("reallocated.v1", "ends_at", moved()),
        ("requested.v1", "ends_at", request()),
        ("pledged.v1", "until", pledge()),
    ],
    ids=["split", "delegation", "move", "request", "pledge"],
)
def test_what_is_over_when_it_begins_was_never_recorded(
    topic: str, name: str, data: dict[str, Any]
) -> None:
    for end in (BEGINS, "2025-01-01T00:00:00.000000Z"):
        with pytest.raises(Untrue, match="line 6: "):
            told(text(also(topic, {**data, name: end})))
    assert told(text(also(topic, {**data, name: JUST_LATER}))).events == 6


@pytest.mark.parametrize(("moves", "words"), [(7, "8, and 7"), (9, "8, and 9")])
def test_a_move_is_all_of_its_legs_and_no_more(moves: int, words: str) -> None:
    with pytest.raises(Untrue, match=f"line 6: the legs add up to {words} are moved"):
        told(text(also("reallocated.v1", moved(quantity=moves))))


def test_a_loan_has_one_lender() -> None:
    legs = [{"grant": GRANT, "unit": "a", "quantity": 4}] * 2
    lent = moved(legs=legs, loan=True, ends_at=JUST_LATER, **{"class": "borrowed"})
    with pytest.raises(Untrue, match="line 6: a loan has one lender grant"):
        told(text(also("reallocated.v1", lent)))


@pytest.mark.parametrize(
    ("topic", "data", "stands", "words"),
    [
        ("proposed.v1", {"command": {"do": "rename_unit", "name": "b", "unit": "a"},
                         "expires_at": "2027-01-01T00:00:00.000000Z",
                         "needs": ["second_person"], "proposal": OTHER},
         b'"command":{"do":', "command: not canonical"),
        ("corrected.v1", corrected(), b'"replacement":{"data":{"class":', "data: not canonical"),
        ("corrected.v1", corrected(), b'"was":{"data":{"class":', "data: not canonical"),
    ],
    ids=["command", "replacement", "was"],
)  # fmt: skip
def test_what_is_said_inside_a_fact_is_written_as_a_ledger_writes_it(
    topic: str, data: dict[str, Any], stands: bytes, words: str
) -> None:
    whole = text(also(topic, data))
    assert told(whole).events == 6
    assert whole.count(stands) == 1
    with pytest.raises(Untrue, match=f"line 6: {words}"):
        told(whole.replace(stands, stands + b" "))
