"""What a form says while the read models stand still: at once where nobody feeds them."""

from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from fastapi.testclient import TestClient

from api.web.sessions import COOKIE, Sessions
from tests.api.conftest import LOOPBACK, opened
from tests.api.told import reading
from tests.support.in_memory import FOUNDER, lab
from tests.web.lab import H100
from tests.web.levels import LEO, SECRET, Levels, hidden
from tests.web.test_forms_from_elsewhere import nothing_is_reflected

PATIENCE_S = 20
ASK = {"unit": "vision", "pools": "h100", "quantity": "8", "justification": "Training."}
YET = "The pages do not show it yet"


@pytest.fixture
def unfed(migrated_database: str, monkeypatch: pytest.MonkeyPatch) -> Generator[TestClient]:
    """Yield doors whose read models nobody feeds, and whose pages would wait for very long."""
    monkeypatch.setattr("api.feed.queries.WAIT_S", 3 * PATIENCE_S)
    monkeypatch.setattr("api.web.acting.SOON_S", 3 * PATIENCE_S)
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    with reading(migrated_database, lab("vision")) as doors:
        doors.headers["Origin"] = LOOPBACK
        doors.cookies.set("allot_as", FOUNDER)
        yield doors


def sent(doors: TestClient, form: Mapping[str, str]) -> httpx2.Response:
    """The answer to a form, which is there without any waiting."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(doors.post, "/act", data=form).result(timeout=PATIENCE_S)


def begun(doors: TestClient) -> dict[str, str]:
    page = doors.get("/act", params={"do": "request"})
    return {**hidden(page.text, "/act", "Ask for compute"), **ASK}


def test_where_nobody_feeds_the_read_models_a_form_says_at_once_what_is_recorded(
    unfed: TestClient,
) -> None:
    form = begun(unfed)
    told = sent(unfed, {**form, "step": "record"})
    assert (told.status_code, YET in told.text) == (201, True)
    assert "which nobody feeds now" in told.text
    assert "min_position" not in told.text, "a page that waits for it would wait in vain"
    (again,) = unfed.get("/v1/events", params={"after": 0}).json()["events"][-1:]
    assert again["topic"] == "requested.v1"


def test_where_nobody_feeds_them_a_try_is_answered_at_once_and_says_nothing_of_it(
    unfed: TestClient,
) -> None:
    sent(unfed, {**begun(unfed), "step": "record"})
    told = sent(unfed, {**begun(unfed), "step": "try"})
    assert (told.status_code, YET in told.text) == (200, False)


def test_while_they_are_only_late_the_page_says_so_and_leads_to_what_will_be_shown(
    three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.web.acting.SOON_S", 0.2)
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    address = three_levels.doors.environ["ALLOT_DATABASE_URL"]
    with opened(address, auth="token", session_secret=SECRET) as doors:
        doors.cookies.set(COOKIE, Sessions(SECRET.encode()).seal(three_levels.tokens[LEO]))
        doors.headers["Origin"] = LOOPBACK
        page = doors.get("/act?do=request").text
        asks = {**hidden(page, "/act", "Ask for compute"), **ASK, "unit": "research/vision",
                "pools": H100, "quantity": "32", "step": "record"}  # fmt: skip
        with nothing_is_reflected(three_levels):
            told = sent(doors, asks)
        assert (told.status_code, YET in told.text) == (201, True)
        assert "nobody feeds" not in told.text
        assert "min_position" in told.text
        once_more = doors.post("/act", data=asks)
        assert (once_more.status_code, YET in once_more.text) == (201, False)
