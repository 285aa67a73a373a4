"""Delegations: given narrower, for a time, and taken back; what was done under them stands."""

from typing import Any

import pytest

from tests.support.division import VISION, give, tree
from tests.support.in_memory import FOUNDER, day


def test_a_delegation_ends_when_it_says() -> None:
    ledger = tree()
    give(ledger, "ann", "operator", "lab", until=day(3))
    ledger.tell("grant", by="ann", pool="h100", unit=VISION, quantity=1)
    ledger.go_to(day(3))
    assert ledger.refusal("grant", by="ann", pool="h100", unit=VISION, quantity=1)["status"] == 403


def test_one_revoked_on_tuesday_cannot_act_on_wednesday_and_mondays_acts_stand() -> None:
    ledger = tree()
    given = give(ledger, "ann", "operator", "lab")
    monday = ledger.tell("grant", by="ann", pool="h100", unit=VISION, quantity=8)[0]
    ledger.go_to(day(1))
    ledger.tell("revoke", delegation=given)
    ledger.go_to(day(2))
    assert ledger.refusal("grant", by="ann", pool="h100", unit=VISION, quantity=8)["status"] == 403
    assert monday["authority"] == [given]
    assert ledger.own(monday["data"]["grant"], day(9)) == 8
    assert ledger.refusal("revoke", delegation=given)["code"] == "NoDifference"


def test_who_gives_up_their_own_right_does_not_use_it_later_in_that_decision() -> None:
    ledger = tree()
    give(ledger, "ann", "steward", "lab")
    right = give(ledger, "ann", "operator", "lab")
    grant = {"do": "grant", "pool": "h100", "unit": VISION, "quantity": 1}
    revoke = {"do": "revoke", "delegation": right}
    said = ledger.refusal("decision", by="ann", legs=[revoke, grant])
    assert (said["code"], said["leg"]) == ("NotYoursToDecide", 1)
    ledger.tell("decision", by="ann", legs=[grant, revoke])


@pytest.mark.parametrize(
    ("wider", "passes"),
    [
        ({"pools": ["h100"], "most": 8, "until": day(9)}, True),
        ({"most": 8, "until": day(9)}, False),
        ({"pools": ["h100"], "until": day(9)}, False),
        ({"pools": ["h100"], "most": 9, "until": day(9)}, False),
        ({"pools": ["h100"], "most": 8}, False),
        ({"pools": ["h100"], "most": 8, "until": day(11)}, False),
        ({"pools": ["h100"], "most": 8, "until": day(9), "unit": "products"}, False),
        ({"pools": ["h100"], "most": 8, "until": day(9), "role": "importer"}, False),
    ],
)
def test_delegations_never_widen(wider: dict[str, Any], passes: bool) -> None:
    ledger = tree()
    give(ledger, "ann", "decider", "research", pools=["h100"], most=8, until=day(10))
    fields: dict[str, Any] = {"to": "eve", "role": "operator", "unit": VISION} | wider
    given = ledger.ask("delegate", by="ann", **fields)
    assert given.status == (201 if passes else 403), given.body


def test_nobody_gives_authority_to_themselves_or_for_a_time_gone_by() -> None:
    ledger = tree()
    assert ledger.refusal("delegate", to=FOUNDER, role="lead", unit=VISION)["status"] == 403
    said = ledger.refusal("delegate", to="ann", role="lead", unit=VISION, until=day(-1))
    assert said["code"] == "Impossible"


def test_who_gave_a_delegation_may_take_it_back_after_losing_their_own() -> None:
    ledger = tree()
    own = give(ledger, "ann", "decider", "research")
    given = give(ledger, "eve", "lead", VISION, by="ann")
    ledger.tell("revoke", delegation=own)
    event = ledger.tell("revoke", by="ann", delegation=given)[0]
    assert event["authority"] == [given]


def test_a_decider_revokes_only_strictly_below() -> None:
    ledger = tree()
    give(ledger, "ann", "decider", "research")
    peer = give(ledger, "eve", "lead", "research")
    below = give(ledger, "eve", "lead", VISION)
    assert ledger.refusal("revoke", by="ann", delegation=peer)["status"] == 403
    ledger.tell("revoke", by="ann", delegation=below)


def test_a_decider_of_one_pool_revokes_nothing_of_another() -> None:
    ledger = tree()
    give(ledger, "ann", "decider", "research", pools=["h100"])
    inside = give(ledger, "eve", "operator", VISION, pools=["h100"])
    beyond = give(ledger, "eve", "operator", VISION)
    assert ledger.refusal("revoke", by="ann", delegation=beyond)["detail"] == (
        "This needs the giver, a steward over research/vision or a decider above it "
        "for every pool; ann is decider over research for h100"
    )
    ledger.tell("revoke", by="ann", delegation=inside)


@pytest.mark.parametrize("order", [(8, None), (None, 8)])
def test_of_two_over_the_same_unit_the_smaller_is_used_until_it_is_too_small(
    order: tuple[int | None, ...],
) -> None:
    ledger = tree()
    made = {most: give(ledger, "ann", "operator", VISION, most=most) for most in order}
    for quantity, most in ((8, 8), (9, None)):
        [event] = ledger.tell("grant", by="ann", pool="h100", unit=VISION, quantity=quantity)
        assert event["authority"] == [made[most]]
