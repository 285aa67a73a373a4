"""Pledges: a decider strictly above promises a unit compute, and no holding changes by it."""

from typing import Any

from tests.support.facts import named
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import in_order, portrait, refused, told

WORDS: dict[str, Any] = {"reason": "As the board decided"}
YEAR: dict[str, Any] = {"from_": day(0), "until": day(365), **WORDS}


def house() -> InMemory:
    """A division with two teams, whose amount is 60 of 100, and its decider."""
    since = {"effective_at": day(-10), **WORDS}
    ledger = lab("research", "ops", total=100, since=day(-10))
    for team in ("vision", "speech"):
        ledger.tell("create_unit", unit=f"research/{team}", parent="research", **since)
    ledger.tell("delegate", to="dee", role="decider", unit="research")
    told(ledger, "split", pool="h100", parent="lab", shares=[{"unit": "research", "amount": 60}])
    return ledger


def pledge(ledger: InMemory, *, unit: str = "research/vision", **fields: Any) -> str:
    """Promise a unit a fifth of what research has for a year, unless told otherwise."""
    terms: dict[str, Any] = {"of_unit": "research", "share_bp": 2000}
    if "quantity" in fields:
        terms = {}
    asked = {"to_unit": unit, "pools": ["h100"], **YEAR, **terms, **fields}
    [event] = told(ledger, "pledge", **asked)
    return event["data"]["pledge"]


def corrected(ledger: InMemory, position: int, **fields: Any) -> dict[str, Any]:
    """A correction of a pledge's fields from the day it says."""
    at = fields.pop("at", day(0))
    fact = {**ledger.facts()[position - 1]["data"], **fields}
    kept = {name: value for name, value in fact.items() if value is not None}
    return {"corrects": position, "replacement": {"effective_at": at, "data": kept}, **WORDS}


def test_a_pledge_says_what_is_promised_and_changes_no_holding() -> None:
    ledger = house()
    ledger.grant("research/vision", 8)
    before = portrait(ledger.state)
    made = pledge(ledger, by="dee")
    assert ledger.events[-1].data.share_bp == 2000  # pyright: ignore[reportAttributeAccessIssue]
    assert ledger.state.pledges[made].to_unit == "research/vision"
    after = portrait(ledger.state)
    for part in ("capacity", "free", "live", "made", "measures", "over"):
        assert after[part] == before[part]
    in_order(ledger)


def test_only_a_decider_strictly_above_pledges() -> None:
    ledger = house()
    fixed = {"quantity": 8, "pools": ["h100"], **YEAR}
    said = refused(ledger, "pledge", "NotYoursToDecide", by="dee", to_unit="research", **fixed)
    assert "decider over lab for h100" in said["detail"]
    refused(ledger, "pledge", "NotYoursToDecide", to_unit="lab", **fixed)
    refused(ledger, "pledge", "NotYoursToDecide", by="ann", to_unit="research", **fixed)
    ledger.tell("open_pool", pool="b200")
    ledger.tell("delegate", to="hal", role="decider", unit="lab", pools=["h100"])
    both = {**fixed, "pools": ["h100", "b200"], "from_": day(1)}
    refused(ledger, "pledge", "NotYoursToDecide", by="hal", to_unit="research", **both)
    told(ledger, "pledge", to_unit="research", **both)


def test_what_a_pledge_names_is_there_for_as_long_as_it_lasts() -> None:
    ledger = house()
    fixed: dict[str, Any] = {"quantity": 8, "pools": ["h100"], "until": day(9)}
    refused(ledger, "pledge", "UnknownUnit", to_unit="nobody", **fixed)
    refused(ledger, "pledge", "UnknownPool", to_unit="ops", **{**fixed, "pools": ["b200"]})
    refused(ledger, "pledge", "UnknownUnit", to_unit="ops", of_unit="nobody", share_bp=1,
            pools=["h100"], until=day(9))  # fmt: skip
    ledger.go_to(day(2))
    refused(ledger, "pledge", "Impossible", to_unit="ops", **{**fixed, "until": day(1)})
    made = pledge(ledger, unit="ops", from_=day(2))
    refused(ledger, "pledge", "AlreadyExists", to_unit="ops", pledge=made, **fixed)
    ledger.tell("close_unit", unit="ops")
    refused(ledger, "pledge", "UnitClosed", to_unit="ops", **fixed)
    ledger.tell("close_pool", pool="h100")
    refused(ledger, "pledge", "PoolClosed", to_unit="research/vision", **fixed)


