"""What a page shows is what the API answers at the same clocks, number by number."""

import pytest
from playwright.sync_api import Locator, Page

from api.client import Json
from tests.cli.running import Ledger
from tests.web.lab import H100, day
from tests.web.watching import Watch

CLOCKS = {
    "now": {},
    "in five days": {"valid_at": day(5)},
    "in two months": {"valid_at": day(60)},
    "three days ago as we know it now": {"valid_at": day(-3)},
    "as it stood before the losses": {"known_at": "11"},
}


def figures(part: Locator) -> dict[str, int]:
    """The named numbers of a part of a page."""
    names = part.locator("dl.figures dt").all_inner_texts()
    numbers = part.locator("dl.figures dd").all_inner_texts()
    return {
        name.lower(): int(number.replace(",", ""))
        for name, number in zip(names, numbers, strict=True)
    }


@pytest.mark.parametrize("clocks", CLOCKS.values(), ids=CLOCKS.keys())
def test_every_pool_has_the_capacity_that_the_api_tells(
    page: Page, lab: Ledger, watch: Watch, clocks: dict[str, str]
) -> None:
    query = "&".join(f"{name}={text}" for name, text in clocks.items())
    page.goto(f"{lab.url}/?{query}")
    told = {str(row["pool"]): row for row in lab.items("/v1/capacity", **clocks)}
    cards = page.locator("section.sheet", has=page.locator("dl.figures"))
    shown = {card.locator("h2").inner_text(): figures(card) for card in cards.all()}
    known = {pool: row for pool, row in told.items() if not row.get("unknown")}
    assert shown.keys() == known.keys()
    for pool, numbers in shown.items():
        assert numbers == {name: known[pool][name] for name in numbers}
        assert numbers["held"] + numbers["free"] == numbers["allocatable"]


@pytest.mark.parametrize("clocks", CLOCKS.values(), ids=CLOCKS.keys())
def test_every_unit_holds_what_the_api_tells(
    page: Page, lab: Ledger, watch: Watch, clocks: dict[str, str]
) -> None:
    query = "&".join(f"{name}={text}" for name, text in clocks.items())
    page.goto(f"{lab.url}/unit?{query}")
    shown: dict[str, list[int]] = {}
    for row in page.get_by_role("region", name="Members").locator("tbody tr").all():
        unit = row.locator("a").get_attribute("title") or ""
        cells = row.locator("td.num").all_inner_texts()
        shown[unit] = [0 if cell == "\N{EN DASH}" else int(cell) for cell in cells]
    heads = page.get_by_role("region", name="Members").locator("thead th").all_inner_texts()
    for unit, cells in shown.items():
        rows: list[dict[str, Json]] = lab.items("/v1/holdings", under=unit, group="pool", **clocks)
        told = {str(row["pool"]): row["quantity"] for row in rows}
        assert dict(zip(heads[2:], cells, strict=True)) == {
            pool: told.get(pool, 0) for pool in heads[2:]
        }
    exist = {str(row["unit"]) for row in lab.items("/v1/units", **clocks)}
    assert shown.keys() == (exist if len(exist) > 1 else set())


@pytest.mark.parametrize("unit", ["lab", "research", "product", "product/old"])
def test_a_chart_tells_at_each_step_what_the_api_tells(
    page: Page, lab: Ledger, watch: Watch, unit: str
) -> None:
    page.goto(f"{lab.url}/unit?unit={unit}&known_at={lab.head()}")
    figure = page.locator("figure").first
    assert "h100" in str(figure.locator(".plot").get_attribute("aria-label"))
    figure.locator("summary").click()
    steps = figure.locator("tbody tr").all()
    assert len(steps) >= 3
    for step in steps:
        at = step.locator("time").get_attribute("datetime") or ""
        told = lab.items("/v1/holdings", under=unit, group="pool", pool=H100, valid_at=at)
        shown = sum(int(cell) for cell in step.locator("td").all_inner_texts())
        assert shown == (told[0]["quantity"] if told else 0), at
