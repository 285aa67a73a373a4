"""No way round a right: decisions, corrections, moved units and small limits put together."""

from typing import Any

import pytest

from tests.support.correcting import instead, never, quantity
from tests.support.division import SPEECH, VISION, give, tree
from tests.support.in_memory import InMemory, day
from tests.support.truth import proposed, refused, told

POOL = "h100"
WORDS = {"reason": "As agreed"}
GRANT: dict[str, Any] = {"do": "grant", "pool": POOL, "unit": VISION, "quantity": 8}
Legs = list[dict[str, Any]]


def staffed(**roles: str) -> InMemory:
    """Research and its neighbours, with ann in these roles; `lead` may be given besides."""
    ledger = tree()
    for role, unit in roles.items():
        give(ledger, "ann", role, unit)
    return ledger


def move(source: str, to: str, count: int, **fields: Any) -> dict[str, Any]:
    """The fields of a move."""
    taken = [{"unit": source, "quantity": count}]
    return {"pool": POOL, "from_": taken, "to": to, **WORDS, **fields}


def budget(ledger: InMemory, parent: str, *shares: dict[str, Any], **fields: Any) -> int:
    """Decide a split; returns its position."""
    [event] = ledger.tell("split", pool=POOL, parent=parent, shares=list(shares), **WORDS, **fields)
    return event["position"]


def share(unit: str, amount: int, **fields: int) -> dict[str, Any]:
    """A share of a split."""
    return {"unit": unit, "amount": amount, **fields}


def test_what_a_move_keeps_for_longer_is_given_to_nobody_who_leads_it() -> None:
    ledger = staffed(operator="lab", lead="research")
    ledger.grant(VISION, 16, ends_at=day(2))
    proposed(ledger, "reallocate", by="ann", **move(VISION, SPEECH, 8))
    told(ledger, "reallocate", by="ann", **move(VISION, SPEECH, 8, ends_at=day(2)))


def test_a_lead_keeps_no_more_for_longer_than_they_may_grant() -> None:
    ledger = tree()
    give(ledger, "ann", "lead", "research")
    give(ledger, "ann", "operator", "research", most=4)
    ledger.grant(VISION, 16, ends_at=day(2))
    refused(ledger, "reallocate", "NotYoursToDecide", by="ann", **move(VISION, SPEECH, 8))
    told(ledger, "reallocate", by="ann", **move(VISION, SPEECH, 8, ends_at=day(2)))


def test_nobody_makes_guaranteed_alone_what_they_lead() -> None:
    ledger = staffed(operator="lab", lead="research")
    grant = ledger.grant(VISION, 16, borrowed=True)
    position = len(ledger.events)
    named = [{"grant": grant, "quantity": 8}]
    proposed(ledger, "reallocate", by="ann", pool=POOL, from_=named, to=VISION, **WORDS)
    better = instead(ledger, position, class_="guaranteed")
    proposed(ledger, "correct", by="ann", **better)


def test_a_grant_is_not_said_to_be_another_units_without_what_a_move_takes() -> None:
    ledger = staffed(operator="lab")
    ledger.tell("set_rules", pool=POOL, second_person_from=16, notice_days=5, **WORDS)
    ledger.tell("grant", pool=POOL, unit=VISION, quantity=24, starts_at=day(2), propose=True)
    position = len(ledger.events)
    theirs = instead(ledger, position, unit="products/app")
    refused(ledger, "correct", "NoticeNeeded", by="ann", **theirs)
    refused(ledger, "correct", "WordsMissing", by="ann", **theirs | {"reason": None},
            overrides=["notice"])  # fmt: skip
    proposed(ledger, "correct", by="ann", **theirs, overrides=["notice"])


def test_most_bounds_a_grant_that_is_said_to_be_another_units() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab", most=8)
    ledger.grant(VISION, 16)
    position = len(ledger.events)
    theirs = instead(ledger, position, unit=SPEECH)
    refused(ledger, "correct", "NotYoursToDecide", by="ann", **theirs)


@pytest.mark.parametrize("gives_up", ["the lead", "the place"])
def test_nobody_steps_aside_for_one_leg_and_gives_to_what_they_lead(gives_up: str) -> None:
    ledger = staffed(operator="lab", steward="lab")
    leading = give(ledger, "ann", "lead", "research")
    away = {"do": "move_unit", "unit": VISION, "parent": "products"}
    back = {"do": "move_unit", "unit": VISION, "parent": "research"}
    ways: dict[str, Legs] = {
        "the lead": [{"do": "revoke", "delegation": leading}, GRANT],
        "the place": [away, GRANT, back],
    }
    proposed(ledger, "decision", by="ann", legs=ways[gives_up])
    told(ledger, "decision", by="ann", legs=[away, back])


def test_amounts_are_raised_by_no_more_than_most_in_all() -> None:
    ledger = tree()
    give(ledger, "ann", "decider", "lab", most=10)
    legs = [{"do": "split", "pool": POOL, "parent": parent, "shares": [share(unit, 6)]}
            for parent, unit in (("research", VISION), ("products", "products/app"))]  # fmt: skip
    said = refused(ledger, "decision", "NotYoursToDecide", by="ann", legs=legs)
    assert (said["leg"], said["arithmetic"]["asked"]) == (1, 6)
    told(ledger, "decision", by="ann", legs=legs[:1])


