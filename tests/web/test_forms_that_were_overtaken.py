"""A form that somebody else was quicker than: what was left as it was shows what is so by now."""

import re
from html import unescape
from typing import Any

import httpx2

from tests.web.lab import H100
from tests.web.levels import SUE, VERA, Levels, hidden, signed_in

SHARES = [{"unit": "research", "floor": 8, "amount": 96, "cap": 128},
          {"unit": "products", "amount": 64}]  # fmt: skip
WORDS = "As agreed"


def typed(page: str) -> dict[str, str]:
    """What stands in the text fields of the form for a split."""
    found = re.findall(r'<input type="text"[^>]*? value="([^"]*)"[^>]*? name="([^"]*)"', page)
    return {unescape(name): unescape(value) for value, name in found}


def opened(client: httpx2.Client, path: str, **params: Any) -> str:
    page = client.get(path, params=params)
    assert page.status_code == 200
    return page.text


def test_a_share_that_was_not_touched_is_not_put_back(three_levels: Levels) -> None:
    split = {"pool": H100, "parent": "lab", "reason": WORDS}
    three_levels.tell(VERA, "/splits", **split, shares=SHARES)
    with signed_in(three_levels, VERA) as vera:
        asked = {"do": "split", "pool": H100, "parent": "lab", "min_position": three_levels.head()}
        page = opened(vera, "/act", **asked)
        form = {**hidden(page, "/act"), **typed(page), "reason": WORDS, "amount:products": "72"}
        assert (form["amount:research"], form["cap:research"]) == ("96", "128")
        less = [{"unit": "research", "floor": 4, "amount": 80, "cap": 100},
                {"unit": "products", "amount": 64, "cap": 120}]  # fmt: skip
        three_levels.tell(VERA, "/splits", **split, shares=less)
        late = vera.post("/act", data={**form, "step": "record"})
        assert (late.status_code, "Changed since you looked" in late.text) == (409, True)
        again = typed(late.text)
        research = [again[f"{name}:research"] for name in ("floor", "amount", "cap")]
        products = [again[f"{name}:products"] for name in ("floor", "amount", "cap")]
        assert (research, products) == (["4", "80", "100"], ["", "72", "120"])
        anew = {**hidden(late.text, "/act", f"Split {H100} below lab"), **again, "reason": WORDS}
        made = vera.post("/act", data={**anew, "step": "record"})
        assert made.status_code == 201, made.text
        event = vera.get("/v1/events", params={"after": three_levels.head() - 1}).json()["events"][
            0
        ]
    assert event["data"]["shares"] == [{"unit": "products", "amount": 72, "cap": 120}]


def test_what_was_not_touched_of_a_request_is_not_put_back(three_levels: Levels) -> None:
    asked = {"unit": "products", "pools": [H100], "quantity": 96, "justification": "Runs"}
    request = three_levels.tell(SUE, "/requests", **asked)["request"]
    with signed_in(three_levels, SUE) as sue:
        page = opened(sue, "/request", request=request, min_position=three_levels.head())
        form = hidden(page, "/act", "Ask for something else")
        as_it_was = ("quantity", "least", "starts_at", "ends_at", "priority")
        form |= {name: form[f"was:{name}"] for name in as_it_was}
        form |= {"pools": H100, "justification": "More runs"}
        three_levels.tell(SUE, "/requests/amend", request=request, quantity=128)
        late = sue.post("/act", data={**form, "step": "record"})
        again = typed(late.text)
        assert again["quantity"] == "128"
        assert "More runs" in late.text
