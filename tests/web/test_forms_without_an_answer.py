"""A form that gets no answer keeps its key and all that was typed, and can be asked again."""

from collections.abc import Generator
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient

from api.decisions.desk import Desk
from api.problems import Problem
from api.web.sessions import COOKIE, Sessions
from ledger.asks import Answer, Put
from ledger.replies import FATE_UNKNOWN, UNAVAILABLE
from tests.api.conftest import LOOPBACK, opened
from tests.web.lab import H100
from tests.web.levels import LEO, SECRET, Levels, hidden

ASK = {"unit": "research/vision", "pools": H100, "quantity": "32", "justification": "First\r\nthis"}


def doors_of(levels: Levels, **settings: float) -> TestClient:
    """Doors in this process to that ledger, with a session of the lead of Vision."""
    address = levels.doors.environ["ALLOT_DATABASE_URL"]
    given: dict[str, Any] = {"auth": "token", "session_secret": SECRET, **settings}
    doors = opened(address, **given)
    doors.cookies.set(COOKIE, Sessions(SECRET.encode()).seal(levels.tokens[LEO]))
    doors.headers["Origin"] = LOOPBACK
    return doors


@pytest.fixture
def leo(three_levels: Levels, monkeypatch: pytest.MonkeyPatch) -> Generator[TestClient]:
    """Yield such doors."""
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    with doors_of(three_levels) as doors:
        yield doors


def begun(doors: TestClient, step: str = "record") -> dict[str, str]:
    page = doors.get("/act", params={"do": "request"})
    return {**hidden(page.text, "/act", "Ask for compute"), **ASK, "step": step}


def kept(answer: httpx2.Response) -> dict[str, str]:
    """What a page that asks once more would send."""
    return hidden(answer.text, "/act", "Ask again")


def test_a_form_whose_fate_is_unknown_is_asked_again_by_the_same_key(
    leo: TestClient, three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lost(desk: Desk, put: Put, size: int = 0) -> Answer:
        await asked(desk, put, size)
        late = f"No answer within the time: {FATE_UNKNOWN}"
        raise Problem(503, "AnswerLate", late, headers={"Retry-After": "1"}, limit="answer_time")

    asked, form, before = Desk.ask, begun(leo), three_levels.head()
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "ask", lost)
        late = leo.post("/act", data=form)
    assert (late.status_code, late.headers["Retry-After"]) == (503, "1")
    assert kept(late) == form
    assert "it is recorded once" in late.text
    again = leo.post("/act", data=kept(late))
    assert (again.status_code, f"at position {before + 1:,}" in again.text) == (201, True)
    assert three_levels.head() == before + 1


def test_a_form_that_the_ledger_could_not_judge_does_not_say_that_nothing_was_recorded(
    leo: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(_: Desk, put: Put, size: int = 0) -> Answer:
        return UNAVAILABLE.told(put)

    monkeypatch.setattr(Desk, "ask", failed)
    form = begun(leo)
    refused = leo.post("/act", data=form)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert kept(refused) == form
    assert "othing was recorded" not in refused.text
    tried = leo.post("/act", data={**form, "step": "try"})
    assert "nothing was recorded" in tried.text


def test_a_form_is_asked_again_once_the_database_can_be_reached(
    leo: TestClient, three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise psycopg.OperationalError("the connection is lost")

    form, before = begun(leo), three_levels.head()
    with monkeypatch.context() as patch:
        patch.setattr("api.web.acting.view_of", gone)
        away = leo.post("/act", data=form)
    assert (away.status_code, kept(away)) == (503, form)
    assert leo.post("/act", data=kept(away)).status_code == 201
    assert three_levels.head() == before + 1


def test_a_form_of_who_asked_too_much_is_asked_again_later(
    three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    with doors_of(three_levels, commands_per_s=0.01, commands_burst=1) as doors:
        form = begun(doors, "try")
        assert doors.post("/act", data=form).status_code == 200
        refused = doors.post("/act", data=form)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 1) == (429, True)
    assert kept(refused) == form
