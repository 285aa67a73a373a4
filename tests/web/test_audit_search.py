"""The history page finds what the API finds, and its export is exactly what is shown."""

import csv

import pytest
from playwright.sync_api import Page, expect

from tests.cli.running import Ledger
from tests.web.lab import H100, LENT, NAUGHTY
from tests.web.watching import Watch


def positions(page: Page) -> list[int]:
    """The positions of the rows shown."""
    heads = page.get_by_role("group", name="Events").locator("tbody th").all_inner_texts()
    return [int(head.replace(",", "")) for head in heads]


@pytest.mark.parametrize(
    "q",
    [
        "#12",
        "-position:12 -#13 unit:research",
        "topic:granted",
        "unit:research/vision",
        "under:research -topic:unit-created",
        f"grant:{LENT}",
        "flag:backdated",
        '"first round"',
        "by:operator@demo pool:tucson/a100",
    ],
)
def test_the_page_finds_what_the_api_finds(page: Page, lab: Ledger, watch: Watch, q: str) -> None:
    page.goto(f"{lab.url}/history")
    box = page.get_by_role("searchbox", name="Search")
    box.fill(q)
    box.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    wanted = [int(str(row["position"])) for row in lab.items("/v1/history", q=q, order="desc")]
    assert wanted
    assert positions(page) == wanted
    page.reload()
    expect(box).to_have_value(q)
    assert positions(page) == wanted


def test_the_way_back_leads_to_the_search_before(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/history?q=topic:granted")
    first = positions(page)
    box = page.get_by_role("searchbox", name="Search")
    box.fill("topic:reallocated")
    box.press("Enter")
    page.wait_for_url("**reallocated**")
    # A move, and a loan.
    expect(page.get_by_role("group", name="Events").locator("tbody tr")).to_have_count(2)
    page.go_back()
    expect(box).to_have_value("topic:granted")
    assert positions(page) == first


@pytest.mark.parametrize("kind", ["CSV", "JSON lines"])
def test_the_export_is_exactly_what_is_shown(
    page: Page, lab: Ledger, watch: Watch, kind: str
) -> None:
    page.goto(f"{lab.url}/history?q=topic:granted")
    with page.expect_download() as begun:
        page.get_by_role("link", name=kind).click()
    text = begun.value.path().read_text()
    if kind == "CSV":
        saved = [int(row["position"]) for row in csv.DictReader(text.splitlines())]
    else:
        import msgspec

        saved = [msgspec.json.decode(line)["position"] for line in text.splitlines()]
    assert saved == positions(page)


def test_what_people_write_is_text_and_never_markup(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/history?q=unit:product/agents topic:granted")
    region = page.get_by_role("group", name="Events")
    expect(region).to_contain_text(NAUGHTY)
    assert region.locator("b").count() == 0


def test_a_search_that_is_not_one_says_why_and_can_be_put_right(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    watch.expect("status of 422")
    page.goto(f"{lab.url}/history")
    box = page.get_by_role("searchbox", name="Search")
    box.fill("topic:gifted")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("topic:gifted does not exist")
    box.fill("topic:granted")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()


def test_every_page_has_the_search_at_hand(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/pool?pool={H100}")
    box = page.get_by_role("textbox", name="Search the history")
    box.fill("round")
    box.press("Enter")
    expect(page.get_by_role("heading", name="Found")).to_be_visible()
    assert positions(page)


def test_who_types_a_number_is_led_to_the_event_of_that_number(page: Page, lab: Ledger) -> None:
    page.goto(f"{lab.url}/history?q=12")
    page.get_by_role("link", name="#12", exact=True).click()
    expect(page.get_by_role("searchbox", name="Search")).to_have_value("#12")
    assert positions(page) == [12]
    for q in ("#12", "9999999", "twelve"):
        page.goto(f"{lab.url}/history?q={q.replace('#', '%23')}")
        expect(page.get_by_text("Numbers are words of reasons")).to_have_count(0)
