"""How far back a fact may begin, and who may say so (two clocks)."""

import pytest

from tests.support.division import VISION, give, tree
from tests.support.in_memory import day


@pytest.mark.parametrize(
    ("back", "who", "reason", "code"),
    [
        (0.003, "ann", None, None),
        (0.004, "ann", None, "WordsMissing"),
        (6.9, "ann", "forgotten", None),
        (7.1, "ann", None, "WordsMissing"),
        (7.1, "ann", "forgotten", "second_person"),
        (7.1, "eve", "forgotten", None),
        (7.1, "eve", None, "WordsMissing"),
    ],
)
def test_how_far_back_a_fact_may_begin(
    back: float, who: str, reason: str | None, code: str | None
) -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab")
    give(ledger, "eve", "operator", "lab")
    importer = give(ledger, "eve", "importer", "lab")
    ledger.go_to(day(10))
    given = ledger.ask(
        "grant", by=who, pool="h100", unit=VISION, quantity=1, effective_at=day(10 - back),
        reason=reason,
    )  # fmt: skip
    assert (given.code or ("second_person" if given.status == 202 else None)) == code, given.body
    if code is None and back > 7:
        assert importer in ledger.events[-1].authority


def test_only_an_importer_dates_units_and_pools_back() -> None:
    ledger = tree()
    give(ledger, "ann", "steward", "lab")
    ledger.go_to(day(1))
    for do, fields in (("create_unit", {"unit": "u"}), ("open_pool", {"pool": "p"})):
        said = ledger.refusal(do, by="ann", effective_at=day(0), reason="r", **fields)
        assert said["code"] == "TooFarBack"
        assert ledger.refusal(do, effective_at=day(0), **fields)["code"] == "WordsMissing"
        ledger.tell(do, effective_at=day(-900), reason="r", **fields)
