"""A form that was overtaken: by somebody quicker, by going back, by acting as somebody else."""

import re
from html import unescape
from typing import Any

import httpx2

from tests.cli.running import Ledger
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


def test_a_form_one_went_back_to_is_recorded_under_a_key_of_its_own(three_levels: Levels) -> None:
    with signed_in(three_levels, VERA) as vera:
        page = opened(vera, "/act", do="request")
        form = {**hidden(page, "/act"), "pools": H100, "unit": "products", "quantity": "8",
                "justification": "Runs"}  # fmt: skip
        assert vera.post("/act", data={**form, "step": "record"}).status_code == 201
        more = {**form, "quantity": "16"}
        assert "KeyReused" in vera.post("/act", data={**more, "step": "record"}).text
        tried = vera.post("/act", data={**more, "step": "try"})
        go = hidden(tried.text, "/act", "Record it")
        assert go["key"] != form["key"]
        assert vera.post("/act", data=go).status_code == 201
        again = hidden(vera.post("/act", data={**form, "step": "try"}).text, "/act", "Record it")
        assert again["key"] == form["key"]


def test_what_was_tried_as_one_person_is_not_recorded_as_another(lab: Ledger) -> None:
    ours = {"Origin": lab.url, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=lab.url, headers=ours, trust_env=False, timeout=60) as anybody:
        form = hidden(opened(anybody, "/act", do="request"), "/act")
        form |= {"pools": H100, "unit": "research/vision", "quantity": "8", "justification": "Runs"}
        go = hidden(anybody.post("/act", data=form).text, "/act", "Record it")
        proof = hidden(anybody.get("/act-as").text, "/act-as")
        anybody.post("/act-as", data={**proof, "person": "ada@lab"})
        late = anybody.post("/act", data=go)
        assert late.status_code == 422
        assert "This was tried as" in late.text
        anybody.post("/act-as", data={**proof, "person": ""})
        assert anybody.post("/act", data=go).status_code == 201
