"""Whether what is held can be taken, and with what notice: as data, and as the ledger judges it."""

from typing import Any

import pytest

from tests.api.looking import read
from tests.api.test_budgets import POOL, house, split
from tests.api.told import reading
from tests.support.in_memory import InMemory, Refused, day

WHY = {"reason": "A rack is down"}


def takeable(database: str, ledger: InMemory, grant: str, at: float = 1) -> tuple[Any, ...]:
    with reading(database, ledger) as doors:
        found = read(doors, f"/v1/grants/{grant}", valid_at=day(at))["takeable"]
    return found["quantity"], found["under_floor"], found["notice_days"], found["earliest"]


def test_without_rules_or_floors_all_of_it_can_be_taken_at_once(migrated_database: str) -> None:
    ledger = house()
    grant = ledger.grant("research/vision", 40)
    assert takeable(migrated_database, ledger, grant) == (40, 0, 0, day(1))


def test_notice_is_that_of_the_pool_and_else_of_all_pools(migrated_database: str) -> None:
    ledger = house()
    grant = ledger.grant("research/vision", 40)
    first = ledger.tell("set_rules", notice_days=30)[-1]["position"]
    second = ledger.tell("set_rules", pool=POOL, notice_days=14)[-1]["position"]
    with reading(migrated_database, ledger) as doors:
        for known_at, days in ((first - 1, 0), (second - 1, 30), (second, 14)):
            clocks = {"valid_at": day(2), "known_at": known_at}
            found = read(doors, f"/v1/grants/{grant}", **clocks)["takeable"]
            assert (found["notice_days"], found["earliest"]) == (days, day(2 + days))


def test_the_earliest_is_the_one_that_the_ledger_takes(migrated_database: str) -> None:
    ledger = house()
    grant = ledger.grant("research/vision", 40)
    ledger.tell("set_rules", pool=POOL, notice_days=14)
    _, _, _, earliest = takeable(migrated_database, ledger, grant, at=1)
    ledger.go_to(day(0.9999))
    named: dict[str, Any] = {
        "grants": [{"grant": grant, "quantity": 8}],
        "kind": "reclaimed",
        **WHY,
    }
    with pytest.raises(Refused, match="NoticeNeeded"):
        ledger.tell("release", **named, effective_at=day(14.999))
    ledger.tell("release", **named, effective_at=earliest)


def test_a_floor_above_keeps_what_is_guaranteed_and_not_what_is_borrowed(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "floor": 48, "amount": 64})
    vision = ledger.grant("research/vision", 40)
    speech = ledger.grant("research/speech", 20)
    borrowed = ledger.grant("research/speech", 8, borrowed=True)
    assert takeable(migrated_database, ledger, vision) == (12, 28, 0, day(1))
    assert takeable(migrated_database, ledger, speech) == (12, 8, 0, day(1))
    assert takeable(migrated_database, ledger, borrowed) == (8, 0, 0, day(1))
    named: dict[str, Any] = {"kind": "reclaimed", **WHY}
    with pytest.raises(Refused, match="BelowFloor"):
        ledger.tell("release", grants=[{"grant": vision, "quantity": 13}], **named)
    ledger.tell("release", grants=[{"grant": vision, "quantity": 12}], **named)


def test_of_several_floors_the_one_that_leaves_least_counts(migrated_database: str) -> None:
    ledger = house()
    split(ledger, "lab", {"unit": "research", "floor": 8, "amount": 64})
    split(ledger, "research", {"unit": "research/vision", "floor": 36, "amount": 40})
    vision = ledger.grant("research/vision", 40)
    speech = ledger.grant("research/speech", 20)
    assert takeable(migrated_database, ledger, vision) == (4, 36, 0, day(1))
    assert takeable(migrated_database, ledger, speech) == (20, 0, 0, day(1))


def test_what_is_below_its_floor_keeps_all(migrated_database: str) -> None:
    ledger = house()
    vision = ledger.grant("research/vision", 10)
    split(ledger, "lab", {"unit": "research", "floor": 16, "amount": 64})
    assert takeable(migrated_database, ledger, vision) == (0, 10, 0, day(1))


def test_what_begins_later_can_be_taken_from_its_beginning(migrated_database: str) -> None:
    ledger = house()
    ledger.tell("set_rules", pool=POOL, notice_days=2)
    grant = ledger.grant("research/vision", 40, starts_at=day(20))
    assert takeable(migrated_database, ledger, grant) == (0, 0, 2, day(20))
    assert takeable(migrated_database, ledger, grant, at=19) == (0, 0, 2, day(21))


def test_notice_is_that_of_the_instant_from_which_it_is_set(migrated_database: str) -> None:
    ledger = house()
    grant = ledger.grant("research/vision", 40)
    for at, days in ((5, 2), (10, 4)):
        ledger.go_to(day(at))
        ledger.tell("set_rules", pool=POOL, notice_days=days)
    first, last = (one["recorded_at"] for one in ledger.facts() if one["topic"] == "rules-set.v1"
                   and one["data"].get("pool") == POOL)  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        for at, days in ((day(4), 0), (first, 2), (day(9), 2), (last, 4), (day(11), 4)):
            told = read(doors, f"/v1/grants/{grant}", valid_at=at)["takeable"]
            assert told["notice_days"] == days, at
            rules = [one for one in read(doors, "/v1/rules", valid_at=at)["items"]
                     if one["pool"] == POOL]  # fmt: skip
            assert [one["notice_days"] for one in rules] == [days][: 1 if days else 0]
