"""What stands in the way of an award: a budget that leaves no room at some instant of its time."""

from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import ask, decide, give, house
from tests.support.in_memory import InMemory, day

WAITING = {"status": "waiting", "valid_at": day(1)}
WORDS = {"reason": "Decided by the board"}
TEAM = "research/vision"


def blocked(doors: TestClient) -> list[Any]:
    """What blocks those that wait."""
    return rows(doors, "/v1/requests", "blocked_by", **WAITING)


def awarded(ledger: InMemory, quantity: int, **fields: Any) -> str:
    """A request that is approved, and waits for its grant."""
    request = ask(ledger, quantity=quantity, **fields)
    decide(ledger, request, "approved")
    return request


def split(ledger: InMemory, unit: str = "research", parent: str = "lab", **fields: Any) -> None:
    """Give a unit a budget; `effective_at` and `until` are of the split."""
    when = {name: fields.pop(name) for name in ("effective_at", "until") if name in fields}
    ledger.tell("split", pool="h100", parent=parent, shares=[{"unit": unit, **fields}], **when,
                **WORDS)  # fmt: skip


def test_nothing_blocks_what_is_awarded_and_free(migrated_database: str) -> None:
    ledger = house()
    awarded(ledger, 64)
    with reading(migrated_database, ledger) as doors:
        assert blocked(doors) == [None]


def test_an_amount_that_is_too_small_is_what_blocks(migrated_database: str) -> None:
    ledger = house()
    awarded(ledger, 64)
    split(ledger, amount=63)
    with reading(migrated_database, ledger) as doors:
        assert blocked(doors) == ["budget"]


def test_a_budget_that_is_full_now_does_not_block_what_begins_when_it_is_not(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, amount=64)
    ledger.grant(TEAM, 32, ends_at=day(10))
    awarded(ledger, 64, starts_at=day(10), ends_at=day(40))
    with reading(migrated_database, ledger) as doors:
        assert blocked(doors) == [None]


def test_a_budget_that_is_smaller_or_full_later_blocks_what_lasts_until_then(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, amount=64)
    split(ledger, cap=40, effective_at=day(30))
    ledger.grant(TEAM, 16, starts_at=day(20), ends_at=day(25))
    lasts = {20: awarded(ledger, 64, ends_at=day(20)), 25: awarded(ledger, 50, ends_at=day(25)),
             30: awarded(ledger, 41, starts_at=day(25), ends_at=day(30)),
             31: awarded(ledger, 41, starts_at=day(25), ends_at=day(31))}  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        told = dict(rows(doors, "/v1/requests", "request", "blocked_by", **WAITING))
        found = {until: told[request] for until, request in lasts.items()}
        assert found == {20: None, 25: "budget", 30: None, 31: "budget"}
        told = read(doors, f"/v1/requests/{lasts[25]}/why", valid_at=day(1))["sentences"]
        assert any("which leaves room for 48 over the time asked for" in one for one in told)


@pytest.mark.parametrize(("raised", "by"), [(None, "budget"), (11, "budget"), (10, "capacity")])
def test_what_is_free_later_is_blocked_by_a_budget_that_is_full_then_too(
    migrated_database: str, raised: int | None, by: str
) -> None:
    ledger = house()
    free = ledger.free(day(1))
    ledger.grant("lab", free, ends_at=day(10))
    awarded(ledger, 64)
    split(ledger, amount=63)
    if raised is not None:
        split(ledger, amount=64, effective_at=day(raised))
    with reading(migrated_database, ledger) as doors:
        assert rows(doors, "/v1/requests", "eta", "blocked_by", **WAITING) == [(day(10), by)]


def test_the_budget_of_a_unit_that_its_team_has_left_by_then_does_not_block(
    migrated_database: str,
) -> None:
    ledger = house()
    split(ledger, amount=64)
    split(ledger, amount=40, effective_at=day(30))
    awarded(ledger, 64, ends_at=day(50))
    stays = len(ledger.events)
    ledger.go_to(day(20))
    ledger.tell("move_unit", unit=TEAM, parent="ops", **WORDS)
    with reading(migrated_database, ledger) as doors:
        for known_at, what in ((stays, "budget"), (len(ledger.events), None)):
            told = rows(doors, "/v1/requests", "blocked_by", known_at=known_at, **WAITING)
            assert told == [what]


