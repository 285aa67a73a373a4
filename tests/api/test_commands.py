"""Commands over HTTP: recorded once, refused with numbers, replayed, judged dry."""

import json

import msgspec
import pytest
from fastapi.testclient import TestClient

from api.reference.schemas import Receipt
from tests.api.asking import PERSON, command, events, furnish, grant, problem, recorded


def test_a_grant_is_recorded_and_answered_with_its_position_and_events(doors: TestClient) -> None:
    before = furnish(doors)
    answer = command(doors, "/v1/grants", grant(16), key="g-1")
    assert answer.status_code == 201
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Allot-Position"] == str(before + 1)
    assert "Idempotency-Replayed" not in answer.headers
    said = answer.json()
    assert said["position"] == before + 1
    (event,) = said["events"]
    assert (event["topic"], event["by"], event["key"]) == ("granted.v1", PERSON, "g-1")
    assert event["via"] == {"tool": "http"}
    feed = doors.get("/v1/events", params={"after": before}).json()
    assert feed["events"] == [event]


def test_the_tool_and_the_file_stand_in_the_event(doors: TestClient) -> None:
    furnish(doors)
    said = 'allot import operations; file="x.jsonl"; sha256="ab"'
    answer = command(doors, "/v1/grants", grant(), headers={"Allot-Via": said})
    assert answer.json()["events"][0]["via"] == {
        "tool": "allot import operations", "file": "x.jsonl", "sha256": "ab",
    }  # fmt: skip


def test_a_repeated_key_gives_the_same_answer_and_records_nothing(doors: TestClient) -> None:
    furnish(doors)
    first = command(doors, "/v1/grants", grant(), key="again")
    head = events(doors).head
    for key in ("again", '"again"'):
        second = command(doors, "/v1/grants", grant(), key=key)
        assert second.status_code == 201
        assert second.content == first.content
        assert second.headers["Idempotency-Replayed"] == "true"
        assert second.headers["Allot-Position"] == first.headers["Allot-Position"]
    assert events(doors).head == head


def test_the_same_command_written_otherwise_is_the_same_command(doors: TestClient) -> None:
    furnish(doors)
    first = command(doors, "/v1/grants", grant(), key="k")
    spaced = json.dumps({"do": "grant", **dict(reversed(grant().items()))}, indent=3).encode()
    assert command(doors, "/v1/grants", spaced, key="k").content == first.content


