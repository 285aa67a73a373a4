"""What a unit has of its budget is drawn as its holdings tell it, whatever is lent or borrowed."""

import re

from tests.api.told import reading
from tests.support.in_memory import InMemory, day, lab

WORDS = {"reason": "Decided by the board"}
BAR = re.compile(r'aria-label="([^"]* in hand, [^"]*)">(.*?)</svg>', re.DOTALL)


def house() -> InMemory:
    """One unit owns 40, and lends 24 of it; one borrows 16; one has lent all it owns."""
    ledger = lab("lender", "taker", "empty")
    ledger.tell("split", pool="h100", parent="lab", **WORDS, shares=[
        {"unit": unit, "amount": 64} for unit in ("lender", "taker", "empty")
    ])  # fmt: skip
    for unit, quantity, lent in (("lender", 40, 24), ("empty", 8, 8)):
        grant = ledger.grant(unit, quantity)
        ledger.tell("lend", pool="h100", from_={"grant": grant}, quantity=lent, to="taker",
                    returns_at=day(9))  # fmt: skip
    ledger.grant("lender", 16, borrowed=True)
    return ledger


def test_the_bar_of_a_budget_tells_what_is_in_hand_as_holdings_do(migrated_database: str) -> None:
    with reading(migrated_database, house()) as doors:
        page = doors.get("/unit", params={"unit": "lab", "valid_at": day(1)}).text
        bars = [(says, re.findall(r'class="(\w+)"', drawn)) for says, drawn in BAR.findall(page)]
        assert bars == [
            ("0 in hand, 0 of it guaranteed; 8 owned", []),
            ("32 in hand, 16 of it guaranteed; 40 owned", ["s1", "s2"]),
            ("32 in hand, 0 of it guaranteed", ["s2"]),
        ]
        params = {"group": "unit", "valid_at": day(1)}
        held = {
            row["unit"]: row for row in doors.get("/v1/holdings", params=params).json()["items"]
        }
        assert [held[unit]["guaranteed"] for unit in ("lender", "taker")] == [16, 0]
