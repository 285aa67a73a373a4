"""The page that finds compute: need, proposed moves, a try, and one decision."""

import re
from collections.abc import Generator

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.web.lab import H100, day
from tests.web.levels import PETER, SUE, VERA, Levels, hidden, signed_in
from tests.web.test_forms_about_a_grant import grant
from tests.web.test_three_levels import flawless, sitting_of

__all__ = ["grant"]
NEED = {"pool": H100, "quantity": "32", "unit": "products", "by": day(60)[:10]}


@pytest.fixture
def vera(three_levels: Levels) -> Generator[httpx2.Client]:
    """Yield a session of who leads the lab."""
    with signed_in(three_levels, VERA) as client:
        yield client


def found(client: httpx2.Client, three_levels: Levels, **fields: str) -> str:
    """The page of a plan."""
    asked = {**NEED, **fields, "min_position": three_levels.head()}
    page = client.get("/plan", params=asked)
    assert page.status_code == 200, page.text
    return page.text


def test_what_is_needed_is_found_tried_and_decided_as_one(
    three_levels: Levels, vera: httpx2.Client, grant: str
) -> None:
    back = [{"grant": grant, "quantity": 64}]
    three_levels.tell(VERA, "/releases", grants=back, effective_at=day(70))
    free = vera.get("/v1/capacity", params={"pool": H100, "valid_at": day(60)})
    assert free.status_code == 200, free.text
    count = free.json()["items"][0]["free"]
    page = found(vera, three_levels, quantity=str(count + 32))
    assert f"{count + 32} of {count + 32} can be found" in page
    assert "3. winding down" in page
    assert f'href="/grant?grant={grant}"' in page
    decide = hidden(page, "/act")
    assert decide["do"] == "decision"
    tried = vera.post("/act", data={**decide, "reason": "The flagship run", "step": "try"})
    assert tried.status_code == 200, tried.text
    go = hidden(tried.text, "/act", "Record it")
    made = vera.post("/act", data=go)
    assert made.status_code == 201, made.text
    assert "/unit?unit=products" in made.text
    kept = vera.get("/v1/events", params={"after": three_levels.head() - 2}).json()["events"]
    assert len({one["decision"] for one in kept}) == 1
    assert {one["topic"] for one in kept} == {"granted.v1", "reallocated.v1"}
    assert {one["reason"] for one in kept} == {"The flagship run"}
    for one in kept:
        words = {"corrects": one["position"], "replacement": None, "reason": "Taken back"}
        three_levels.tell(VERA, "/corrections", **words)


def test_what_is_missing_is_said(three_levels: Levels, vera: httpx2.Client) -> None:
    page = found(vera, three_levels, quantity="1000000")
    assert re.search(r"of 1,000,000 can be found, [\d,]+ are missing", page)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"quantity": "many"}, "How much"),
        ({"unit": "nowhere"}, "There is no unit nowhere"),
        ({"by": "soon"}, "By"),
        ({"avoid": "nobody"}, "There is no unit or grant nobody to avoid"),
        ({"ends_at": day(1)[:10]}, "ends_at must lie after by"),
    ],
)
def test_what_cannot_be_planned_is_said_beside_what_was_typed(
    three_levels: Levels, vera: httpx2.Client, fields: dict[str, str], says: str
) -> None:
    page = found(vera, three_levels, **fields)
    assert says in page
    for text in {**NEED, **fields}.values():
        assert f'value="{text}"' in page or f">{text}</option>" in page
    assert "Decide it" not in page


def test_who_may_not_decide_is_told_on_the_page(three_levels: Levels) -> None:
    with signed_in(three_levels, PETER) as client:
        page = found(client, three_levels, unit="research/vision")
    assert "If you decided it now you would be refused" in page


def test_at_another_time_nothing_is_planned(three_levels: Levels, vera: httpx2.Client) -> None:
    page = found(vera, three_levels, valid_at=day(1)[:10])
    assert "Another time is shown here" in page
    assert "can be found" not in page


def test_what_was_not_kept_is_planned_anew(three_levels: Levels, vera: httpx2.Client) -> None:
    decide = hidden(found(vera, three_levels), "/act")
    tried = vera.post("/act", data={**decide, "legs": "nothing", "reason": "x", "step": "try"})
    assert tried.status_code == 422
    assert "plan it anew" in tried.text


def test_the_page_is_flawless(browser: Browser, three_levels: Levels) -> None:
    with sitting_of(browser, three_levels, SUE) as page:
        page.goto(f"{three_levels.doors.url}/plan?pool={H100}")
        page.get_by_label("How much").fill("8")
        page.get_by_label("For the unit").fill("products")
        page.get_by_role("button", name="Find it").click()
        expect(page.get_by_role("heading", name="8 of 8 can be found")).to_be_visible()
        flawless(page)
