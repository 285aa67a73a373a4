"""Every page in a real browser: complete, quiet, accessible, fit for a phone and for paper."""

from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import quote

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from api.web.assets import asset
from api.web.clocks import MINUS
from tests.cli.running import Ledger
from tests.web.lab import A100, AHEAD, H100, LENDER, LENT, LOAN, MISDATED, NAUGHTY, day
from tests.web.watching import Watch

PAGES = {
    "/": "Overview",
    f"/pool?pool={H100}": H100,
    "/unit": "lab",
    "/unit?unit=research&grants=all": "Research",
    f"/grant?grant={LENT}": "96 gpu for Vision",
    f"/grant?grant={AHEAD}": f"16 gpu for {NAUGHTY}",
    f"/grant?grant={LOAN}&valid_at={day(3)[:10]}": f"16 gpu for {NAUGHTY}",
    "/plan": "Find compute",
    f"/plan?pool={H100}&quantity=96&unit=product&by={day(40)[:10]}": "Find compute",
    "/calendar": "Calendar",
    f"/calendar?pool={H100}&under=research&until={day(60)[:10]}": "Calendar",
    "/flows": "Flows",
    f"/flows?pool={H100}&from={day(-6)[:10]}&to={day(60)[:10]}": "Flows",
    "/differences": "Differences",
    f"/differences?known_from=12&valid_at={day(-2)[:10]}": "Differences",
    "/history": "History",
    "/history?q=" + quote('topic:granted -by:nobody "agreed in"'): "History",
}
ALIKE = {
    f"/pool?pool={H100}&span=all": H100,
    f"/pool?pool={H100}&ahead=14": H100,
    f"/pool?pool={A100}": A100,
    f"/unit?unit=product/agents&valid_at={day(30)[:10]}": NAUGHTY,
    "/unit?unit=product/old": "Old team",
    f"/unit?unit=product&pool={A100}&from={day(-10)[:10]}&to={day(40)[:10]}": "Product",
    f"/grant?grant={LENDER}": "64 gpu for Reasoning",
    f"/grant?grant={MISDATED}": "8 gpu for Old team",
    f"/flows?pool={A100}&from={day(-6)[:10]}&to={day(60)[:10]}&group=parent": "Flows",
    f"/flows?pool={A100}&from=2019-01-01&to=2019-02-01": "Flows",
    "/flows?known_at=0": "Flows",
    "/?valid_at=2019-01-01": "Overview",
    "/?known_at=0": "Overview",
}
"""Pages with the same parts as others."""
DASH = "\N{EN DASH}"
View = tuple[Literal["light", "dark"], int, int]
VIEWS: tuple[View, ...] = (
    ("light", 1400, 900),
    ("dark", 390, 844),
)


def opened(page: Page, url: str, status: int = 200) -> None:
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == status


@pytest.mark.parametrize(("path", "title"), (PAGES | ALIKE).items())
def test_a_page_opens_with_its_title_and_a_table_beside_every_chart(
    page: Page, lab: Ledger, watch: Watch, path: str, title: str
) -> None:
    opened(page, lab.url + path)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page).to_have_title(f"{title} · Allot")
    expect(page.get_by_role("region", name="Time", exact=True)).to_be_visible()
    for drawing in page.locator("svg.sankey").all():
        expect(page.locator(f"table#{drawing.get_attribute('aria-describedby')}")).to_be_visible()
    for figure in page.locator("figure[data-chart]").all():
        expect(figure.locator("canvas")).to_be_visible()
        elsewhere = figure.locator(".plot").get_attribute("aria-describedby")
        if elsewhere:
            expect(page.locator(f"table#{elsewhere}")).to_be_visible()
            continue
        names = figure.locator(".legend li").all_inner_texts()
        figure.locator("summary").click()
        heads = figure.locator("thead th").all_inner_texts()
        assert heads == ["From", *(name.strip() for name in names)]
        assert figure.locator("tbody tr").count() >= 1


