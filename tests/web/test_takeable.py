"""What a lead sees of whether what they hold can be taken, and with what notice."""

import re

import pytest
from markupsafe import Markup
from playwright.sync_api import Page, expect

from api.reads.shapes_of_grants import Takeable
from api.web.rendering import TEMPLATES
from ledger.periods import Instant
from tests.cli.running import Ledger
from tests.web.lab import LENDER, LENT
from tests.web.watching import Watch


@pytest.mark.parametrize(
    ("quantity", "under_floor", "notice_days", "says"),
    [
        (1200, 0, 0, "1,200 without notice"),
        (40, 8, 14, "40 with 14 days of notice, from 2027-03-15 on; 8 stand under a floor"),
        (40, 1, 1, "40 with 1 day of notice, from 2027-03-15 on; 1 stands under a floor"),
        (0, 16, 14, "Nothing; 16 stand under a floor"),
    ],
)
def test_notice_and_floor_are_said_in_words(
    quantity: int, under_floor: int, notice_days: int, says: str
) -> None:
    one = Takeable(
        quantity=quantity, under_floor=under_floor, notice_days=notice_days,
        earliest=Instant("2027-03-15T00:00:00.000000Z"),
    )  # fmt: skip
    told = TEMPLATES.from_string(
        '{% import "parts.html" as parts with context %}{{ parts.takeable(one) }}'
    ).render(one=one)
    assert re.sub(r"\s+", " ", Markup(told).striptags()).replace(" ;", ";") == says


@pytest.mark.parametrize(("grant", "says"), [(LENT, "96"), (LENDER, "48")])
def test_a_grant_says_whether_it_can_be_taken(
    page: Page, lab: Ledger, watch: Watch, grant: str, says: str
) -> None:
    page.goto(f"{lab.url}/grant?grant={grant}")
    about = page.get_by_role("region", name="About this grant")
    expect(about).to_contain_text(f"Can be taken{says} without notice. Against its holder's will")


def test_a_unit_says_it_of_each_pool(page: Page, lab: Ledger, watch: Watch) -> None:
    page.goto(f"{lab.url}/unit?unit=research")
    held = page.get_by_role("region", name="Held")
    told = held.locator("p", has_text="Can be taken against their will").all_inner_texts()
    assert [one.rpartition(": ")[2] for one in told] == [
        "160 without notice.", "48 without notice.",
    ]  # fmt: skip
