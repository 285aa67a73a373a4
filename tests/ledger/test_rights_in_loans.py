"""Who lends, prolongs, recalls and gives back: the lender's side, the borrower's, or either."""

from typing import Any

from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import proposed, refused, told

POOL = "h100"
SIDES = ("lead-a", "op-a", "decider-a", "lead-b", "op-b", "decider-b")


def people() -> tuple[InMemory, str, str]:
    """Leads, operators and deciders over each of two units; alpha lends 24 to beta until day 30."""
    ledger = lab("alpha", "beta")
    roles = {"lead": "lead", "op": "operator", "decider": "decider"}
    for who in SIDES:
        role, side = who.split("-")
        unit = {"a": "alpha", "b": "beta"}[side]
        ledger.tell("delegate", to=who, role=roles[role], unit=unit)
    ledger.tell("delegate", to="outsider", role="steward", unit="lab")
    name = ledger.grant("alpha", 64)
    loan = ledger.tell("lend", pool=POOL, from_={"grant": name}, quantity=24, to="beta",
                       returns_at=day(30))[0]["data"]["to_grant"]  # fmt: skip
    ledger.go_to(day(5))
    return ledger, name, loan


def who_may(do: str, **fields: Any) -> set[str]:
    """Those who may do a thing in a ledger of their own; `LOAN` stands for the loan's id."""
    allowed: set[str] = set()
    for who in (*SIDES, "outsider"):
        ledger, _, loan = people()
        asked: dict[str, Any] = {
            name: loan if value == "LOAN" else value for name, value in fields.items()
        }
        if "grants" in asked:
            asked["grants"] = [{"grant": loan, "quantity": 4}]
        given = ledger.ask(do, by=who, **asked)
        assert given.status == 201 or given.code == "NotYoursToDecide", given.body
        if given.status == 201:
            allowed.add(who)
    return allowed


def test_the_lenders_side_lends() -> None:
    fields = {"pool": POOL, "from": {"unit": "alpha"}, "quantity": 8, "to": "beta",
              "returns_at": day(20)}  # fmt: skip
    assert who_may("lend", **fields) == {"lead-a", "op-a", "decider-a"}


def test_the_lenders_side_alone_prolongs() -> None:
    assert who_may("extend", grant="LOAN", ends_at=day(40)) == {"lead-a", "op-a", "decider-a"}


def test_either_side_recalls() -> None:
    recall = {"grant": "LOAN", "ends_at": day(10), "reason": "needed again"}
    assert who_may("extend", **recall) == set(SIDES)


def test_the_borrowers_side_gives_back() -> None:
    assert who_may("release", grants=[]) == {"lead-b", "op-b", "decider-b"}


def test_a_lead_of_the_borrower_who_also_acts_for_the_lender_does_not_lend_alone() -> None:
    ledger, name, loan = people()
    ledger.tell("delegate", to="lead-b", role="operator", unit="alpha")
    fields = {"pool": POOL, "from": {"grant": name}, "quantity": 8, "to": "beta",
              "returns_at": day(20)}  # fmt: skip
    proposed(ledger, "lend", by="lead-b", **fields)
    proposed(ledger, "extend", by="lead-b", grant=loan, ends_at=day(40))
    ledger.tell("delegate", to="both", role="lead", unit="lab")
    told(ledger, "lend", by="both", **fields)


def test_each_of_the_loans_that_a_unit_makes_at_once_says_what_it_rests_on() -> None:
    ledger, _, _ = people()
    ledger.grant("alpha", 4)
    events = told(ledger, "lend", by="lead-a", pool=POOL, from_={"unit": "alpha"}, quantity=8,
                  to="beta", returns_at=day(20))  # fmt: skip
    assert [event["data"]["quantity"] for event in events] == [4, 4]
    [lead] = [one for one in ledger.state.delegations.values() if one.to == "lead-a"]
    assert [event["authority"] for event in events] == [[lead.delegation]] * 2


def test_a_recall_needs_words_and_a_return_ahead_or_now() -> None:
    ledger, _, loan = people()
    refused(ledger, "extend", "WordsMissing", grant=loan, ends_at=day(10))
    told(ledger, "extend", grant=loan, ends_at=day(10), reason="needed again")
    refused(ledger, "extend", "NoDifference", grant=loan, ends_at=day(10), reason="again")
