"""Plans that take back what the unit itself has lent."""

from tests.support.in_memory import day, lab
from tests.support.planning import carry_out, parts, plan


def test_own_loans_are_recalled_before_others_are_asked() -> None:
    ledger = lab("mine", "friend", "other", total=128)
    ledger.grant("mine", 64)
    ledger.grant("other", 64, borrowed=True)
    ledger.tell(
        "lend", pool="h100", from_={"unit": "mine"}, quantity=40, to="friend", returns_at=day(90),
        reason="They need it",
    )  # fmt: skip
    found = plan(ledger, 48, "mine")
    assert parts(found) == [("recall", "friend", 40), ("borrowed", "other", 8)]
    carry_out(ledger, found)
    assert ledger.holds("mine", day(31)) == 64 + 8
    # A part of a loan comes back without all of it.
    part = plan(ledger, 8, "friend", by=32)
    assert parts(part) == [("borrowed", "other", 8)]


def test_a_part_of_a_loan_is_recalled_alone() -> None:
    ledger = lab("mine", "friend", total=64)
    ledger.grant("mine", 64)
    ledger.tell(
        "lend", pool="h100", from_={"unit": "mine"}, quantity=40, to="friend", returns_at=day(90),
        reason="They need it",
    )  # fmt: skip
    found = plan(ledger, 16, "mine")
    assert parts(found) == [("recall", "friend", 16)]
    carry_out(ledger, found)
    assert ledger.holds("mine", day(31)) == 40
    assert ledger.holds("friend", day(31)) == 24


def test_of_a_loan_that_shrinks_anyway_the_rest_stays_lent() -> None:
    ledger = lab("mine", "friend", total=64)
    ledger.grant("mine", 64)
    lent = ledger.tell(
        "lend", pool="h100", from_={"unit": "mine"}, quantity=40, to="friend", returns_at=day(90),
        reason="They need it",
    )[-1]["data"]["to_grant"]  # fmt: skip
    part = [{"grant": lent, "quantity": 10}]
    ledger.tell("release", grants=part, effective_at=day(50))
    found = plan(ledger, 40, "mine")
    assert parts(found) == [("recall", "friend", 30)]
    carry_out(ledger, found)
    assert [ledger.holds("friend", day(at)) for at in (31, 51, 91)] == [10, 10, 0]
    assert ledger.holds("mine", day(31)) == 54
