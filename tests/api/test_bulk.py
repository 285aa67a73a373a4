"""Many commands in one request: in order, each its own decision, answered line by line."""

import json

import httpx2
import pytest
from fastapi.testclient import TestClient

from tests.api.asking import events, furnish, grant, problem

LINES = {"Content-Type": "application/x-ndjson"}


def bulk(doors: TestClient, *lines: object, query: str = "") -> list[dict[str, object]]:
    text = b"".join(
        (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines
    )
    answer = doors.post("/v1/commands" + query, content=text, headers=LINES)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def line(key: object, quantity: int = 8, **fields: object) -> dict[str, object]:
    return {"key": key, "do": "grant", **grant(quantity, **fields)}


def test_lines_are_judged_in_order_and_a_failed_one_stops_nothing(doors: TestClient) -> None:
    head = furnish(doors)
    answers = bulk(
        doors, line("a", 56), line("b", 16), b"nonsense", line("c", 0), line("d", 8), b"",
        {"key": "e", "do": "decision", "legs": [{"do": "note", "about": {"unit": "lab"},
                                                 "text": "full"}]},
        {"do": "note", "about": {"unit": "lab"}, "text": "no key"},
        line("f", unit="nobody"), line("a", 56), line("a", 8),
    )  # fmt: skip
    said = [
        (one["key"], one["status"], one.get("position"), one.get("replayed", False))
        for one in answers
    ]
    assert said == [
        ("a", 201, head + 1, False), ("b", 409, head + 1, False), (None, 400, None, False),
        ("c", 422, None, False), ("d", 201, head + 2, False), ("e", 201, head + 3, False),
        (None, 422, None, False), ("f", 404, head + 3, False), ("a", 201, head + 1, True),
        ("a", 422, head + 3, False),
    ]  # fmt: skip
    codes = [one["problem"]["code"] for one in answers if "problem" in one]  # type: ignore[index]
    assert codes == [
        "NotEnoughFree", "Malformed", "InvalidField", "InvalidField", "UnknownUnit", "KeyReused",
    ]  # fmt: skip
    assert events(doors).head == head + 3


def test_the_receipt_of_a_key_is_found_however_its_accents_are_spelt(doors: TestClient) -> None:
    furnish(doors)
    [said] = bulk(doors, line("cafe\u0301"))
    for key in ("cafe\u0301", "caf\u00e9"):
        assert doors.get("/v1/receipts", params={"key": key}).json()["position"] == said["position"]


def test_a_blank_line_gets_no_answer(doors: TestClient) -> None:
    furnish(doors)
    answers = bulk(doors, b"", line("a"), b"", b" \t\r", line("b"))
    assert [one["key"] for one in answers] == ["a", "b"]


def test_a_line_and_a_request_share_their_keys(doors: TestClient) -> None:
    furnish(doors)
    (first,) = bulk(doors, line("shared"))
    sent = {"Content-Type": "application/json", "Idempotency-Key": "shared"}
    again = doors.post("/v1/grants", content=json.dumps(grant()), headers=sent)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Allot-Position"] == str(first["position"])


def test_a_line_may_have_any_text_as_its_key(doors: TestClient) -> None:
    furnish(doors)
    (answer,) = bulk(doors, line("Zeile 1: größer"))
    assert (answer["key"], answer["status"]) == ("Zeile 1: größer", 201)


def test_more_lines_than_are_judged_at_once_keep_their_order(doors: TestClient) -> None:
    head = furnish(doors)
    notes = [
        {"key": f"n{i}", "do": "note", "about": {"unit": "lab"}, "text": f"{i}"}
        for i in range(2500)
    ]
    answers = bulk(doors, *notes)
    assert [one["position"] for one in answers] == list(range(head + 1, head + 2501))
    assert [one["replayed"] for one in bulk(doors, *notes)] == [True] * 2500
    assert events(doors).head == head + 2500


def test_lines_can_be_judged_dry(doors: TestClient) -> None:
    head = furnish(doors)
    answers = bulk(doors, line("a"), line("b", 128), query="?dry_run=true")
    assert [one["status"] for one in answers] == [200, 409]
    assert events(doors).head == head


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"{}", {"Content-Type": "application/json"}, 415),
        (b" " * (16 * 1024 * 1024 + 1), LINES, 413),
        (b"{}", {**LINES, "Allot-Via": ";"}, 400),
    ],
)
def test_lines_that_cannot_be_taken_at_all(
    doors: TestClient, content: bytes, headers: dict[str, str], status: int
) -> None:
    answer: httpx2.Response = doors.post("/v1/commands", content=content, headers=headers)
    assert problem(answer).status == status


def test_no_lines_are_no_answers(doors: TestClient) -> None:
    assert bulk(doors) == []
