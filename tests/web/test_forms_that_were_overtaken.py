"""A form that was overtaken: by somebody quicker, by going back, by acting as somebody else."""

import re
from html import unescape
from typing import Any

import httpx2
import pytest
from starlette.concurrency import run_in_threadpool

from api.web.catching_up import once_caught_up
from api.web.doorway import Visit
from api.web.sessions import COOKIE, Sessions
from tests.api.conftest import LOOPBACK
from tests.api.conftest import opened as inside
from tests.cli.running import Ledger
from tests.web.lab import H100
from tests.web.levels import LEO, SECRET, SUE, VERA, Levels, hidden, signed_in

SHARES = [{"unit": "research", "floor": 8, "amount": 96, "cap": 128},
          {"unit": "products", "amount": 64}]  # fmt: skip
WORDS = "As agreed"
MEANWHILE = "Recorded about this since you looked"


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


def test_an_answer_that_was_mistyped_still_tells_what_was_recorded_meanwhile(
    three_levels: Levels,
) -> None:
    asked = {"unit": "research/vision", "pools": [H100], "quantity": 64, "justification": "Runs"}
    request = three_levels.tell(LEO, "/requests", **asked)["request"]
    with signed_in(three_levels, SUE) as sue:
        page = opened(sue, "/request", request=request, min_position=three_levels.head())
        form = {**hidden(page, "/act", "Answer it"), "outcome": "partly", "reason": WORDS}
        three_levels.tell(LEO, "/requests/amend", request=request, quantity=128)
        mistyped = sue.post("/act", data={**form, f"awarded:{H100}": "8 gpus"})
        assert (mistyped.status_code, MEANWHILE in mistyped.text) == (422, True)
        again = {**form, **hidden(mistyped.text, "/act", "Answer it"), f"awarded:{H100}": "8"}
        late = sue.post("/act", data={**again, "step": "record"})
    assert (late.status_code, MEANWHILE in late.text) == (200, True)


def test_a_split_that_was_mistyped_is_still_refused_once_the_units_have_changed(
    three_levels: Levels,
) -> None:
    split = {"pool": H100, "parent": "lab", "reason": WORDS}
    three_levels.tell(VERA, "/splits", **split, shares=[{"unit": "products", "amount": 64}])
    with signed_in(three_levels, VERA) as vera:
        asked = {"do": "split", "pool": H100, "parent": "lab", "min_position": three_levels.head()}
        page = opened(vera, "/act", **asked)
        form = {**hidden(page, "/act"), **typed(page), "reason": WORDS, "amount:products": "72,"}
        three_levels.tell(SUE, "/splits", **split, shares=[{"unit": "products", "amount": 16}])
        mistyped = vera.post("/act", data=form)
        assert mistyped.status_code == 422
        again = {**hidden(mistyped.text, "/act"), **typed(mistyped.text), "reason": WORDS}
        late = vera.post("/act", data={**again, "amount:products": "72"})
    assert (late.status_code, "Changed since you looked" in late.text) == (409, True)


def test_what_is_recorded_rests_on_the_position_at_which_it_was_tried(
    three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overtaken(seen: Visit, position: int, find: Any, **more: Any) -> Any:
        # As when somebody is quicker between the answer of the ledger and the page that says it.
        note = {"about": {"unit": "products"}, "text": "Meanwhile"}
        await run_in_threadpool(three_levels.tell, SUE, "/notes", **note)
        judged_at.append(position)
        return await once_caught_up(seen, await run_in_threadpool(three_levels.head), find, **more)

    judged_at: list[int] = []
    monkeypatch.setattr("api.web.acting.once_caught_up", overtaken)
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    address = three_levels.doors.environ["ALLOT_DATABASE_URL"]
    with inside(address, auth="token", session_secret=SECRET) as doors:
        doors.cookies.set(COOKIE, Sessions(SECRET.encode()).seal(three_levels.tokens[VERA]))
        doors.headers["Origin"] = LOOPBACK
        form = {**hidden(doors.get("/act?do=grant").text, "/act"), "pool": H100, "quantity": "8"}
        tried = doors.post("/act", data={**form, "unit": "products"})
    assert tried.status_code == 200
    assert hidden(tried.text, "/act", "Record it")["seen"] == str(*judged_at)
