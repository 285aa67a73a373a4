"""The pages of what is decided: they say what the API says, and decide nothing at another time."""

import re
from collections.abc import Generator

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from api.web.rendering import plain
from tests.cli.running import FOUNDER, Ledger
from tests.web.lab import H100
from tests.web.levels import LEO, PETER, SUE, VERA, Levels, hidden, signed_in
from tests.web.test_three_levels import flawless, sitting_of
from tests.web.test_two_clocks import cells, number, rows

DASH = "\N{EN DASH}"


class Decided(Levels, frozen=True, kw_only=True):
    """A lab in which something was split, asked for, answered and proposed."""

    request: str
    proposal: str


@pytest.fixture(scope="module")
def decided(three_levels: Levels) -> Decided:
    """A split, a request with half of it awarded, and a grant that waits for a second person."""
    tell = three_levels.tell
    shares = [{"unit": "products", "floor": 16, "amount": 96, "cap": 128}]
    tell(VERA, "/splits", pool=H100, parent="lab", shares=shares, reason="As agreed")
    ask = {"unit": "products", "pools": [H100], "quantity": 64, "justification": "Runs."}
    request = tell(PETER, "/requests", **ask)["request"]
    awarded = [{"pool": H100, "quantity": 32}]
    tell(
        VERA, "/requests/decide", request=request, outcome="partly", awarded=awarded, reason="Half"
    )
    tell(SUE, "/grants", pool=H100, unit="products", quantity=32, request=request)
    waits = tell(VERA, "/notes", propose=True, text="Seen", about={"unit": "products"})
    return Decided(
        doors=three_levels.doors,
        tokens=three_levels.tokens,
        request=request,
        proposal=waits["proposal"],
    )


@pytest.fixture
def vera(decided: Decided) -> Generator[httpx2.Client]:
    """Yield a session that waits for all that was decided."""
    with signed_in(decided, VERA) as client:
        client.get("/v1/position", params={"min_position": decided.head()})
        yield client


@pytest.fixture
def page(browser: Browser, decided: Decided) -> Generator[Page]:
    """Yield a page at which the leader of the lab is signed in."""
    with sitting_of(browser, decided, VERA) as page:
        yield page


def test_the_budgets_of_a_unit_are_those_that_the_api_tells(page: Page, decided: Decided) -> None:
    url = decided.doors.url
    page.goto(f"{url}/unit?unit=lab&min_position={decided.head()}")
    flawless(page)
    (shown,) = [row for row in rows(page, f"Budget of {H100}") if "Products" in cells(row)[0]]
    told = page.request.get(f"{url}/v1/budgets?under=lab&pool={H100}").json()["items"]
    (row,) = [one for one in told if one["unit"] == "products"]
    figures = [0 if cell == DASH else number(cell) for cell in cells(shown)[1:10]]
    names = ("floor", "amount", "cap", "title", "inhand", "borrowed", "lent", "kept", "room")
    assert figures == [row[name] for name in names]
    page.goto(f"{url}/unit?unit=products")
    figure = page.locator("figure").first
    figure.locator("summary").click()
    heads = figure.locator("thead th").all_inner_texts()
    assert heads == ["From", "Products", "cap", "budget", "floor"]
    before, *_, now = [cells(row) for row in figure.locator("tbody tr").all()]
    assert before[2:] == [DASH, DASH, DASH], "before the split there was no budget, not one of 0"
    assert now[1:] == ["32", "128", "96", "16"]


def test_who_waits_is_listed_in_the_order_of_the_queue(page: Page, decided: Decided) -> None:
    url = decided.doors.url
    page.goto(f"{url}/requests?status=any&min_position={decided.head()}")
    flawless(page)
    told = page.request.get(f"{url}/v1/requests?status=any").json()["items"]
    links = page.get_by_role("group", name="Requests").locator("tbody td:nth-child(2) a")
    hrefs = [link.get_attribute("href") or "" for link in links.all()]
    assert [href.partition("request=")[2] for href in hrefs] == [one["request"] for one in told]
    assert decided.request in {one["request"] for one in told}


def test_a_proposal_says_what_it_would_record_and_who_may_confirm_it(
    page: Page, decided: Decided
) -> None:
    page.goto(f"{decided.doors.url}/proposals?min_position={decided.head()}")
    flawless(page)
    page.goto(f"{decided.doors.url}/proposal?proposal={decided.proposal}")
    would = page.get_by_role("region", name="What confirming it would record now")
    expect(would).to_contain_text("Note on products: Seen")
    expect(would).to_contain_text(SUE)
    expect(would.get_by_text("May confirm it")).not_to_contain_text(VERA)


