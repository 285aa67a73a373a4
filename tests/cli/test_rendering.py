"""What the answers of the books and of the outlook look like on a terminal."""

import pytest

from api.cli.books import Statement, statement_rows
from api.cli.outlook import Cause, Step, merged
from api.cli.output import Row


def step(at: str, free: int, *causes: Cause) -> Step:
    return Step(at=at, free=max(0, free), short=max(0, -free), grantable=0, causes=causes)


END = Cause(kind="end", quantity=64, unit="vision", position=7)
LOAN = Cause(kind="loan_end", quantity=-8, unit=None, position=9)
EXPECTED = Cause(kind="forecast", quantity=32, unit="speech", position=11)


def test_a_cause_says_how_much_why_and_by_which_position() -> None:
    assert str(END) == "+64 end of vision (7)"
    assert str(LOAN) == "-8 loan end (9)"


def test_three_curves_make_one_row_for_each_instant_that_changes_any() -> None:
    rows = merged(
        {
            "certain": [step("t1", -4), step("t3", 60, END)],
            "likely": [step("t1", 0), step("t2", 32, EXPECTED), step("t3", 96, END)],
            "possible": [
                step("t1", 0), step("t2", 32, EXPECTED), step("t3", 96, END), step("t4", 88, LOAN),
            ],
        }
    )  # fmt: skip
    assert [row["at"] for row in rows] == ["t1", "t2", "t3", "t4"]
    assert [row["free"] for row in rows] == [0, 0, 60, 60]
    assert [row["short"] for row in rows] == [4, 4, 0, 0]
    assert [row["likely"] for row in rows] == [0, 32, 96, 96]
    assert [row["possible"] for row in rows] == [0, 32, 96, 88]
    assert [row["causes"] for row in rows] == [
        "", "+32 forecast of speech (11)", "+64 end of vision (7)", "-8 loan end (9)"
    ]  # fmt: skip


@pytest.mark.parametrize("entries", [[], [{"at": "t2", "kind": "lent", "quantity": -8}]])
def test_a_statement_begins_with_its_opening_and_ends_with_its_closing(
    entries: list[Row],
) -> None:
    told = Statement(
        position=9, known_at=9, opening=64, entries=[], closing=56, next=None, start="t1", end="t3"
    )
    rows = statement_rows(told, entries)
    assert rows[0] == {"at": "t1", "kind": "opening", "balance": 64}
    assert rows[-1] == {"at": "t3", "kind": "closing", "balance": 56}
    assert rows[1:-1] == entries
