"""Corrections of the legs by which grants give: they say nothing that no command could have."""

import pytest

from tests.ledger.test_corrections import POOL, grant, move, on, release
from tests.ledger.test_corrections_of_moves import leg, lend
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab
from tests.support.truth import refused, told


def advancing(position: int, count: int) -> list[dict[str, int]]:
    return [{"position": position, "quantity": count}]


@pytest.mark.parametrize("kind", ["release", "move", "loan"])
def test_what_a_leg_takes_is_a_multiple_of_the_granule(kind: str) -> None:
    ledger = lab("alpha", "beta", granule=8)
    name, _ = grant(ledger, "alpha", 32)
    position = {
        "release": lambda: release(ledger, name, 8),
        "move": lambda: move(ledger, name, 8, "beta")[1],
        "loan": lambda: lend(ledger, name, 8, 30)[1],
    }[kind]()
    for count in (4, 20):
        refused(ledger, "correct", "OffGranule", **quantity(ledger, position, count))
    told(ledger, "correct", **quantity(ledger, position, 16))
    assert on(ledger, name, 1) == [16]


def test_a_move_ends_no_grant() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 8)
    _, position = move(ledger, name, 8, "beta", effective_at=day(20))
    all_of_it = [leg(name, "alpha", 8, ends=True)]
    refused(ledger, "correct", "Impossible", **instead(ledger, position, legs=all_of_it))


def test_a_loan_takes_nothing_early_that_was_to_be_released() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 8)
    plan = release(ledger, name, 4, effective_at=day(30))
    _, position = lend(ledger, name, 4, 25, effective_at=day(10))
    early = [leg(name, "alpha", 4, advances=advancing(plan, 4))]
    refused(ledger, "correct", "Impossible", **instead(ledger, position, legs=early))
    taken = release(ledger, name, 4, effective_at=day(26), advance=False)
    told(ledger, "correct", **instead(ledger, taken, legs=early))


def test_no_grant_lends_before_it_begins() -> None:
    ledger = lab("alpha", "beta")
    name, _ = grant(ledger, "alpha", 8)
    later, _ = grant(ledger, "alpha", 8, starts_at=day(20))
    _, position = lend(ledger, name, 4, 50, effective_at=day(10))
    of_later = [leg(later, "alpha", 4)]
    for at in (None, day(19.9)):
        refused(ledger, "correct", "Impossible", **instead(ledger, position, at, legs=of_later))
    told(ledger, "correct", **instead(ledger, position, day(20), legs=of_later))


def test_what_leaves_at_an_instant_is_not_taken_early_at_that_instant() -> None:
    ledger = lab("alpha")
    name, _ = grant(ledger, "alpha", 8)
    plan = release(ledger, name, 4, effective_at=day(30))
    position = release(ledger, name, 4, effective_at=day(10))
    assert ledger.facts()[position - 1]["data"]["legs"][0]["advances"] == advancing(plan, 4)
    for at in (day(30), day(31)):
        refused(ledger, "correct", "Impossible", **instead(ledger, position, at))
    told(ledger, "correct", **instead(ledger, position, day(29.9)))
    assert on(ledger, name, 29, 30) == [8, 4]


def called_off() -> tuple[InMemory, str, int]:
    """A reservation of which something was given back, and then all: it ends where it begins."""
    ledger = lab("alpha")
    name, _ = grant(ledger, "alpha", 8, starts_at=day(20))
    position = release(ledger, name, 4, effective_at=day(10))
    ledger.tell("release", pool=POOL, unit="alpha", quantity="all", future=True)
    return ledger, name, position


def test_nothing_else_is_taken_of_a_reservation_that_ended_where_it_begins() -> None:
    ledger, _, position = called_off()
    for count in (3, 5):
        refused(ledger, "correct", "GrantEnded", **quantity(ledger, position, count))
    told(ledger, "correct", **never(ledger, position))


def test_what_came_to_nothing_is_said_to_be_of_another_kind_or_day() -> None:
    for fields in ({"kind": "unstated"}, {"at": day(15)}):
        ledger, _, position = called_off()
        told(ledger, "correct", **instead(ledger, position, **fields))
