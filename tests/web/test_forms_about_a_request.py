"""What is asked for on a page, and what is made of a field that is emptied or cannot be taken."""

from collections.abc import Generator

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