def test_what_a_card_s_bar_shows_stands_in_a_table_too(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    opened(page, lab.url)
    cards = page.locator("section", has=page.locator("svg.stack")).all()
    assert cards
    for card in cards:
        card.locator("summary").click()
        shown = card.locator(".legend li").all_inner_texts()
        told = [
            "".join(row.locator("th, td").all_inner_texts())
            for row in card.locator("details tbody tr").all()
        ]
        assert told == ["".join(one.split("\n")) for one in shown]


def views() -> Iterator[Any]:
    """Every page in both views: of most one, in turn, and the other where there is time."""
    for number, path in enumerate((*PAGES, *ALIKE)):
        for place, view in enumerate(VIEWS):
            is_slow = number >= len(PAGES) or (number + place) % 2
            marks = [pytest.mark.slow] if is_slow else []
            yield pytest.param(path, view, marks=marks)


@pytest.mark.parametrize(("path", "view"), list(views()))
def test_axe_finds_nothing_by_day_at_a_desk_nor_by_night_on_a_phone(
    page: Page, lab: Ledger, watch: Watch, path: str, view: View
) -> None:
    scheme, width, height = view
    opened(page, lab.url + path)
    for details in page.locator("details").all():
        details.locator("summary").click()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_numbers_of_a_pool_add_up_on_its_page(page: Page, lab: Ledger, watch: Watch) -> None:
    opened(page, f"{lab.url}/pool?pool={H100}")
    figures = page.get_by_role("region", name="Now in this pool").locator(".figures")
    names = figures.locator("dt").all_inner_texts()
    shown = dict(zip(names, figures.locator("dd").all_inner_texts(), strict=True))
    assert shown == {
        "Allocatable": "232", "Held": "184", "Free": "48", "Installed": "256", "Lost": "8",
        "Headroom": "16",
    }  # fmt: skip
    coming = page.get_by_role("group", name=f"Coming free in {H100}").locator("tbody tr")
    assert [row.locator("td").all_inner_texts() for row in coming.all()] == [
        ["+80", "0", "128", "128"],
        ["+80", f"{MINUS}16", "112", "136"],
        ["+144", f"{MINUS}16", "176", "176"],
    ]
    holders = page.get_by_role("region", name="Holders").locator("tbody tr").all()
    assert [row.locator("th, td").all_inner_texts()[:3] for row in holders] == [
        ["Vision", "96", "0"],
        ["Speech", "64", "0"],
        [NAUGHTY, "24", "24"],
    ]


def test_a_unit_shows_all_below_it_and_who_may_act(page: Page, lab: Ledger, watch: Watch) -> None:
    opened(page, f"{lab.url}/unit?unit=research")
    members = page.get_by_role("region", name="Members").locator("tbody tr").all()
    assert [row.locator("th, td").all_inner_texts() for row in members] == [
        ["Research", "division", "160", "48"],
        ["Reasoning", "team", DASH, "48"],
        ["Speech", "team", "64", DASH],
        ["Vision", "team", "96", DASH],
    ]
    page.get_by_role("link", name="Vision").first.click()
    acting = page.get_by_role("region", name="Who may act here")
    expect(acting.get_by_role("row", name="ada@lab lead Vision")).to_contain_text("at most 64")
    expect(page.get_by_role("list", name="Above this unit")).to_have_text("labResearch")


def test_a_grant_tells_its_steps_its_reason_and_by_whose_right(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    opened(page, f"{lab.url}/grant?grant={LENT}")
    steps = page.get_by_role("group", name="Steps of this grant").locator("tbody tr").all()
    assert [row.locator("td").all_inner_texts()[-1] for row in steps] == ["96", "64"]
    about = page.get_by_role("region", name="About this grant")
    expect(about).to_contain_text("project started: Agreed in the first round.")
    expect(about).to_contain_text("operator@demo became decider of lab")
    events = page.get_by_role("group", name="Everything recorded about this grant")
    assert events.locator("tbody tr").count() == 3


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/pool?pool=nowhere", 404, "There is no pool 'nowhere'"),
        ("/unit?unit=research/nobody", 404, "There is no unit 'research/nobody'"),
        ("/grant?grant=019ab000-0000-7000-8000-00000000dead", 404, "There is no grant"),
        ("/grant?grant=%22%3E%3Cscript%3E", 404, "There is no grant"),
        ("/?valid_at=yesterday", 422, "'yesterday' is no time: write a day such as 2027-01-31"),
        ("/unit?unit=research&known_at=999999", 422, "future"),
        ("/?known_at=9998-01-01", 422, "future"),
        ("/?valid_at=2026-01-01&valid_at=2026-01-02", 422, "twice"),
        (f"/pool?pool={H100}&span=7", 422, "span is 90 or 365 or all"),
        (f"/pool?pool={H100}&ahead=7", 422, "ahead is 14 or 30 or 90"),
        ("/unit?unit=research&from=2026-02-01&to=2026-01-01", 422, "from 2026-02-01 is not before"),
        ("/unit?unit=research&from=soon", 422, "from: 'soon' is no time: write a day such as"),
        ("/unit?unit=research&pool=nowhere", 404, "There is no pool 'nowhere'"),
        ("/calendar?under=research/nobody", 404, "There is no unit research/nobody"),
        ("/calendar?until=2019-01-01", 422, "until"),
        ("/flows?pool=nowhere", 404, "There is no pool 'nowhere'"),
        ("/flows?from=2026-02-01&to=2026-01-01", 422, "from 2026-02-01 is not before"),
        ("/flows?group=colour", 422, "group is unit or parent"),
        ("/differences?known_from=999999", 422, "future"),
        ("/differences?known_from=12&known_at=3", 422, "comes after known_to"),
        ("/history?q=colour:blue", 422, "colour: is not something to search by"),
        ("/history?before=made-up", 422, "before"),
    ],
)
def test_what_cannot_be_shown_is_a_page_that_says_why(
    page: Page, lab: Ledger, watch: Watch, *, path: str, status: int, says: str
) -> None:
    watch.expect(f"status of {status}")
    opened(page, lab.url + path, status)
    expect(page.get_by_role("alert")).to_contain_text(says)
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