@pytest.mark.parametrize("clocks", ["valid_at=2020-01-01", "known_at=3", "known_at=1000000"])
def test_at_another_time_nothing_can_be_decided_and_the_page_says_so(
    vera: httpx2.Client, decided: Decided, clocks: str
) -> None:
    known = clocks.replace("1000000", str(decided.head()))
    for path in ("/act?do=request", f"/request?request={decided.request}", "/unit?unit=lab"):
        now = vera.get(path).text
        then = vera.get(f"{path}{'&' if '?' in path else '?'}{known}")
        if then.status_code == 404:
            continue  # the request was not made yet
        assert 'action="/act" method="post"' not in then.text
        assert "do=split" not in then.text
        if path != "/unit?unit=lab":
            assert 'action="/act" method="post"' in now
            assert "Another time is shown here" in then.text


def test_what_a_form_cannot_be_about_is_not_found(vera: httpx2.Client) -> None:
    nothing = "01234567-0000-7000-8000-000000000000"
    for path in (
        "/act?do=correct",
        f"/act?do=appeal&request={nothing}",
        "/act?do=split&pool=none&parent=lab",
        f"/act?do=split&pool={H100}&parent=nobody",
        f"/proposal?proposal={nothing}",
        "/proposal?proposal=none",
    ):
        assert vera.get(path).status_code == 404, path


def test_in_open_mode_a_page_acts_as_whom_it_was_told(lab: Ledger) -> None:
    ours = {"Origin": lab.url, "Sec-Fetch-Site": "same-origin"}
    with httpx2.Client(base_url=lab.url, headers=ours, trust_env=False, timeout=60) as anybody:
        page = anybody.get("/act-as").text
        assert re.search(r'value="ada@lab".*?lead of Vision', page, re.DOTALL)
        proof = hidden(page, "/act-as")
        foreign = {"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site"}
        chosen = {**proof, "person": "ada@lab"}
        assert anybody.post("/act-as", data=chosen, headers=foreign).status_code == 403
        assert "Acting as <a" in anybody.get("/calendar").text
        assert FOUNDER in anybody.get("/calendar").text
        assert anybody.post("/act-as", data=chosen).status_code == 303
        assert "ada@lab" in anybody.get("/calendar").text
        form = hidden(
            anybody.get("/act?do=split&pool=" + H100).text, "/act", f"Split {H100} below lab"
        )
        tried = anybody.post("/act", data={**form, "amount:research": "8"})
        assert (tried.status_code, "ada@lab" in tried.text) == (403, True)
        assert anybody.post("/act-as", data={**proof, "person": ""}).status_code == 303
        assert "ada@lab" not in anybody.get("/calendar").text


def test_where_people_have_tokens_nobody_acts_as_another(vera: httpx2.Client) -> None:
    proof = hidden(vera.get("/act?do=request").text, "/act")
    for answer in (vera.get("/act-as"),
                   vera.post("/act-as", data={"csrf": proof["csrf"], "person": LEO})):  # fmt: skip
        assert answer.status_code == 404


def test_an_instant_in_a_sentence_is_said_to_the_minute() -> None:
    said = "0 free at 2026-11-26T08:48:21.533808Z until 2027-05-01T00:00:00.000000Z"
    assert plain(said) == "0 free at 2026-11-26 08:48 until 2027-05-01"


def test_a_reason_that_is_owed_stands_on_the_overview_until_its_words_are_given(
    decided: Decided,
) -> None:
    release = {"pool": H100, "unit": "products", "quantity": 8, "kind": "reclaimed"}
    decided.tell(SUE, "/releases", **release, reason_code="incident")
    owed = decided.head()
    with signed_in(decided, SUE) as sue:
        overview = sue.get("/", params={"min_position": owed}).text
        assert "Reasons that are owed" in overview
        assert f'href="/act?do=note&amp;position={owed}"' in overview
        form = hidden(sue.get(f"/act?do=note&position={owed}").text, "/act")
        words = {**form, "text": "The cooling of rack 12 failed", "step": "record"}
        assert sue.post("/act", data=words).status_code == 201
        after = sue.get("/", params={"min_position": decided.head()}).text
        assert f"position={owed}" not in after
