"""A window of the calendar holds what lies at its first instant, and not what lies at its last."""

from typing import Any

from fastapi.testclient import TestClient

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import ask, decide, house
from tests.support.in_memory import InMemory, day

POOL = "h100"


def dated() -> InMemory:
    """A house in which things of most kinds have a date, each a day of its own."""
    ledger = house()
    ledger.tell("delegate", to="kim", role="lead", unit="ops", until=day(5))
    for at, until in ((7, 9), (11, 13)):
        ledger.tell("split", pool=POOL, parent="lab", shares=[{"unit": "ops", "amount": at + 90}],
                    effective_at=day(at), until=day(until), reason="As agreed")  # fmt: skip
    ledger.tell("split", pool=POOL, parent="lab", shares=[{"unit": "ops", "amount": 120}],
                effective_at=day(33), reason="As agreed")  # fmt: skip
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=8, effective_at=day(15))
    ledger.grant("ops", 8, starts_at=day(17), ends_at=day(19))
    lasting = ledger.grant("ops", 16)
    ledger.tell("release", grants=[{"grant": lasting, "quantity": 4}], effective_at=day(21))
    ledger.tell("forecast", grant=lasting, confidence="high",
                steps=[{"quantity": 4, "expected_at": day(23)}])  # fmt: skip
    decide(ledger, ask(ledger, quantity=8), "deferred", until=day(25))
    ask(ledger, quantity=8, ends_at=day(27))
    ledger.tell("pledge", to_unit="ops", pools=[POOL], quantity=4, from_=day(29),
                until=day(31), reason="As agreed")  # fmt: skip
    given = ledger.ask("set_rules", notice_days=3, reason="As agreed", propose=True)
    assert given.status == 202, given.body
    return ledger


def told(doors: TestClient, start: str, until: str) -> list[tuple[Any, ...]]:
    """What falls due in a window, without what is overdue."""
    found = rows(doors, "/v1/due", "at", "kind", "sentence", **{"from": start, "until": until})
    return [one for one in found if start <= one[0]]


def test_a_window_holds_its_first_instant_and_not_its_last(migrated_database: str) -> None:
    with reading(migrated_database, dated()) as doors:
        whole = told(doors, day(1), day(60))
        assert {kind for _, kind, _ in whole} == {
            "delegation_end", "split_start", "split_end", "capacity", "start", "end",
            "scheduled_release", "forecast_due", "request_due", "request_lapse", "pledge_start",
            "pledge_end", "proposal_lapse",
        }  # fmt: skip
        for at in sorted({one[0] for one in whole}):
            assert told(doors, at, day(60)) == [one for one in whole if one[0] >= at]
            assert told(doors, day(1), at) == [one for one in whole if one[0] < at]


def test_a_proposal_has_lapsed_from_the_instant_on_that_the_calendar_names(
    migrated_database: str,
) -> None:
    with reading(migrated_database, dated()) as doors:
        items = read(doors, "/v1/due", **{"from": day(1), "until": day(60)})["items"]
        (at,) = [one["at"] for one in items if one["kind"] == "proposal_lapse"]
        assert at.endswith("Z")
        for valid_at, status in ((day(1), "waiting"), (at, "lapsed"), (day(59), "lapsed")):
            assert rows(doors, "/v1/proposals", "status", valid_at=valid_at) == [status]
            assert (
                len(rows(doors, "/v1/proposals", "status", valid_at=valid_at, status=status)) == 1
            )
