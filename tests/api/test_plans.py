"""Plans over HTTP: of the newest position, with what is forecast, and ready to be decided."""

from typing import Any

import msgspec
import pytest
from fastapi.testclient import TestClient

from tests.api.asking import command, furnish, problem, recorded
from tests.api.looking import read
from tests.support.in_memory import day

POOL = "phoenix/h100"
LATER = "2099-01-01T00:00:00Z"
PLAN = {"pool": POOL, "quantity": 16, "by": LATER, "unit": "reasoning"}


def plan(doors: TestClient, **fields: Any) -> dict[str, Any]:
    """A plan that is answered."""
    answer = doors.post("/v1/plans", json={**PLAN, **fields})
    assert answer.status_code == 200, answer.text
    assert answer.headers["Allot-Position"] == str(answer.json()["position"])
    return answer.json()


def full(doors: TestClient) -> str:
    """Everything is held by vision; returns its grant."""
    furnish(doors)
    given = command(doors, "/v1/grants", {"pool": POOL, "unit": "vision", "quantity": 64})
    recorded(given)
    return given.json()["events"][0]["data"]["grant"]


def test_a_plan_ends_in_a_decision_that_passes(reads: TestClient) -> None:
    furnish(reads)
    found = plan(reads)
    assert (found["found"], found["missing"]) == (16, 0)
    assert [one["harm"] for one in found["moves"]] == ["free"]
    assert found["verdict"]["status"] == 201
    given = command(reads, "/v1/decisions", found["decision"])
    recorded(given)
    (event,) = given.json()["events"]
    assert (event["topic"], event["data"]["quantity"]) == ("granted.v1", 16)
    assert event["effective_at"].startswith("2099-01-01")


def test_a_forecast_that_was_recorded_a_moment_ago_counts(reads: TestClient) -> None:
    grant = full(reads)
    for number in (8, 16):
        steps = [{"quantity": number, "expected_at": "2098-01-01T00:00:00Z"}]
        recorded(command(reads, "/v1/forecasts", {"grant": grant, "steps": steps}))
        found = plan(reads)
        assert [(one["harm"], one["quantity"]) for one in found["moves"]] == [
            ("winding_down", number)
        ]
    assert found["moves"][0]["grant"] == grant
    assert found["tell"] == [
        {"unit": "vision", "quantity": 16, "person": "founder@lab", "role": "decider"}
    ]
    recorded(command(reads, "/v1/decisions", found["decision"]))


def test_nothing_is_recorded_and_no_key_is_used(reads: TestClient) -> None:
    full(reads)
    before = read(reads, "/v1/position")["head"]
    assert plan(reads)["moves"] == []
    assert plan(reads)["decision"] is None
    assert read(reads, "/v1/position")["head"] == before


def test_who_may_not_decide_sees_the_plan_and_is_told(reads: TestClient) -> None:
    furnish(reads)
    answer = reads.post("/v1/plans", json=PLAN, headers={"Allot-As": "nobody@lab"})
    verdict = answer.json()["verdict"]
    assert (verdict["status"], verdict["code"]) == (403, "NotYoursToDecide")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"pool": "nowhere"}, 404, "UnknownPool"),
        ({"unit": "nowhere"}, 404, "UnknownUnit"),
        ({"quantity": 12}, 409, "OffGranule"),
        ({"quantity": 0}, 422, "InvalidField"),
        ({"by": "soon"}, 422, "InvalidField"),
        ({"ends_at": "2098-01-01T00:00:00Z"}, 422, "InvalidField"),
        ({"valid_at": day(1)}, 422, "InvalidField"),
        ({"reason_code": "because"}, 422, "InvalidField"),
    ],
)
def test_what_cannot_be_planned_is_said(
    reads: TestClient, fields: dict[str, object], status: int, code: str
) -> None:
    furnish(reads)
    answer = reads.post("/v1/plans", json={**PLAN, **fields})
    said = problem(answer)
    assert (said.status, said.code) == (status, code)


def test_words_of_a_field_are_those_of_a_plan(reads: TestClient) -> None:
    furnish(reads)
    said = problem(reads.post("/v1/plans", json={**PLAN, "to": "vision"}))
    assert "it takes pool, quantity, by, unit, ends_at" in said.detail


@pytest.mark.parametrize("clock", ["valid_at", "known_at"])
def test_a_plan_is_of_the_head_alone(reads: TestClient, clock: str) -> None:
    furnish(reads)
    answer = reads.post(f"/v1/plans?{clock}=1", json=PLAN)
    assert problem(answer).status == 422


def test_a_body_is_read_as_strictly_as_a_command(reads: TestClient) -> None:
    furnish(reads)
    twice = msgspec.json.encode(PLAN)[:-1] + b',"unit":"vision"}'
    json = {"Content-Type": "application/json"}
    assert problem(reads.post("/v1/plans", content=twice, headers=json)).status == 400
    assert problem(reads.post("/v1/plans", content=b"{}")).status == 415
    large = b'{"reason":"' + b"x" * 70_000 + b'"}'
    assert problem(reads.post("/v1/plans", content=large, headers=json)).status == 413
