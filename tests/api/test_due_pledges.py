"""The calendar names where a promise begins, and where there is none any more."""

from typing import Any

from tests.api.looking import read
from tests.api.told import reading
from tests.support.asking import house
from tests.support.in_memory import day

WINDOW = {"from": day(2), "until": day(60)}
WORDS = {"reason": "As the board decided"}


def test_pledges_begin_end_and_are_withdrawn_by_their_dates(migrated_database: str) -> None:
    ledger = house()
    ledger.go_to(day(1))

    def pledged(unit: str, **fields: Any) -> str:
        told: dict[str, Any] = {"to_unit": unit, "pools": ["h100"], "quantity": 8, **fields}
        return ledger.tell("pledge", **told)[0]["data"]["pledge"]

    long = pledged("ops", until=day(90))
    given = len(ledger.events)
    short = pledged("ops", from_=day(5), until=day(20))
    ledger.tell("revise_pledge", pledge=short, quantity=16, from_=day(10), until=day(50))
    revised = len(ledger.events)
    other = pledged("research", from_=day(5), until=day(90))
    ledger.tell("withdraw_pledge", pledge=other, from_=day(30), **WORDS)
    withdrawn = len(ledger.events)
    fields = ("at", "kind", "unit", "pledge", "position")
    with reading(migrated_database, ledger) as doors:

        def due(**params: Any) -> list[tuple[Any, ...]]:
            items = read(doors, "/v1/due", **{**WINDOW, **params})["items"]
            return [tuple(item[field] for field in fields) for item in items]

        begins = (day(5), "pledge_start", "ops", short, given + 1)
        ends = (day(50), "pledge_end", "ops", short, revised)
        assert due(under="ops") == [begins, ends]
        assert due() == [
            begins, (day(5), "pledge_start", "research", other, revised + 1),
            (day(30), "pledge_end", "research", other, withdrawn), ends,
        ]  # fmt: skip
        assert due(known_at=given + 1) == [begins, (day(20), "pledge_end", "ops", short, given + 1)]
        assert (day(90), "pledge_end", "ops", long, given) in due(until=day(91))
        items = read(doors, "/v1/due", **WINDOW, under="ops")["items"]
        assert [item["sentence"] for item in items] == [
            "The pledge of 8 gpu of h100 to ops begins", "The pledge of 16 gpu of h100 to ops ends",
        ]  # fmt: skip
