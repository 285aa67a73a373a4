"""What a bug is answered with: a problem that says what is known, and nothing of how it came."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.problems import answer_with_problems


@pytest.fixture
def broken() -> TestClient:
    app = FastAPI()
    answer_with_problems(app)

    @app.api_route("/broken", methods=["GET", "POST"])
    def break_() -> None:
        raise ZeroDivisionError("secret")

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(("method", "is_in_doubt"), [("GET", False), ("POST", True)])
def test_only_who_may_have_recorded_something_is_told_of_a_fate_in_doubt(
    broken: TestClient, method: str, is_in_doubt: bool
) -> None:
    answer = broken.request(method, "/broken")
    said = answer.json()
    assert (answer.status_code, said["code"]) == (500, "Broken")
    assert ("recorded" in said["detail"]) is is_in_doubt
    assert "secret" not in answer.text
