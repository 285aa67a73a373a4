"""One time bar sets both clocks of every page, and the address is the whole of what is shown."""

import pytest
from playwright.sync_api import Page, expect

from tests.cli.running import Ledger
from tests.web.lab import H100, day, meanwhile
from tests.web.watching import Watch


def held_of(page: Page) -> str:
    """What the first pool's card says is held."""
    return page.locator("dl.figures dd").nth(1).inner_text()


def test_typing_an_instant_shows_what_was_true_then(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(lab.url)
    assert held_of(page) == "184"
    field = page.get_by_label("True at")
    field.fill(day(13)[:10])
    field.press("Enter")
    page.wait_for_url("**valid_at=**")
    assert held_of(page) == str(184 - 48 - 32)
    expect(page.get_by_text("What was true at")).to_contain_text(day(13)[:10])
    page.get_by_role("link", name="7 days later").click()
    assert held_of(page) == str(184 - 48 - 32 + 16)
    page.get_by_role("link", name="Back to now").click()
    page.wait_for_url(lambda url: "valid_at" not in url)
    assert held_of(page) == "184"


def test_both_clocks_together_show_the_books_as_they_stood(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    """Everything was dated back: true then, but not yet in the books."""
    watch.expect("status of 404")
    page.goto(f"{lab.url}/pool?pool={H100}")
    page.get_by_label("True at").fill(day(-2)[:10])
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**valid_at=**")
    assert held_of(page) == "104"
    page.get_by_role("link", name="Show the books as they stood then").click()
    page.wait_for_url("**known_at=**")
    expect(page.get_by_role("alert")).to_contain_text("There is no pool")


@pytest.mark.parametrize("path", ["/", f"/pool?pool={H100}", "/unit?unit=research"])
def test_what_stands_still_is_the_same_for_everybody_and_later(
    page: Page, lab: Ledger, watch: Watch, path: str
) -> None:
    page.goto(lab.url + path)
    page.get_by_label("True at").fill(day(13)[:10])
    page.get_by_label("As recorded by").fill(str(lab.head()))
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**known_at=**")
    mine = page.locator("main").inner_text()
    browser = page.context.browser
    assert browser is not None
    with meanwhile(lab, 8), browser.new_context() as context:
        lab.get("/v1/holdings")
        theirs = context.new_page()
        theirs.goto(page.url)
        assert theirs.locator("main").inner_text() == mine


def test_every_link_of_a_page_keeps_its_clocks(page: Page, lab: Ledger, watch: Watch) -> None:
    clocks = f"valid_at={day(3)[:10]}T00:00:00.000000Z&known_at={lab.head()}"
    for path in (
        "/",
        f"/pool?pool={H100}&",
        "/unit?unit=research&",
        "/flows?group=parent&",
        "/history?q=topic:granted&",
    ):
        page.goto(f"{lab.url}{path}{'?' if path == '/' else ''}{clocks}")
        links = page.locator(
            "nav a, main a:not([href^='/v1/']):not([href^='#']):not(.refs a), .brand"
        ).evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert links
        lost = [href for href in links if clocks not in href]
        assert lost == []


@pytest.mark.parametrize(
    "path", ["/", f"/pool?pool={H100}", "/unit?unit=research", "/calendar", "/flows",
             "/differences", "/history", "/requests", "/proposals"],
)  # fmt: skip
def test_both_clocks_can_be_set_on_every_page(page: Page, lab: Ledger, path: str) -> None:
    page.goto(lab.url + path)
    page.get_by_label("True at").fill(day(13)[:10])
    page.get_by_label("As recorded by").fill(str(lab.head()))
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_url("**valid_at=**")
    assert f"known_at={lab.head()}" in page.url
    expect(page.get_by_label("True at")).to_have_value(day(13)[:10])
    page.get_by_role("link", name="Back to now").click()
    page.wait_for_url(lambda url: "valid_at" not in url and "known_at" not in url)
