"""What the doors tell of themselves."""

from fastapi.testclient import TestClient

from api.reference.schemas import Json
from tests.api.asking import command, furnish, grant, problem, recorded
from tests.support.committing import until


def checks(answer: Json) -> dict[str, bool]:
    listed = answer["checks"]
    assert isinstance(listed, list)
    return {one["name"]: one["ok"] for one in listed}


def test_a_founded_ledger_is_alive_and_ready_but_for_its_followers(doors: TestClient) -> None:
    assert doors.get("/livez").text == "alive\n"
    # The committer reads the log on a thread of its own before it takes commands.
    until(lambda: checks(doors.get("/readyz").json())["committer"])
    said = checks(doors.get("/readyz").json())
    for name in ("database", "founded", "clock", "committer", "feed"):
        assert said[name], name


def test_an_unfounded_ledger_is_red_and_takes_no_commands(unfounded: TestClient) -> None:
    answer = unfounded.get("/readyz")
    assert answer.status_code == 503
    assert not checks(answer.json())["founded"]
    refused = command(unfounded, "/v1/grants", grant(), headers={"Allot-As": "somebody"})
    assert (problem(refused).status, problem(refused).code) == (503, "Unfounded")
    assert problem(command(unfounded, "/v1/grants", grant())).code == "Unfounded"
    assert unfounded.get("/v1/events").json() == {"events": [], "next": 0, "head": 0}


def test_the_position_is_that_of_the_log(doors: TestClient) -> None:
    furnish(doors)
    position = recorded(command(doors, "/v1/grants", grant()))
    answer = doors.get("/v1/position")
    assert answer.json()["head"] == position
    assert answer.headers["Allot-Position"] == str(position)
    assert problem(doors.get("/v1/position?valid_at=x")).status == 422


def test_the_metrics_count_answers_by_route(doors: TestClient) -> None:
    furnish(doors)
    recorded(command(doors, "/v1/grants", grant()))
    doors.get("/v1/made-up")
    told = doors.get("/metrics").text
    assert 'allot_http_answers_total{method="POST",route="/v1/grants",status="201"} 1.0' in told
    assert 'allot_http_answers_total{method="any",route="none",status="404"} 1.0' in told
    assert "made-up" not in told
    assert 'allot_ready{check="clock"} 1.0' in told


def test_the_version_and_the_reference_are_served(doors: TestClient) -> None:
    assert doors.get("/version").json()["name"] == "allot"
    assert "/v1/grants" in doors.get("/openapi.json").json()["paths"]
    page = doors.get("/docs")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "/v1/grants" in page.text
    assert doors.get("/docs/page.css").headers["Content-Type"].startswith("text/css")


def test_no_answer_may_be_taken_for_another_kind(doors: TestClient) -> None:
    for path in ("/livez", "/v1/position", "/v1/nowhere", "/docs"):
        assert doors.get(path).headers["X-Content-Type-Options"] == "nosniff"