def test_a_refusal_is_replayed_too_even_when_there_is_room_by_then(doors: TestClient) -> None:
    furnish(doors)
    first = command(doors, "/v1/grants", grant(128), key="too-much")
    said = problem(first)
    assert (said.status, said.code) == (409, "NotEnoughFree")
    assert said.arithmetic is not None
    assert (said.arithmetic["asked"], said.arithmetic["available"]) == (128, 64)
    more = {"pool": "phoenix/h100", "kind": "counted", "total": 256}
    recorded(command(doors, "/v1/capacity", more))
    second = command(doors, "/v1/grants", grant(128), key="too-much")
    assert (second.status_code, second.content) == (409, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Content-Type"] == "application/problem+json"


def test_a_key_used_for_another_command_is_refused(doors: TestClient) -> None:
    furnish(doors)
    recorded(command(doors, "/v1/grants", grant(8), key="k"))
    assert problem(command(doors, "/v1/grants", grant(16), key="k")).code == "KeyReused"
    other = {"pool": "phoenix/h100", "unit": "vision", "quantity": 8}
    said = problem(command(doors, "/v1/releases", other, key="k"))
    assert (said.status, said.code) == (422, "KeyReused")


def test_keys_belong_to_the_person(doors: TestClient) -> None:
    furnish(doors)
    first = command(doors, "/v1/grants", grant(8), key="k")
    as_operator = {"Allot-As": "operator@lab"}
    second = command(doors, "/v1/grants", grant(16), key="k", headers=as_operator)
    assert recorded(second) == recorded(first) + 1
    assert doors.get("/v1/receipts", params={"key": "k"}).json()["answer"] == first.json()
    theirs = doors.get("/v1/receipts", params={"key": "k"}, headers=as_operator)
    assert theirs.json()["answer"] == second.json()
    nobody = doors.get("/v1/receipts", params={"key": "k"}, headers={"Allot-As": "x"})
    assert (problem(nobody).status, problem(nobody).code) == (404, "UnknownKey")


def test_a_key_that_is_used_up_without_an_answer_has_none_in_its_receipt(
    doors: TestClient,
) -> None:
    answer = doors.get("/v1/receipts", params={"key": "founding"})
    assert answer.status_code == 200
    receipt = msgspec.json.decode(answer.content, type=Receipt)
    assert (receipt.key, receipt.status, bytes(receipt.answer)) == ("founding", 0, b"null")


def test_a_dry_run_judges_the_same_and_records_nothing(doors: TestClient) -> None:
    head = furnish(doors)
    answer = command(doors, "/v1/grants", grant(16), dry_run=True)
    assert answer.status_code == 200
    said = answer.json()
    assert (said["dry_run"], said["position"]) == (True, None)
    assert [event["position"] for event in said["events"]] == [None]
    assert problem(command(doors, "/v1/grants", grant(128), dry_run=True)).code == "NotEnoughFree"
    assert events(doors).head == head
    assert recorded(command(doors, "/v1/grants", grant(64))) == head + 1


def test_a_decision_of_many_legs_is_recorded_whole_or_not_at_all(doors: TestClient) -> None:
    head = furnish(doors)
    good = {"do": "grant", **grant(8)}
    legs = [good, {"do": "grant", **grant(64)}]
    said = problem(command(doors, "/v1/decisions", {"legs": legs}))
    assert (said.code, said.leg) == ("NotEnoughFree", 1)
    assert events(doors).head == head
    answer = command(doors, "/v1/decisions", {"legs": [good, good, good]})
    assert recorded(answer) == head + 3
    assert len({event["decision"] for event in answer.json()["events"]}) == 1


@pytest.mark.parametrize(
    ("path", "fields", "status", "code"),
    [
        ("/v1/grants", grant(pool="nowhere"), 404, "UnknownPool"),
        ("/v1/grants", grant(unit="nobody"), 404, "UnknownUnit"),
        ("/v1/extensions", {"grant": "0" * 8 + "-0000-0000-0000-" + "0" * 12, "ends_at": None},
         404, "UnknownGrant"),
        ("/v1/delegations/revoke", {"delegation": "0" * 8 + "-0000-0000-0000-" + "0" * 12},
         404, "UnknownDelegation"),
        ("/v1/notes", {"about": {"position": 10**9}, "text": "?"}, 404, "UnknownPosition"),
        ("/v1/grants", grant(12), 409, "OffGranule"),
        ("/v1/grants", grant(72), 409, "NotEnoughFree"),
        ("/v1/releases", grant(8), 409, "MoreThanHeld"),
        ("/v1/pools", {"pool": "phoenix/h100"}, 409, "AlreadyExists"),
        ("/v1/pools", {"pool": "Phoenix/H100"}, 409, "AlreadyExists"),
        ("/v1/units", {"unit": "vision"}, 409, "AlreadyExists"),
        ("/v1/units/move", {"unit": "vision", "parent": "vision"}, 409, "Cycle"),
        ("/v1/capacity", {"pool": "phoenix/h100", "kind": "retired", "quantity": 65,
                          "reason": "sold"}, 409, "Impossible"),
        ("/v1/grants", {**grant(8), "seen": 1, "if_unchanged": True}, 409, "Stale"),
    ],
)  # fmt: skip
def test_each_no_of_the_rules_has_its_status(
    doors: TestClient, path: str, fields: dict[str, object], status: int, code: str
) -> None:
    head = furnish(doors)
    said = problem(command(doors, path, fields))
    assert (said.status, said.code) == (status, code)
    assert events(doors).head == head


def test_who_has_no_authority_is_told(doors: TestClient) -> None:
    head = furnish(doors)
    answer = command(doors, "/v1/grants", grant(), headers={"Allot-As": "stranger"})
    assert (problem(answer).status, problem(answer).code) == (403, "NotYoursToDecide")
    assert events(doors).head == head


LONG = json.dumps(grant(reason="x" * 70_000)).encode()


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{", {}, 400, "Malformed"),
        (b'{"pool":"a","pool":"b"}', {}, 400, "Malformed"),
        (json.dumps(grant(8.0)).encode(), {}, 422, "InvalidField"),
        (json.dumps(grant(2**53)).encode(), {}, 422, "InvalidField"),
        (json.dumps(grant(0)).encode(), {}, 422, "InvalidField"),
        (json.dumps(grant(loan=True)).encode(), {}, 422, "InvalidField"),
        (json.dumps(grant(ends_at="2027-01-01")).encode(), {}, 422, "InvalidField"),
        (json.dumps(grant(unit="a b/../c%")).encode(), {}, 422, "InvalidField"),
        (b"", {}, 400, "Malformed"),
        (json.dumps(grant()).encode(), {"Content-Type": "text/plain"}, 415, "WrongMediaType"),
        (json.dumps(grant()).encode(), {"Idempotency-Key": ""}, 400, "Malformed"),
        (json.dumps(grant()).encode(), {"Idempotency-Key": '"a'}, 400, "Malformed"),
        (json.dumps(grant()).encode(), {"Idempotency-Key": "k" * 256}, 400, "Malformed"),
        (json.dumps(grant()).encode(), {"Allot-Via": ";"}, 400, "Malformed"),
        (LONG, {}, 413, "TooLarge"),
        (LONG, {"Content-Length": "10"}, 413, "TooLarge"),
    ],
)  # fmt: skip
def test_what_is_no_command_changes_nothing(
    doors: TestClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    head = furnish(doors)
    answer = command(doors, "/v1/grants", body, headers=headers)
    assert (problem(answer).status, problem(answer).code) == (status, code)
    assert events(doors).head == head
    assert recorded(command(doors, "/v1/grants", grant(), key="k")) == head + 1


def test_a_key_is_needed(doors: TestClient) -> None:
    sent = {"Content-Type": "application/json"}
    answer = doors.post("/v1/grants", content=json.dumps(grant()), headers=sent)
    assert (problem(answer).status, problem(answer).code) == (400, "KeyMissing")


def test_a_refused_shape_does_not_use_up_its_key(doors: TestClient) -> None:
    furnish(doors)
    assert problem(command(doors, "/v1/grants", grant(0), key="k")).status == 422
    recorded(command(doors, "/v1/grants", grant(8), key="k"))


def test_what_is_not_there_is_told_as_a_problem(doors: TestClient) -> None:
    assert problem(doors.get("/v1/nowhere")).code == "NoSuchPlace"
    wrong = doors.delete("/v1/grants")
    assert (problem(wrong).status, problem(wrong).code) == (405, "MethodNotAllowed")
    assert "POST" in wrong.headers["Allow"]
