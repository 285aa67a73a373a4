"""Several delegations together, and several people: what one scope alone does not tell."""

from itertools import product
from typing import Any

import pytest

from tests.authority.acts import acts
from tests.authority.house import ASKER, NOBODY, POOL, ROLES, WORDS, House, at

WORKING = tuple(role for role in ROLES if role != "auditor")


@pytest.fixture(scope="module")
def house() -> House:
    """The house, with somebody in every pair of roles at the unit and elsewhere."""
    made = House()
    for here, there in product(WORKING, WORKING):
        made.give(both(here, there), here, "research")
        made.give(both(here, there), there, "products")
    return made


def both(here: str, there: str) -> str:
    """Who has a role over both the unit's parent and, by another delegation, elsewhere."""
    return f"{here} here and {there} elsewhere"


def pairs(house: House, act: str) -> set[tuple[str, str]]:
    """The roles that two delegations together need for an act, which neither does alone."""
    do, fields = acts(house)[act]
    return {
        (here, there)
        for here, there in product(WORKING, WORKING)
        if house.verdict(do, fields, both(here, there)) == "yes"
    }


def test_a_move_takes_a_decider_or_operator_over_each_side_and_not_two_leads(house: House) -> None:
    able = {"decider", "operator"}
    assert pairs(house, "move elsewhere") == set(product(able, able))


def test_a_project_is_moved_by_who_shapes_both_parents(house: House) -> None:
    able = {"steward", "decider", "operator"}
    assert pairs(house, "move a project away") == set(product(able, able))


def test_two_delegations_that_are_too_small_do_not_add_up() -> None:
    house = House()
    for role in ("decider", "operator"):
        house.give("ann", role, "vision", most=6)
    do, fields = acts(house)["grant"]
    assert house.verdict(do, fields, "ann") == "no"
    house.give("ann", "operator", "research", most=8)
    assert house.verdict(do, fields, "ann") == "yes"


def test_nobody_answers_what_they_asked_for_nor_twice_what_was_appealed(house: House) -> None:
    house.give(ASKER, "decider", "lab")
    for act in ("award", "deny", "answer an appeal"):
        do, fields = acts(house)[act]
        assert house.ledger.refusal(do, by=ASKER, **fields)["code"] == "OwnRequest"
    do, fields = acts(house)["answer an appeal"]
    assert house.ledger.refusal(do, **fields)["code"] == "OwnRequest"  # the founder denied it
    assert house.verdict(do, fields, at("decider", "root")) == "yes"


def test_who_asked_gives_what_others_awarded_with_a_second_person_only() -> None:
    house = House()
    house.give(ASKER, "operator", "lab")
    fields: dict[str, Any] = {"pool": POOL, "unit": "vision", "quantity": 8, **WORDS}
    named: dict[str, Any] = {**fields, "request": house.ids["open"]}
    house.ledger.tell("decide_request", request=house.ids["open"], outcome="approved", **WORDS)
    assert house.verdict("grant", fields, ASKER) == "yes"
    assert house.verdict("grant", named, ASKER) == "second"
    assert house.verdict("grant", named, at("operator", "root")) == "yes"
    named_and_proposed: dict[str, Any] = {**named, "propose": True}
    given = house.ledger.ask("grant", by=at("operator", "root"), **named_and_proposed)
    assert given.status == 202, given.body
    proposal = next(reversed(house.ledger.state.proposals))
    assert house.verdict("confirm", {"proposal": proposal}, ASKER) == "no"
    assert house.verdict("confirm", {"proposal": proposal}, at("decider", "root")) == "yes"


@pytest.mark.parametrize("who", ["decider", "operator"])
def test_who_proposed_neither_confirms_nor_rejects_and_alone_withdraws(who: str) -> None:
    house, person = House(), at(who, "unit")
    proposal = proposed(house, person)
    close: dict[str, Any] = {"proposal": proposal, **WORDS}
    other = at(who, "parent")
    assert house.verdict("confirm", {"proposal": proposal}, person) == "no"
    assert house.verdict("confirm", {"proposal": proposal}, other) == "yes"
    for outcome, one, verdict in (
        ("rejected", person, "no"), ("rejected", other, "yes"), ("rejected", NOBODY, "no"),
        ("withdrawn", person, "yes"), ("withdrawn", other, "no"), ("withdrawn", NOBODY, "no"),
    ):  # fmt: skip
        assert house.verdict("close_proposal", close | {"outcome": outcome}, one) == verdict


def test_both_persons_need_the_right_when_it_is_confirmed() -> None:
    house = House()
    given = house.give("ann", "operator", "vision")
    proposal = proposed(house, "ann")
    second = at("decider", "unit")
    assert house.verdict("confirm", {"proposal": proposal}, second) == "yes"
    house.ledger.tell("revoke", delegation=given)
    assert house.verdict("confirm", {"proposal": proposal}, second) == "no"
    for person in (at("operator", "that was revoked"), at("operator", "that expired"), ASKER):
        assert house.verdict("confirm", {"proposal": proposal}, person) == "no"


def proposed(house: House, by: str) -> str:
    """Propose the grant of the house; returns the proposal."""
    do, fields = acts(house)["propose a grant"]
    given = house.ledger.ask(do, by=by, **fields)
    assert given.status == 202, given.body
    return next(reversed(house.ledger.state.proposals))
