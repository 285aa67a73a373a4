"""Pledges that were revised or withdrawn for later, and then for earlier: all of it is replaced."""

from tests.ledger.test_pledges import WORDS, corrected, house, pledge
from tests.support.in_memory import InMemory, day
from tests.support.truth import in_order, refused, told


def of_two_pools() -> tuple[InMemory, str]:
    """A pledge of two pools until day 100, and of one of them from then on."""
    ledger = house()
    ledger.tell("open_pool", pool="a100")
    ledger.tell("delegate", to="ann", role="decider", unit="research", pools=["a100"])
    made = pledge(ledger, quantity=40, pools=["a100", "h100"], from_=day(1), by="dee")
    told(ledger, "revise_pledge", pledge=made, pools=["a100"], from_=day(100), by="dee", **WORDS)
    return ledger, made


def test_who_decides_for_one_of_the_pools_takes_back_no_promise_of_another() -> None:
    ledger, made = of_two_pools()
    refused(ledger, "withdraw_pledge", "NotYoursToDecide", pledge=made, by="ann", **WORDS)
    more = {"pledge": made, "quantity": 80, "from_": day(2), **WORDS}
    refused(ledger, "revise_pledge", "NotYoursToDecide", by="ann", **more)
    later = {"pledge": made, "from_": day(100), **WORDS}
    told(ledger, "withdraw_pledge", by="ann", **later)
    in_order(ledger)


def test_who_decides_for_one_of_the_pools_leaves_out_no_other() -> None:
    ledger, made = of_two_pools()
    fewer = {"pledge": made, "pools": ["a100"], "from_": day(2), **WORDS}
    said = refused(ledger, "revise_pledge", "NotYoursToDecide", by="ann", **fewer)
    assert "for h100" in said["detail"]
    told(ledger, "revise_pledge", by="dee", **fewer)
    told(ledger, "revise_pledge", by="ann", **{**fewer, "quantity": 80, "from_": day(3)})


def test_less_than_is_promised_for_later_needs_words() -> None:
    ledger = house()
    made = pledge(ledger, quantity=40)
    told(ledger, "revise_pledge", pledge=made, quantity=80, from_=day(100))
    refused(ledger, "revise_pledge", "WordsMissing", pledge=made, quantity=60, from_=day(50))
    told(ledger, "revise_pledge", pledge=made, quantity=80, from_=day(50))
    in_order(ledger)


def test_what_is_left_out_stays_as_it_is_at_that_time() -> None:
    ledger = house()
    made = pledge(ledger, quantity=40)
    told(ledger, "revise_pledge", pledge=made, quantity=80, from_=day(100))
    [event] = told(ledger, "revise_pledge", pledge=made, until=day(300), from_=day(50), **WORDS)
    assert event["data"]["quantity"] == 40


def test_what_is_promised_for_later_is_no_difference_where_nothing_else_is() -> None:
    ledger = house()
    made = pledge(ledger, quantity=40)
    told(ledger, "revise_pledge", pledge=made, quantity=80, from_=day(100))
    told(ledger, "revise_pledge", pledge=made, quantity=80, from_=day(50))
    refused(ledger, "revise_pledge", "NoDifference", pledge=made, quantity=80, from_=day(60))
    told(ledger, "revise_pledge", pledge=made, quantity=40, from_=day(60), **WORDS)


def test_what_is_withdrawn_from_a_later_day_on_is_withdrawn_sooner() -> None:
    ledger = house()
    made = pledge(ledger, quantity=40)
    told(ledger, "withdraw_pledge", pledge=made, from_=day(100), **WORDS)
    refused(ledger, "withdraw_pledge", "NoDifference", pledge=made, from_=day(100), **WORDS)
    told(ledger, "withdraw_pledge", pledge=made, from_=day(50), **WORDS)
    refused(ledger, "withdraw_pledge", "NoDifference", pledge=made, from_=day(60), **WORDS)
    refused(ledger, "revise_pledge", "Impossible", pledge=made, quantity=80, from_=day(20))
    in_order(ledger)


def test_a_correction_that_promises_for_less_long_needs_words() -> None:
    ledger = house()
    pledge(ledger, quantity=40, from_=day(5))
    asked = corrected(ledger, ledger.events[-1].position, at=day(60))
    del asked["reason"]
    refused(ledger, "correct", "WordsMissing", **asked)
    sooner = corrected(ledger, ledger.events[-1].position, at=day(4))
    del sooner["reason"]
    told(ledger, "correct", **sooner)


def test_a_pledge_of_a_share_is_stale_once_whose_share_it_is_has_changed() -> None:
    ledger = house()
    seen = ledger.state.position
    shares = [{"unit": "research", "amount": 6}]
    told(ledger, "split", pool="h100", parent="lab", shares=shares, **WORDS)
    asked = {"of_unit": "research", "share_bp": 2000, "pools": ["h100"], "until": day(365)}
    refused(ledger, "pledge", "Stale", to_unit="ops", seen=seen, if_unchanged=True, **asked)


def test_a_correction_is_stale_once_a_unit_has_changed_that_it_says_instead() -> None:
    ledger = house()
    ledger.grant("research/vision", 8)
    made = seen = ledger.state.position
    ledger.tell("note", about={"unit": "ops"}, text="Closing soon")
    data = ledger.facts()[made - 1]["data"]
    mine = {"seen": seen, "if_unchanged": True, "corrects": made, **WORDS}
    other = {"effective_at": ledger.now, "data": {**data, "unit": "ops"}}
    refused(ledger, "correct", "Stale", replacement=other, **mine)
    ledger.tell("note", about={"unit": "research/vision"}, text="Growing")
    same = {"effective_at": ledger.now, "data": {**data, "quantity": 16}}
    told(ledger, "correct", replacement=same, **mine)
