"""The page of flows: the numbers of the API, drawn and in a table, for any period."""

import pytest
from playwright.sync_api import Page, expect

from tests.cli.running import Ledger
from tests.web.lab import A100, H100, LOAN, NAUGHTY, day
from tests.web.watching import Watch

PERIOD = f"from={day(-6)[:10]}&to={day(60)[:10]}"


def rows(page: Page) -> list[list[str]]:
    return [
        row.locator("td").all_inner_texts() for row in page.locator("#flows-table tbody tr").all()
    ]


def labels(page: Page, anchor: str) -> list[str]:
    return page.locator(f"svg.sankey text[text-anchor={anchor}]").all_text_contents()


@pytest.mark.parametrize("group", ["unit", "parent"])
@pytest.mark.parametrize("pool", [H100, A100])
def test_what_passed_is_what_the_api_tells(
    page: Page, lab: Ledger, watch: Watch, pool: str, group: str
) -> None:
    page.goto(f"{lab.url}/flows?pool={pool}&{PERIOD}&group={group}")
    asked = {"pool": pool, "from": day(-6), "to": day(60), "group": group}
    told = [
        (row["from_unit"], row["to_unit"], str(row["quantity"]))
        for row in lab.items("/v1/flows", **asked)
    ]
    shown = page.locator("#flows-table tbody tr").evaluate_all(
        "all => all.map(row => [...row.cells].map(cell => cell.querySelector('a')?.title ?? null)"
        ".slice(0, 2).concat(row.cells[2].textContent))"
    )
    assert sorted(map(str, map(tuple, shown))) == sorted(map(str, told))
    total = sum(int(quantity) for _, _, quantity in told)
    expect(page.locator("#flows-table tfoot td").last).to_have_text(str(total))
    for anchor in ("end", "start"):
        assert sum(int(label.split()[-1]) for label in labels(page, anchor)) == total


def test_the_drawing_says_what_it_is_and_where_its_table_stands(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/flows?pool={A100}&{PERIOD}")
    drawing = page.get_by_role("img", name=f"Who passed how much of {A100} to whom from")
    expect(drawing).to_have_attribute("aria-describedby", "flows-table")
    assert rows(page) == [
        ["the pool", "Reasoning", "64"], [NAUGHTY, "Reasoning", "16"], ["Reasoning", NAUGHTY, "16"],
    ]  # fmt: skip
    cut = f"{NAUGHTY[:25]}\N{HORIZONTAL ELLIPSIS} 16"
    assert labels(page, "end") == [cut, "Reasoning 16", "the pool 64"]
    page.get_by_role("group", name="Drawing of the flows").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("group", name="Who passed how much of")).to_be_focused()


def test_a_row_leads_to_the_statement_of_who_gave_or_got(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/flows?pool={A100}&{PERIOD}")
    page.locator("#flows-table").get_by_role("link", name="Reasoning").first.click()
    statement = page.get_by_role("region", name="Statement")
    expect(statement.get_by_label("From")).to_have_value(day(-6)[:10])
    expect(statement).to_contain_text("Opening, in gpu")
    assert statement.locator("tbody tr").count() == 5


def test_without_a_period_the_instant_chooses_the_month(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/flows?pool={H100}&valid_at={day(70)[:10]}")
    expect(page.get_by_role("textbox", name="From")).to_have_value(f"{day(70)[:7]}-01")
    expect(page.locator("#clocks-say")).to_contain_text("What was true at")
    page.get_by_role("link", name="Month before").click()
    expect(page.get_by_role("textbox", name="until")).to_have_value(f"{day(70)[:7]}-01")
    expect(page.locator("#clocks-say")).to_contain_text("whenever it was true")
    assert f"valid_at={day(70)[:10]}" in page.url


def test_flows_are_those_that_were_known_then(page: Page, lab: Ledger, watch: Watch) -> None:
    (made,) = [
        row["position"] for row in lab.items("/v1/history", q=f"grant:{LOAN} topic:reallocated")
    ]
    page.goto(f"{lab.url}/flows?pool={A100}&{PERIOD}&known_at={int(str(made)) - 1}")
    assert rows(page) == [["the pool", "Reasoning", "64"]]
    page.goto(f"{lab.url}/flows?pool={A100}&from=2019-01-01&to=2019-02-01")
    expect(page.get_by_text("Nothing passed from one to another")).to_be_visible()
    expect(page.locator("svg.sankey")).to_have_count(0)


def test_the_file_has_exactly_what_is_shown(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/flows?pool={A100}&{PERIOD}")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save all as CSV").click()
    lines = saved.value.path().read_text().splitlines()
    assert lines[0] == "pool,from_unit,to_unit,quantity"
    assert len(lines) - 1 == len(rows(page))


def test_a_pool_s_page_and_the_navigation_lead_there(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/pool?pool={A100}")
    page.get_by_role("link", name="Who passed how much to whom").click()
    expect(page.locator("select[name=pool]")).to_have_value(A100)
    page.get_by_role("navigation").get_by_role("link", name="Flows").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Flows")


def test_on_paper_and_in_forced_colours_the_drawing_is_seen(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/flows?pool={H100}&{PERIOD}")
    page.emulate_media(media="print")
    expect(page.locator("svg.sankey")).to_be_visible()
    expect(page.locator("form.period")).to_be_hidden()
    page.emulate_media(media="screen", forced_colors="active")
    assert (
        page.locator("svg.sankey rect").first.evaluate("one => getComputedStyle(one).stroke")
        != "none"
    )
    page.emulate_media(forced_colors="none")
