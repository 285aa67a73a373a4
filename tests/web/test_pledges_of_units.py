"""What a unit was promised stands on its page, and whether it is behind."""

import re

from tests.api.conftest import migrated_template
from tests.api.test_pledges import DAY_S, POOL, WORDS, house, one, pledge, split, the_year
from tests.api.told import reading
from tests.support.in_memory import day

__all__ = ["migrated_template"]


def cells(page: str) -> list[list[str]]:
    """The rows of the table of pledges, as words."""
    found = re.search(r'aria-labelledby="pledges".*?</section>', page, re.DOTALL)
    if found is None:
        return []
    rows = re.findall(r"<tr.*?</tr>", found[0], re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]*>", " ", cell).split())
            for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_the_page_of_a_unit_tells_its_pledges_by_quarter(migrated_database: str) -> None:
    with reading(migrated_database, the_year()) as doors:
        for unit in ("research/vision", "research", "lab"):
            page = doors.get("/unit", params={"unit": unit, "valid_at": day(365)})
            assert page.status_code == 200, page.text
            head, whole, *quarters = cells(page.text)
            assert head[:2] == ["To", "Promised"]
            assert whole[:4] == [
                "vision", "20 % of what research has of h100", "2026-01-01", "2027-01-01",
            ]  # fmt: skip
            assert whole[4:9] == ["25", "32.1", "25.3", "24", "ended, 1 behind"]
            assert [(row[0], *row[4:9]) for row in quarters] == [
                ("2026-Q1", "20", "20", "16", "16", "behind"),
                ("2026-Q2", "30", "36", "30", "30", "kept"),
                ("2026-Q3", "30", "36", "30", "25", "behind"),
                ("2026-Q4", "20", "36", "25", "25", "kept"),
            ]
        row = one(doors, valid_at=day(365))
        assert f"{float(row['promised']) / DAY_S / 365:,.1f}" == "25.0"
        assert cells(doors.get("/unit", params={"unit": "ops"}).text) == []
        later = doors.get("/unit", params={"unit": "lab", "valid_at": day(365 + 366)})
        assert cells(later.text) == []


def test_pledges_that_run_come_first_and_those_ahead_have_no_numbers(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, "lab", day(0), research=100)
    pledge(ledger, "ops", quantity=8, from_=day(100))
    pledge(ledger, "research", quantity=8)
    pledge(ledger, "research/vision", quantity=8)
    ledger.tell("grant", pool=POOL, unit="research/speech", quantity=12, starts_at=day(0), **WORDS)
    with reading(migrated_database, ledger) as doors:
        page = doors.get("/unit", params={"unit": "lab", "valid_at": day(30)})
        _, *rows = cells(page.text)
        assert [(row[0], *row[4:9]) for row in rows] == [
            ("vision", "8", "0", "0", "0", "running, 8 behind"),
            ("research", "8", "100", "12", "12", "running, 4 ahead"),
            ("ops", *["\N{EN DASH}"] * 4, "ahead"),
        ]