def test_a_share_of_a_unit_without_an_amount_is_warned_about() -> None:
    ledger = house()
    terms: dict[str, Any] = {"to_unit": "research", "pools": ["h100"], "share_bp": 100, **YEAR}
    given = ledger.ask("pledge", of_unit="ops", **terms)
    assert b'"NoAmount"' in given.body
    given = ledger.ask("pledge", **terms)
    assert b'"warnings":[]' in given.body


def test_what_is_left_out_of_a_revision_stays() -> None:
    ledger = house()
    made = pledge(ledger)
    [event] = told(ledger, "revise_pledge", pledge=made, share_bp=2500, from_=day(30))
    assert event["data"] == {
        "pledge": made, "to_unit": "research/vision", "of_unit": "research", "pools": ["h100"],
        "share_bp": 2500, "until": day(365),
    }  # fmt: skip
    [event] = told(ledger, "revise_pledge", pledge=made, quantity=16, from_=day(60), **WORDS)
    assert event["data"]["quantity"] == 16
    assert "of_unit" not in event["data"]
    assert "share_bp" not in event["data"]
    [event] = told(ledger, "revise_pledge", pledge=made, share_bp=100, of_unit="research",
                   from_=day(90), **WORDS)  # fmt: skip
    [event] = told(ledger, "revise_pledge", pledge=made, of_unit=None, from_=day(90), **WORDS)
    assert "of_unit" not in event["data"]
    in_order(ledger)


def test_less_is_promised_only_with_words() -> None:
    ledger = house()
    made = pledge(ledger)
    for less in (
        {"share_bp": 1999}, {"quantity": 100}, {"of_unit": None}, {"until": day(364)},
    ):  # fmt: skip
        refused(ledger, "revise_pledge", "WordsMissing", pledge=made, **less)
    refused(ledger, "withdraw_pledge", "WordsMissing", pledge=made)
    told(ledger, "revise_pledge", pledge=made, share_bp=2001, until=day(400))
    told(ledger, "revise_pledge", pledge=made, share_bp=10, **WORDS)
    told(ledger, "withdraw_pledge", pledge=made, **WORDS)


def test_a_pledge_is_revised_and_withdrawn_by_who_may_give_it() -> None:
    ledger = house()
    made = pledge(ledger, unit="research")
    refused(ledger, "revise_pledge", "NotYoursToDecide", by="dee", pledge=made, share_bp=3000)
    refused(ledger, "withdraw_pledge", "NotYoursToDecide", by="dee", pledge=made, **WORDS)
    told(ledger, "withdraw_pledge", pledge=made, **WORDS)


def test_a_revision_says_something_else_of_a_pledge_that_stands() -> None:
    ledger = house()
    made = pledge(ledger, from_=day(10))
    refused(ledger, "revise_pledge", "UnknownPledge", pledge=named("p"), share_bp=1, **WORDS)
    refused(ledger, "withdraw_pledge", "UnknownPledge", pledge=named("p"), **WORDS)
    said = refused(ledger, "revise_pledge", "Impossible", pledge=made, share_bp=3000, from_=day(5))
    assert said["arithmetic"]["at"] == day(10)
    refused(ledger, "revise_pledge", "Impossible", pledge=made, to_unit="ops", share_bp=3000)
    refused(ledger, "revise_pledge", "Impossible", pledge=made, until=day(9), **WORDS)
    refused(ledger, "revise_pledge", "NoDifference", pledge=made, share_bp=2000)
    [event] = told(ledger, "withdraw_pledge", pledge=made, **WORDS)
    assert event["effective_at"] == day(10)
    refused(ledger, "withdraw_pledge", "NoDifference", pledge=made, **WORDS)
    anew = {"pools": ["h100"], "quantity": 8, "until": day(90)}
    said = refused(ledger, "revise_pledge", "Impossible", pledge=made, **anew, **WORDS)
    assert "was withdrawn" in said["detail"]


def test_a_pledge_that_has_ended_is_not_withdrawn_and_may_go_on() -> None:
    ledger = house()
    made = pledge(ledger, until=day(10))
    ledger.go_to(day(20))
    refused(ledger, "withdraw_pledge", "NoDifference", pledge=made, **WORDS)
    told(ledger, "revise_pledge", pledge=made, until=day(40))


def test_a_pledge_is_dated_back_with_words_and_further_with_an_importer() -> None:
    ledger = house()
    ledger.go_to(day(20))
    terms = {"pools": ["h100"], "quantity": 8, "until": day(90)}
    asked: dict[str, Any] = {"to_unit": "research/vision", **terms}
    refused(ledger, "pledge", "WordsMissing", by="dee", from_=day(15), **asked)
    [event] = told(ledger, "pledge", by="dee", from_=day(15), **asked, **WORDS)
    assert event["effective_at"] == day(15)
    far = ledger.ask("pledge", by="dee", from_=day(1), **asked, **WORDS)
    assert far.status == 202
    [event] = told(ledger, "pledge", from_=day(1), **asked, **WORDS)
    assert len(event["authority"]) == 2