def test_each_pool_has_a_budget_of_its_own_that_blocks(migrated_database: str) -> None:
    ledger = house()
    for pool in ("a100", "tpu"):
        ledger.tell("open_pool", pool=pool)
        ledger.tell("change_capacity", pool=pool, kind="counted", total=128)
    asked: list[str] = []
    for pool in ("h100", "a100", "tpu"):
        ledger.tell("split", pool=pool, parent="lab", shares=[{"unit": "research", "amount": 64}],
                    **WORDS)  # fmt: skip
        ledger.grant("research", 32 if pool == "tpu" else 33, pool)
        asked.append(awarded(ledger, 32, pools=[pool]))
    with reading(migrated_database, ledger) as doors:
        told = dict(rows(doors, "/v1/requests", "request", "blocked_by", **WAITING))
        assert [told[one] for one in asked] == ["budget", "budget", None]


def _years(ledger: InMemory, chance: Random) -> list[str]:
    """Splits, grants, loans and awards of random times and sizes; returns the requests."""
    for unit, parent in (("research", "lab"), (TEAM, "research"), (TEAM, "research")):
        begin, limit = chance.randint(1, 20), chance.randint(20, 60)
        until = chance.choice((None, day(begin + chance.randint(1, 20))))
        kind = chance.choice(("amount", "cap"))
        ledger.ask("split", pool="h100", parent=parent, shares=[{"unit": unit, kind: limit}],
                   effective_at=day(begin), until=until)  # fmt: skip
    for _ in range(6):
        begin = chance.randint(0, 30)
        ledger.ask("grant", pool="h100", unit=chance.choice(("research", TEAM)),
                   quantity=chance.randint(1, 16), starts_at=day(begin),
                   ends_at=chance.choice((None, day(begin + chance.randint(1, 20)))),
                   borrowed=chance.random() < 0.3)  # fmt: skip
    ledger.ask("lend", pool="h100", from_={"unit": TEAM}, quantity=chance.randint(1, 6), to="ops",
               returns_at=day(chance.randint(1, 30)))  # fmt: skip
    ledger.go_to(day(5))
    requests: list[str] = []
    for _ in range(16):
        begin = chance.randint(5, 25)
        end = chance.choice((None, day(begin + chance.randint(1, 20))))
        requests.append(awarded(ledger, chance.randint(1, 30), starts_at=day(begin), ends_at=end))
    return requests


def _refused(ledger: InMemory, request: str) -> str | None:
    """What the ledger says no with to a grant of all that was awarded, for all of its time."""
    asked = ledger.facts()
    [of] = [one["data"] | {"starts_at": one["effective_at"]} for one in asked
            if one["topic"] == "requested.v1" and one["data"]["request"] == request]  # fmt: skip
    given = ledger.ask("grant", by="oda", dry_run=True, pool="h100", unit=TEAM, request=request,
                       quantity=of["quantity"], starts_at=of["starts_at"],
                       ends_at=of.get("ends_at"))  # fmt: skip
    if given.status == 200:
        return None
    code = {b"OverAmount": "budget", b"OverCap": "budget", b"NotEnoughFree": "capacity"}
    return next(what for name, what in code.items() if name in given.body)


@pytest.mark.parametrize("seed", range(8))
def test_a_budget_blocks_what_the_ledger_would_refuse_for_it(
    migrated_database: str, seed: int
) -> None:
    ledger = house(total=100_000)
    requests = _years(ledger, Random(seed))
    expected = {request: _refused(ledger, request) for request in requests}
    with reading(migrated_database, ledger) as doors:
        found = dict(rows(doors, "/v1/requests", "request", "blocked_by", status="waiting",
                          valid_at=ledger.now))  # fmt: skip
    assert found == expected
    assert set(expected.values()) == {None, "budget"}, "both happen"


def test_what_was_granted_already_is_not_counted_once_more(migrated_database: str) -> None:
    ledger = house()
    split(ledger, amount=64)
    request = awarded(ledger, 64)
    give(ledger, request, 40)
    with reading(migrated_database, ledger) as doors:
        assert blocked(doors) == [None]
