"""What is planned, lent, expected and corrected: the pages say what the reads of the API say."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from api.client import Json
from api.web.clocks import MINUS
from tests.cli.running import Ledger
from tests.web.lab import A100, H100, LENDER, LENT, LOAN, MISDATED, NAUGHTY, day
from tests.web.watching import Watch


def number(text: str) -> int:
    """A quantity of a page."""
    return int(text.replace(",", "").replace(MINUS, "-").replace("+", ""))


def cells(row: Locator) -> list[str]:
    """The texts of a row."""
    return [text.strip() for text in row.locator("th, td").all_inner_texts()]


def rows(page: Page, group: str) -> list[Locator]:
    """The rows of a table."""
    return page.get_by_role("group", name=group, exact=True).locator("tbody tr").all()


def answer(lab: Ledger, path: str, **asked: str | int) -> dict[str, Json]:
    """What a read answers."""
    return lab.get(path, **asked).read(dict[str, Json])


def told(lab: Ledger, path: str, listed: str, **asked: str | int) -> list[dict[str, Json]]:
    """The rows of what a read answers."""
    found = answer(lab, path, **asked)[listed]
    assert isinstance(found, list)
    return [one for one in found if isinstance(one, dict)]


@pytest.mark.parametrize("unit", ["research", "product", "product/old"])
@pytest.mark.parametrize("pool", [H100, A100])
def test_a_statement_opens_tells_and_closes_as_the_api_does(
    page: Page, lab: Ledger, watch: Watch, unit: str, pool: str
) -> None:
    start, end = day(-10), day(50)
    page.goto(f"{lab.url}/unit?unit={unit}&pool={pool}&from={start[:10]}&to={end[:10]}")
    opening, *lines, closing = rows(page, f"Statement of {pool}")
    asked = {"under": unit, "pool": pool, "from": start, "to": end}
    whole = answer(lab, "/v1/statement", **asked)
    assert number(cells(opening)[3]) == whole["opening"]
    assert number(cells(closing)[3]) == whole["closing"]
    entries = told(lab, "/v1/statement", "entries", **asked)
    shown = [(number(cells(line)[2]), number(cells(line)[3])) for line in lines]
    assert shown == [(entry["quantity"], entry["balance"]) for entry in entries]
    for line, entry in zip(lines, entries, strict=True):
        expect(line).to_contain_text(str(entry["sentence"]))
        assert line.get_by_text("corrected by").count() == ("corrected_by" in entry)


def test_the_months_of_a_statement_follow_one_another(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/unit?unit=research&from=2026-05-01")
    start, end = page.get_by_label("From", exact=True), page.get_by_label("until", exact=True)
    expect(end).to_have_value("2026-06-01")
    page.get_by_role("link", name="Month after").click()
    expect(start).to_have_value("2026-06-01")
    page.get_by_role("link", name="Month before").click()
    page.get_by_role("link", name="Month before").click()
    expect(start).to_have_value("2026-04-01")
    start.fill("2026-03-05")
    page.get_by_role("button", name="Show the statement").click()
    expect(end).to_have_value("2026-05-01")
    expect(start).to_have_value("2026-03-05")


def test_a_loan_stands_on_the_pages_of_both_sides(page: Page, lab: Ledger, watch: Watch) -> None:
    for unit, way in (("reasoning", "lent"), ("product/agents", "borrowed")):
        page.goto(f"{lab.url}/unit?unit={unit}")
        (loan,) = rows(page, "Loans of this unit")
        assert cells(loan)[1] == way
        expect(loan).to_contain_text("Reasoning")
        expect(loan).to_contain_text(NAUGHTY)
        assert cells(loan)[5:7] == ["16", "16"]
    page.goto(f"{lab.url}/unit")
    assert [cells(loan)[1] for loan in rows(page, "Loans of this unit and all below")] == [
        "among themselves"
    ]
    page.goto(f"{lab.url}/unit?unit=reasoning&valid_at={day(15)[:10]}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Reasoning")
    expect(page.get_by_role("heading", name="Loans")).to_have_count(0)


def test_a_grant_owns_what_it_lends_and_leads_to_the_loan(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/grant?grant={LENDER}")
    steps = [cells(step)[2:] for step in rows(page, "Steps of this grant")]
    assert steps == [["64", "0", "64"], ["64", "16", "48"], ["64", "0", "64"]]
    (later,) = rows(page, "Recorded for later")
    assert cells(later)[1:3] == ["+16", "loan back"]
    expect(page.get_by_role("region", name="About this grant")).to_contain_text("16 of 64 lent")
    (loan,) = rows(page, "Loans made out of this grant")
    loan.get_by_role("link", name=LOAN[-8:]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"16 gpu for {NAUGHTY}")
    about = page.get_by_role("region", name="About this grant")
    expect(about).to_contain_text("Lent by")
    about.get_by_role("link", name=LENDER[-8:]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("64 gpu for Reasoning")


def test_a_corrected_fact_says_what_was_and_leads_to_what_is(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(f"{lab.url}/grant?grant={MISDATED}")
    made, *_, correction = rows(page, "Everything recorded about this grant")
    expect(made.locator("s")).to_contain_text(f"8 gpu of {H100}")
    link = made.get_by_role("link", name="corrected by")
    position = cells(correction)[0].replace(",", "")
    expect(link).to_have_attribute("href", f"#p{position}")
    expect(correction).to_contain_text("The day was mistyped.")
    expect(correction).to_contain_text("correction")
    page.goto(f"{lab.url}/grant?grant={MISDATED}&known_at={int(position) - 1}")
    expect(page.get_by_role("link", name="corrected by")).to_have_count(0)
    expect(page.locator("s")).to_have_count(0)


def test_supply_is_told_step_by_step_with_its_causes(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/pool?pool={H100}&known_at={lab.head()}")
    shown = rows(page, "What comes free and why")
    for curve, column in (("certain", 1), ("likely", 2), ("possible", 3)):
        steps = told(lab, "/v1/supply", curve, pool=H100)
        dated = {str(step["at"])[:16]: step for step in steps[1:]}
        seen: set[str] = set()
        for row in shown[1:]:
            at = (row.locator("time").first.get_attribute("datetime") or "")[:16]
            if at in dated:
                seen.add(at)
                assert number(cells(row)[column]) == dated[at]["free"]
        assert seen == dated.keys()
        assert number(cells(shown[0])[column]) == steps[0]["free"]
    forecast = next(row for row in shown if "forecast" in row.inner_text())
    expect(forecast).to_contain_text("+24 forecast, Vision")
    expect(forecast).to_contain_text("likely")


def test_the_calendar_lists_what_falls_due_and_who_is_about_to_finish(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    until = day(60)
    page.goto(f"{lab.url}/calendar?until={until[:10]}")
    due = lab.items("/v1/due", until=until)
    assert len(due) > 5
    shown = [row.locator("td").all_inner_texts()[2].strip() for row in rows(page, "Falls due")]
    assert shown == [str(row["sentence"]) for row in due]
    (forecast,) = rows(page, "About to finish")
    assert cells(forecast)[0] == "Vision"
    expect(forecast).to_contain_text(f"24 by {day(25)[:10]}")
    assert cells(forecast)[4] == "medium"
    page.get_by_label("Unit and all below").fill("product")
    page.get_by_role("combobox", name="Pool").select_option(A100)
    page.get_by_role("button", name="List it").click()
    expect(page.get_by_text("Nobody has said")).to_be_visible()
    (loan,) = rows(page, "Falls due")
    expect(loan).to_contain_text("loan return")


def test_the_overview_says_what_falls_due_and_who_is_about_to_finish(
    page: Page, lab: Ledger, watch: Watch
) -> None:
    page.goto(lab.url)
    until = (datetime.now(UTC) + timedelta(days=14)).strftime("%Y-%m-%dT%H:%M:%SZ")
    due = lab.items("/v1/due", until=until)
    shown = rows(page, "Falls due in 14 days")
    assert [row.locator("td").first.inner_text() for row in shown] == [
        str(row["sentence"]) for row in due
    ]
    (forecast,) = rows(page, "About to finish")
    forecast.get_by_role("link", name=LENT[-8:]).click()
    expected = page.get_by_role("region", name="Expected back")
    expect(expected).to_contain_text(f"24 by {day(25)[:10]}")


def test_differences_name_what_changed_each_grant(page: Page, lab: Ledger, watch: Watch) -> None:
    at = day(-4)
    page.goto(f"{lab.url}/differences?known_from=20&valid_at={at[:10]}")
    items = lab.items("/v1/differences", known_from=20, valid_at=at)
    assert MISDATED in {item["grant"] for item in items}
    shown = rows(page, "Differences")
    assert [[number(text) for text in cells(row)[3:6]] for row in shown] == [
        [
            int(str(item["before"])),
            int(str(item["after"])),
            int(str(item["after"])) - int(str(item["before"])),
        ]
        for item in items
    ]
    corrected = next(row for row in shown if MISDATED[-8:] in row.inner_text())
    expect(corrected).to_contain_text("correction")
    (correction,) = lab.items("/v1/history", grant=MISDATED, flag="correction")
    position = correction["position"]
    corrected.get_by_role("link", name=f"at {position}").click()
    expect(page.locator(f"#p{position}")).to_contain_text("The day was mistyped.")


def test_a_page_that_is_not_of_now_says_so(page: Page, lab: Ledger, watch: Watch) -> None:
    banner = page.locator(".banner")
    for path, says in (
        (f"?valid_at={day(-2)[:10]}", "The past, as known now"),
        (f"?valid_at={day(9)[:10]}", "Ahead, as far as recorded"),
        ("?known_at=12", "As the record stood"),
        (f"?valid_at={day(-2)[:10]}&known_at=12", "The past, as the record stood"),
    ):
        page.goto(f"{lab.url}/calendar{path}")
        expect(banner).to_have_text(says)
        page.get_by_role("link", name="Back to now").click()
        page.wait_for_url("**/calendar")
        expect(banner).to_have_count(0)
    page.goto(f"{lab.url}/?known_at=12")
    page.get_by_role("link", name="What is known since").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("From position 12 to")