def test_refused_clocks_can_be_put_right_on_the_same_page(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    watch.expect("status of 422")
    opened(page, f"{lab.url}/unit?unit=research&valid_at=tomorow", 422)
    field = page.get_by_label("True at")
    expect(field).to_have_value("tomorow")
    field.fill(day(1)[:10])
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Research")


@pytest.mark.parametrize(
    "path", ["/", f"/pool?pool={H100}", "/unit?unit=research", "/flows", "/history"]
)
def test_on_paper_a_page_says_at_which_clocks_it_is_true(
    page: Page, lab: Ledger, watch: Watch, path: str
) -> None:
    opened(page, lab.url + path)
    page.emulate_media(media="print")
    expect(page.locator("#clocks-say")).to_be_visible()
    expect(page.locator("#clocks-say")).to_contain_text(f"position {lab.head()}")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("button", name="Show", exact=True)).to_be_hidden()
    assert page.pdf()[:5] == b"%PDF-"


def test_a_monitor_may_ask_for_the_head_alone(lab: Ledger) -> None:
    with httpx2.Client(base_url=lab.url, trust_env=False, timeout=60) as monitor:
        for path in ("/", "/history", asset("page.css")):
            whole, head = monitor.get(path), monitor.head(path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["Content-Type"] == whole.headers["Content-Type"]


def test_a_file_is_kept_for_ever_under_its_hash_and_asked_for_again_without(lab: Ledger) -> None:
    with httpx2.Client(base_url=lab.url, trust_env=False, timeout=60) as browser:
        hashed, bare = browser.get(asset("page.js")), browser.get("/static/page.js")
        assert "immutable" in hashed.headers["Cache-Control"]
        assert bare.headers["Cache-Control"] == "no-cache"
        again = browser.get("/static/page.js", headers={"If-None-Match": bare.headers["ETag"]})
        assert again.status_code == 304
        for missing in ("/static/nothing.js", "/static/../app.py", "/static/vendor/VENDORED.md"):
            assert browser.get(missing).status_code == 404


def test_every_page_says_which_position_it_reflects(lab: Ledger) -> None:
    with httpx2.Client(base_url=lab.url, trust_env=False, timeout=60) as reader:
        answer = reader.get("/", params={"known_at": 12})
        assert answer.headers["Allot-Position"] == "12"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")


@pytest.mark.parametrize("width", [1280, 1200, 1000])
def test_what_comes_free_is_seen_beside_the_figures_without_scrolling(
    page: Page, lab: Ledger, watch: Watch, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    opened(page, f"{lab.url}/?valid_at={day(-2)[:10]}")  # before some of it was lost
    tables = page.get_by_role("group", name="Coming free in ")
    assert any("Capacity" in one for one in tables.all_inner_texts())
    for table in tables.all():
        wide, seen = table.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert wide <= seen
