"""Plans that take back what the unit itself has lent."""

from tests.support.in_memory import InMemory, day, lab
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


def lent_40() -> InMemory:
    """One unit has all 64, of which it lends 40 to a friend until day 90."""
    ledger = lab("mine", "friend", total=64)
    ledger.grant("mine", 64)
    ledger.tell(
        "lend", pool="h100", from_={"unit": "mine"}, quantity=40, to="friend", returns_at=day(90),
        reason="They need it",
    )  # fmt: skip
    return ledger


def test_a_part_of_a_loan_is_recalled_alone() -> None:
    ledger = lent_40()
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


def lender_until(end: float) -> InMemory:
    """All 20 are a grant of mine until a day, lent to a friend until day 50."""
    ledger = lab("mine", "friend", total=20)
    ledger.grant("mine", 20, ends_at=day(end))
    ledger.tell(
        "lend", pool="h100", from_={"unit": "mine"}, quantity=20, to="friend", returns_at=day(50),
        reason="They need it",
    )  # fmt: skip
    return ledger


def test_a_loan_comes_back_only_if_the_grant_it_was_made_of_lasts_as_long() -> None:
    for end, found in ((60, [("recall", "friend", 8)]), (60 + 1 / 86_400, [])):
        assert parts(plan(lender_until(60), 8, "mine", ends_at=day(end))) == found
    assert parts(plan(lender_until(60), 8, "mine")) == []


def test_a_loan_to_who_is_to_be_avoided_stays() -> None:
    ledger = lender_until(90)
    assert parts(plan(ledger, 8, "mine", ends_at=day(45))) == [("recall", "friend", 8)]
    assert parts(plan(ledger, 8, "mine", ends_at=day(45), avoid=["friend"])) == []


def test_of_a_loan_that_was_given_back_for_later_all_comes_back_earlier() -> None:
    ledger = lender_until(90)
    ledger.tell("release", pool="h100", unit="friend", quantity="all", effective_at=day(40))
    found = plan(ledger, 20, "mine", ends_at=day(60))
    assert parts(found) == [("recall", "friend", 20)]
    carry_out(ledger, found)
    assert [ledger.holds("mine", day(at)) for at in (30, 31, 41)] == [0, 20, 20]
    assert [ledger.holds("friend", day(at)) for at in (30, 31, 41)] == [20, 0, 0]


def test_what_comes_back_must_fit_the_caps_above_who_lent_it() -> None:
    ledger = lent_40()
    share = {"unit": "mine", "cap": 40}
    ledger.tell("split", pool="h100", parent="lab", shares=[share], reason="As agreed")
    assert plan(ledger, 16, "mine").limits == ()
    found = plan(ledger, 17, "mine")
    assert parts(found) == [("recall", "friend", 17)]
    assert [(one.code, one.unit) for one in found.limits] == [("OverCap", "mine")]
    assert found.verdict is not None
    assert (found.verdict.status, found.verdict.code) == (409, "OverCap")


def test_a_decision_says_what_was_seen_why_and_what_is_set_aside() -> None:
    ledger = lab("mine", "friend", total=64)
    ledger.grant("mine", 64)
    ledger.tell("lend", pool="h100", from_={"unit": "mine"}, quantity=40, to="friend",
                returns_at=day(90), reason="They need it")  # fmt: skip
    ledger.tell("set_rules", notice_days=60, reason="As agreed")
    said = {"reason": "It is urgent", "reason_code": "strategic_priority"}
    late = plan(ledger, 40, "mine", by=31, **said)
    assert late.verdict is not None
    assert (late.verdict.status, late.verdict.code) == (409, "NoticeNeeded")
    found = plan(ledger, 40, "mine", by=31, overrides=["notice"], **said)
    assert found.verdict is not None
    assert found.verdict.status == 201
    (event,) = carry_out(ledger, found)
    assert (event["overrides"], event["seen"]) == (["notice"], found.position)
    assert {name: event[name] for name in said} == said
