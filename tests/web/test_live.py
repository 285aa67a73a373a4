"""The page grows with the record, without losing the reader's place."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, expect

from api.client import Client, Json
from tests.cli.running import FOUNDER, Ledger
from tests.web.lab import A100, H100, meanwhile
from tests.web.watching import Watch


def test_a_grant_made_meanwhile_shows_by_itself(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(lab.url)
    expect(page.locator("#live")).to_have_text("Live")
    held = page.locator("dl.figures dd").nth(1)
    before = int(held.inner_text())
    page.evaluate("window.unchanged = true")
    with meanwhile(lab, 8):
        expect(held).to_have_text(str(before + 8))
        expect(page.get_by_role("status")).to_contain_text("1 new event")
        expect(page.get_by_role("region", name="Last recorded")).to_contain_text("Meanwhile.")
        assert page.evaluate("window.unchanged"), "the page was not loaded anew"
    expect(held).to_have_text(str(before))


def test_what_falls_due_shows_by_itself(page: Page, lab: Ledger, watch: Watch) -> None:
    """Nothing is recorded when a grant ends on its day, and yet less is held."""
    page.goto(lab.url)
    held = page.locator("dl.figures dd").nth(1)
    before = int(held.inner_text())
    end = (datetime.now(UTC) + timedelta(seconds=12)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fields: dict[str, Json] = {
        "pool": H100, "unit": "research/speech", "quantity": 8, "ends_at": end,
    }  # fmt: skip
    with Client(lab.url, actor=FOUNDER) as client:
        assert client.command("grant", {**fields, "reason": "For a moment."}).status == 201
    expect(held).to_have_text(str(before + 8))
    position = page.locator("#live").get_attribute("data-position")
    expect(held).to_have_text(str(before))
    expect(page.locator("#live")).to_have_attribute("data-position", position or "")


def test_the_reader_keeps_the_place(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/pool?pool={H100}")
    page.get_by_text("Table of this chart").click()
    vision = page.get_by_role("region", name="Holders").get_by_role("link", name="Vision")
    vision.focus()
    scrolled = page.evaluate("scrollY")
    speech = page.get_by_role("region", name="Holders").get_by_role("row", name="Speech")
    with meanwhile(lab, 8):
        expect(speech).to_contain_text("72")
        expect(vision).to_be_focused()
        expect(page.get_by_role("group", name="Table: What each unit")).to_be_visible()
        expect(page.locator("figure canvas").first).to_be_visible()
        assert page.evaluate("scrollY") == scrolled


def test_rows_under_the_eyes_of_a_reader_move_only_on_demand(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/history?q=unit:research/speech")
    rows = page.get_by_role("group", name="Events").locator("tbody tr")
    before = rows.count()
    with meanwhile(lab, 8):
        expect(page.get_by_role("status")).to_contain_text("1 new event recorded")
        assert rows.count() == before
        page.get_by_role("status").get_by_role("button", name="Show").click()
        expect(rows).to_have_count(before + 1)
        expect(rows.first).to_contain_text("Meanwhile.")


def test_a_page_that_stands_still_does_not_listen(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(lab.url)
    page.get_by_role("link", name="Hold still at").click()
    page.wait_for_url("**known_at=**")
    assert "valid_at=" in page.url
    watch.asked.clear()
    held = page.locator("dl.figures dd").nth(1)
    before = held.inner_text()
    with meanwhile(lab, 8):
        lab.get("/v1/holdings", pool=A100)
        page.reload()
        expect(held).to_have_text(before)
    assert not any("/v1/events/stream" in url for url in watch.asked)


def test_a_page_that_was_not_let_in_to_follow_tries_again(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.route(
        "**/v1/events/stream*",
        lambda route: route.fulfill(status=503, headers={"Retry-After": "5"}),
        times=1,
    )
    watch.expect("503")
    page.goto(lab.url)
    held = page.locator("dl.figures dd").nth(1)
    before = int(held.inner_text())
    with meanwhile(lab, 8):
        expect(held).to_have_text(str(before + 8))
    expect(held).to_have_text(str(before))