def test_a_pledge_is_corrected_by_who_may_give_it() -> None:
    ledger = house()
    made = pledge(ledger)
    position = len(ledger.events)
    refused(ledger, "correct", "NotYoursToDecide", by="ann",
            **corrected(ledger, position, share_bp=2500))  # fmt: skip
    told(ledger, "correct", by="dee", **corrected(ledger, position, share_bp=2500))
    [promise] = ledger.state.pledges[made].said
    assert (promise.share_bp, promise.position) == (2500, position)
    in_order(ledger)
    supersedes = {"supersedes": len(ledger.events)}
    gone = {"corrects": position, "replacement": None, **supersedes, **WORDS}
    told(ledger, "correct", **gone)
    refused(ledger, "revise_pledge", "UnknownPledge", pledge=made, share_bp=1, **WORDS)
    refused(ledger, "pledge", "AlreadyExists", pledge=made, to_unit="ops", pools=["h100"],
            quantity=1, until=day(9))  # fmt: skip
    supersedes = {"supersedes": len(ledger.events)}
    told(ledger, "correct", **corrected(ledger, position), **supersedes)
    assert ledger.state.pledges[made].said[0].share_bp == 2000
    in_order(ledger)
    other = {**corrected(ledger, position, to_unit="research"), "supersedes": len(ledger.events)}
    told(ledger, "correct", **other)
    refused(ledger, "revise_pledge", "NotYoursToDecide", by="dee", pledge=made, share_bp=2500)
    [event] = told(ledger, "revise_pledge", pledge=made, share_bp=2500)
    assert event["data"]["to_unit"] == "research"


def test_what_a_correction_may_not_say_of_a_pledge() -> None:
    ledger = house()
    made = pledge(ledger)
    position = len(ledger.events)

    def no(code: str, **fields: Any) -> None:
        refused(ledger, "correct", code, **corrected(ledger, position, **fields))

    no("NoDifference")
    no("Impossible", pools=["b200"])
    no("Impossible", pledge=named("other"))
    no("Impossible", quantity=8)
    no("Impossible", share_bp=None)
    no("Impossible", until=day(0))
    no("UnknownUnit", to_unit="nobody")
    no("Misshapen", share_bp=0)
    no("Misshapen", share_bp=10_001)
    no("Misshapen", quantity=-8, share_bp=None, of_unit=None)
    told(ledger, "revise_pledge", pledge=made, share_bp=2500)
    revised = len(ledger.events)
    gone = {"corrects": position, "replacement": None, **WORDS}
    said = refused(ledger, "correct", "DependentFacts", **gone)
    assert said["arithmetic"]["positions"] == [revised]
    no("DependentFacts", to_unit="research/speech")
    refused(ledger, "correct", "Impossible", corrects=revised, replacement=None, **WORDS)
    told(ledger, "correct", **corrected(ledger, position, share_bp=1000))


def test_a_plan_that_only_ends_otherwise_is_revised_in_good_time() -> None:
    ledger = house()
    pledge(ledger)
    position = len(ledger.events)
    ledger.go_to(day(30))
    longer = corrected(ledger, position, until=day(500))
    del longer["reason"]
    told(ledger, "correct", by="dee", **longer)
    shorter = {**corrected(ledger, position, until=day(200)), "supersedes": len(ledger.events)}
    del shorter["reason"]
    refused(ledger, "correct", "WordsMissing", by="dee", **shorter)
    told(ledger, "correct", by="dee", **shorter, **WORDS)
    back: dict[str, Any] = {
        **corrected(ledger, position, share_bp=3000),
        "supersedes": len(ledger.events),
    }
    assert ledger.ask("correct", by="dee", **back).status == 202


def test_who_looked_before_the_pledge_changed_is_told_so() -> None:
    ledger = house()
    made = pledge(ledger)
    seen = len(ledger.events)
    told(ledger, "revise_pledge", pledge=made, share_bp=2500)
    late: dict[str, Any] = {"seen": seen, "if_unchanged": True, **WORDS}
    refused(ledger, "withdraw_pledge", "Stale", pledge=made, **late)
    refused(ledger, "pledge", "Stale", to_unit="research/vision", pools=["h100"], quantity=1,
            until=day(9), **late)  # fmt: skip
