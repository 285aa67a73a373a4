"""A pool of which more was let be held than there is, knowingly, delivers no more than it has."""

import pytest

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import house
from tests.support.correcting import instead, quantity
from tests.support.in_memory import InMemory, day


@pytest.fixture
def ledger() -> InMemory:
    ledger = house(total=50)
    ledger.tell("delegate", to="second", role="operator", unit="lab")
    return ledger


def test_what_is_missing_falls_on_all_in_proportion(
    migrated_database: str, ledger: InMemory
) -> None:
    ledger.grant("research", 30)
    made = len(ledger.events)
    ledger.grant("ops", 20)
    before = len(ledger.events)
    ledger.tell("correct", acknowledge_breach=True, **quantity(ledger, made, 40))
    with reading(migrated_database, ledger) as doors:
        (pool,) = read(doors, "/v1/capacity")["items"]
        assert (pool["held"], pool["shortfall"]) == (60, 10)
        for group in ("unit", "grant", "pool", "parent"):
            found = read(doors, "/v1/holdings", group=group)
            assert sum(one["deliverable"] for one in found["items"]) == 50, group
            assert [one["deliverable"] for one in found["totals"]] == [50], group
        assert rows(doors, "/v1/holdings", "unit", "deliverable") == [("ops", 17), ("research", 33)]
        assert rows(doors, "/v1/holdings", "deliverable", unit="ops") == [17]
        then = rows(doors, "/v1/holdings", "unit", "deliverable", known_at=before)
        assert then == [("ops", 20), ("research", 30)]


def test_an_end_that_is_given_back_breaks_the_limit_of_its_pool(
    migrated_database: str, ledger: InMemory
) -> None:
    held = ledger.grant("research", 50, ends_at=day(20))
    ledger.tell("extend", grant=held, ends_at=day(10), reason="Sooner")
    ended = len(ledger.events)
    ledger.grant("ops", 30, starts_at=day(10))
    ledger.tell("correct", acknowledge_breach=True, **instead(ledger, ended, ends_at=day(20)))
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/holdings", "unit", "quantity", "deliverable", valid_at=day(12))
        assert found == [("ops", 30, 19), ("research", 50, 31)]
        found = rows(doors, "/v1/holdings", "unit", "deliverable", valid_at=day(9))
        assert found == [("research", 50)]
