"""Links that a decision carries: web addresses lead on, all else is words, none of it is markup."""

import pytest
from playwright.sync_api import Page, expect

from api.web.links import is_address
from api.web.proposals import row
from ledger.periods import BEGINNING
from projections.proposals.read import Proposal
from tests.cli.running import Ledger
from tests.web.lab import LENT, LINKS
from tests.web.watching import Watch


@pytest.mark.parametrize(
    "text",
    [
        "http://a",
        "https://tickets.example/4711?x=1#y",
        "HTTPS://Wiki.Example:8443/",
        "https://[::1]/",
    ],
)
def test_an_address_of_the_web_is_a_link(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "TICKET-12", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
        "ftp://a/b", "mailto:a@b", "file:///etc/passwd", "//evil.example", "/history", "https:",
        "https://", "https:evil.example", "https:/evil.example", "https://?q", "https:\\\\evil",
        "https://a\\b", "https://a b", "\thttps://a", "https://[::1", "http://a\u00a0b",
        "https://a]b/", "vbscript:x", "x https://a",
    ],
)  # fmt: skip
def test_all_else_is_text(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (f"/grant?grant={LENT}", "About this grant"),
        (f"/grant?grant={LENT}", "Everything recorded about this grant"),
        (f"/history?q=grant:{LENT} topic:granted", "Events"),
    ],
)
def test_the_links_of_a_decision_stand_where_it_is_shown(
    page: Page, lab: Ledger, watch: Watch, path: str, place: str
) -> None:
    page.goto(lab.url + path)
    region = page.locator(f"section:has(h2:text-is('{place}')), [aria-label='{place}']").first
    links = region.get_by_role("list", name="Links").first
    assert links.locator("li").all_inner_texts() == list(LINKS)
    for href in LINKS[:2]:
        link = links.get_by_role("link", name=href)
        expect(link).to_have_attribute("href", href)
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(links.get_by_role("link")).to_have_count(2)
    expect(links.locator("img")).to_have_count(0)


def test_the_links_of_a_proposal_are_no_field_of_what_it_proposes() -> None:
    command = '{"do":"grant","pool":"a","refs":["https://a.example","javascript:x"]}'
    told = row(Proposal("p", 1, BEGINNING, "a", command, [], BEGINNING, "waiting", None, None))
    assert told.fields == {"pool": "a"}
    assert [one.href for one in told.refs] == ["https://a.example", None]