def test_a_split_rests_on_the_delegation_that_is_large_enough() -> None:
    ledger = tree()
    give(ledger, "ann", "decider", "research", most=10)
    wide = give(ledger, "ann", "decider", "lab")
    fields: dict[str, Any] = {"pool": POOL, "parent": "research", "shares": [share(VISION, 16)]}
    [event] = told(ledger, "split", by="ann", **fields)
    assert event["authority"] == [wide]


def test_a_split_is_not_corrected_beyond_most() -> None:
    ledger = tree()
    give(ledger, "ann", "decider", "research", most=10)
    first = budget(ledger, "research", share(VISION, 40))
    small = budget(ledger, "research", share(VISION, 20))
    refused(ledger, "correct", "NotYoursToDecide", by="ann",
            **instead(ledger, small, shares=[share(VISION, 31)]))  # fmt: skip
    refused(ledger, "correct", "NotYoursToDecide", by="ann", **never(ledger, small))
    told(ledger, "correct", by="ann", **instead(ledger, small, shares=[share(VISION, 30)]))
    told(ledger, "correct", by="ann", **instead(ledger, first, shares=[share(VISION, 10)]))


def test_a_split_is_not_corrected_to_name_who_stands_elsewhere() -> None:
    ledger = staffed(decider="research")
    position = budget(ledger, "research", share(VISION, 40))
    others = [share(VISION, 40), share("products", 0)]
    refused(ledger, "correct", "NotYoursToDecide", by="ann",
            **instead(ledger, position, shares=others))  # fmt: skip
    refused(ledger, "correct", "Impossible", **instead(ledger, position, shares=others))


def test_the_budget_of_a_unit_that_left_is_not_for_those_it_left() -> None:
    ledger = staffed(decider="research")
    position = budget(ledger, "research", share(VISION, 40))
    ledger.tell("move_unit", unit=VISION, parent="products")
    refused(ledger, "correct", "NotYoursToDecide", by="ann", **never(ledger, position))
    told(ledger, "correct", **never(ledger, position))


def test_an_award_of_one_pool_does_not_cut_another() -> None:
    ledger = tree()
    ledger.tell("open_pool", pool="a100")
    give(ledger, "lea", "lead", VISION)
    give(ledger, "ann", "decider", "lab", pools=["a100"])
    [asked] = ledger.tell("request", by="lea", unit=VISION, pools=[POOL, "a100"], quantity=16,
                          justification="The next encoder")  # fmt: skip
    request = asked["data"]["request"]
    ledger.tell("decide_request", request=request, outcome="partly",
                awarded=[{"pool": POOL, "quantity": 8}])  # fmt: skip
    answer = {"request": request, "outcome": "partly", **WORDS}
    refused(ledger, "decide_request", "NotYoursToDecide", by="ann", **answer,
            awarded=[{"pool": "a100", "quantity": 8}])  # fmt: skip
    told(ledger, "decide_request", by="ann", **answer,
         awarded=[{"pool": "a100", "quantity": 4}, {"pool": POOL, "quantity": 8}])  # fmt: skip


def test_a_move_of_a_unit_is_called_off_by_who_may_move_it_back() -> None:
    ledger = staffed(steward="products")
    [moved] = ledger.tell("move_unit", unit=VISION, parent="products")
    position = moved["position"]
    refused(ledger, "correct", "NotYoursToDecide", by="ann", **never(ledger, position))
    give(ledger, "ann", "steward", "research")
    told(ledger, "correct", by="ann", **never(ledger, position))


def test_a_floor_is_not_gone_below_by_correcting_what_stopped_above_it() -> None:
    ledger = staffed(operator="lab")
    budget(ledger, "lab", share("research", 64, floor=24))
    reclaim = {"pool": POOL, "unit": VISION, "kind": "reclaimed", **WORDS}
    refused(ledger, "release", "BelowFloor", by="ann", quantity=9, **reclaim)
    [taken] = told(ledger, "release", by="ann", quantity=8, **reclaim)
    refused(ledger, "correct", "BelowFloor", by="ann", **quantity(ledger, taken["position"], 9))
    made = next(fact for fact in ledger.facts() if fact["topic"] == "granted.v1")
    refused(ledger, "correct", "BelowFloor", by="ann", **quantity(ledger, made["position"], 31))
    proposed(ledger, "correct", by="ann", acknowledge_breach=True,
             **quantity(ledger, taken["position"], 9))  # fmt: skip


def test_an_earlier_end_takes_a_second_person_as_a_reclaim_does() -> None:
    ledger = staffed(operator="lab")
    give(ledger, "lea", "lead", VISION)
    ledger.tell("set_rules", pool=POOL, second_person_from=32, **WORDS)
    grant = next(iter(ledger.state.grants))
    ends = {"grant": grant, "ends_at": day(1), **WORDS}
    proposed(ledger, "extend", by="ann", **ends)
    told(ledger, "extend", by="lea", **ends)


def test_what_waits_is_rejected_by_nobody_without_a_role() -> None:
    ledger = tree()
    grant = ledger.grant(VISION, 8)
    position = len(ledger.events)
    waits = proposed(ledger, "correct", propose=True, **quantity(ledger, position, 4))
    ledger.tell("correct", **quantity(ledger, position, 6))
    close = {"proposal": waits, "outcome": "rejected", **WORDS}
    refused(ledger, "close_proposal", "NotYoursToDecide", by="nobody", **close)
    assert ledger.own(grant, day(1)) == 6
