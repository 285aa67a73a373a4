"""Why, on the page of a grant: a chain to read from the grant to who gave the right."""

from playwright.sync_api import Page, expect

from tests.cli.running import Ledger
from tests.web.lab import LENDER, LOAN
from tests.web.test_two_clocks import told
from tests.web.watching import Watch


def test_the_page_of_a_grant_tells_why_as_the_read_does(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    for grant in (LENDER, LOAN):
        page.goto(f"{lab.url}/grant?grant={grant}&known_at={lab.head()}")
        links = page.get_by_role("region", name="Why", exact=True).get_by_role("listitem").all()
        chain = told(lab, f"/v1/grants/{grant}/why", "chain", known_at=lab.head())
        kinds = [one["what"] for one in chain]
        assert {"grant", "decision", "budget", "delegation", "source"} <= set(kinds)
        for shown, one in zip(links, chain, strict=True):
            if one["what"] != "grant":
                expect(shown).to_contain_text(str(one["sentence"]))
            if "position" in one:
                expect(shown.get_by_role("link", name="event")).to_have_count(1)


def test_a_loan_leads_to_the_grant_it_came_from(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/grant?grant={LOAN}")
    source = page.get_by_role("listitem").filter(has_text="were lent by")
    source.get_by_role("link", name=LENDER[-8:]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("64 gpu for Reasoning")
    since = page.get_by_role("region", name="Why", exact=True).get_by_text("since", exact=True)
    expect(since).to_have_count(1)
