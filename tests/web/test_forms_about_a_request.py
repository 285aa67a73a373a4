"""What is asked for on a page, and what is made of a field that is emptied or cannot be taken."""

import re
from collections.abc import Generator
from html import unescape

import httpx2
import pytest

from tests.web.lab import H100
from tests.web.levels import SUE, Levels, hidden, signed_in
from tests.web.test_forms_that_were_overtaken import opened, typed


@pytest.fixture
def sue(three_levels: Levels) -> Generator[httpx2.Client]:
    """Yield a session of another decider of the lab."""
    with signed_in(three_levels, SUE) as client:
        yield client


def test_what_is_emptied_of_a_request_is_any_again_or_refused(
    sue: httpx2.Client, three_levels: Levels
) -> None:
    asked = {"unit": "products", "pools": [H100], "quantity": 64, "least": 32}
    request = three_levels.tell(SUE, "/requests", **asked, justification="Runs")["request"]
    here = {"do": "amend_request", "request": request, "min_position": three_levels.head()}
    page = opened(sue, "/act", **here)
    form = {**hidden(page, "/act"), **typed(page), "pools": H100, "priority": "normal",
            "justification": "Runs", "step": "record"}  # fmt: skip
    refused = sue.post("/act", data={**form, "quantity": ""})
    assert (refused.status_code, "Say how much." in refused.text) == (422, True)
    made = sue.post("/act", data={**form, "least": ""})
    assert (made.status_code, "at least 32" in made.text) == (201, False)
    answer = sue.get(f"/v1/requests/{request}", params={"min_position": three_levels.head()}).json()
    assert (answer["quantity"], answer["least"]) == (64, 8)


REFUSED = (
    ({"quantity": "0"}, "quantity", "How much: at least 1."),
    ({"quantity": ""}, "quantity", "How much: fill this in."),
    ({"quantity": "9007199254740992"}, "quantity", "How much: at most 9,007,199,254,740,991."),
    ({"quantity": "8.5"}, "quantity", "How much is a whole number, not &#39;8.5&#39;."),
    ({"unit": "No such unit"}, "unit", "For the unit: expected letters, digits"),
    ({"least": "64"}, "least", "The least of use is at most quantity."),
    ({"justification": "x" * 4001}, "justification", "What for: at most 4,000 characters."),
)


@pytest.mark.parametrize(("fields", "name", "says"), REFUSED, ids=lambda one: str(one)[:40])
def test_a_field_that_cannot_be_taken_is_marked_and_its_bounds_are_said(
    sue: httpx2.Client, fields: dict[str, str], name: str, says: str
) -> None:
    form = {**hidden(opened(sue, "/act", do="request"), "/act"), "unit": "products",
            "pools": H100, "quantity": "8", "justification": "Runs"}  # fmt: skip
    wrong = sue.post("/act", data={**form, **fields})
    assert (wrong.status_code, says in wrong.text) == (422, True)
    assert "`int`" not in wrong.text
    assert marked(wrong) == [name]


def test_an_award_or_a_share_that_cannot_be_taken_is_marked_in_its_row(
    sue: httpx2.Client, three_levels: Levels
) -> None:
    asked = {"unit": "products", "pools": [H100], "quantity": 64, "justification": "Runs"}
    request = three_levels.tell(SUE, "/requests", **asked)["request"]
    here = {"do": "decide_request", "request": request, "min_position": three_levels.head()}
    answer = {**hidden(opened(sue, "/act", **here), "/act"), "outcome": "partly"}
    assert marked(sue.post("/act", data={**answer, f"awarded:{H100}": "0"})) == [f"awarded:{H100}"]
    split = hidden(opened(sue, "/act", do="split", pool=H100, parent="lab"), "/act")
    wrong = sue.post("/act", data={**split, "cap:research": "9007199254740992"})
    assert "Cap of Research: at most" in wrong.text
    assert marked(wrong) == ["cap:research"]


def marked(page: httpx2.Response) -> list[str]:
    """The fields that a page marks as wrong."""
    found = re.findall(r'name="([^"]*)"[^>]* aria-invalid="true"', page.text)
    return [unescape(name) for name in found]
