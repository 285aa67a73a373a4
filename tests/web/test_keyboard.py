"""Without a mouse: the way in, the order of things, and nothing out of reach."""

import pytest
from playwright.sync_api import Page, expect

from tests.cli.running import Ledger
from tests.web.lab import H100, LENT
from tests.web.watching import Watch

REACHABLE = "a[href], button, select, input:not([type=hidden]), summary, [tabindex='0']"
FOCUSED = """() => {
  const at = document.activeElement;
  const seen = getComputedStyle(at).outlineStyle !== "none" || at.matches("input");
  return { index: [...document.querySelectorAll(REACHABLE)].indexOf(at), seen };
}""".replace("REACHABLE", repr(REACHABLE))
VISIBLE = """all => all.map((each, i) => [i, each]).filter(
  ([_, each]) => each.checkVisibility({ visibilityProperty: true })).map(([i]) => i)"""


@pytest.mark.parametrize(
    "path",
    [
        "/",
        f"/pool?pool={H100}",
        "/unit?unit=research",
        f"/grant?grant={LENT}",
        "/flows",
        "/history",
    ],
)
def test_tab_reaches_everything_in_the_order_of_the_page(
    page: Page, lab: Ledger, watch: Watch, path: str
) -> None:
    page.goto(lab.url + path)
    wanted = page.locator(REACHABLE).evaluate_all(VISIBLE)
    reached: list[int] = []
    for _ in wanted:
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        assert at["seen"], "who uses the keyboard sees where they are"
        reached.append(at["index"])
    assert reached == wanted


def test_the_first_step_leads_past_the_navigation(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(lab.url)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
