"""The queue: who waits for what, behind whom, until when, and what stands in the way."""

from typing import Any

from tests.api.asking import problem
from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import ask, decide, give, house
from tests.support.in_memory import FOUNDER, SECOND, InMemory, day

WAITING = {"status": "waiting", "valid_at": day(1)}


def story() -> tuple[InMemory, dict[str, str]]:
    """A pool of 128: 96 are held until day 30, 32 for good; five requests, one is fulfilled."""
    ledger = house()
    ledger.grant("ops", 96, ends_at=day(30))
    made = {"old": ask(ledger, quantity=32, by="oda")}
    decide(ledger, made["old"], "approved")
    give(ledger, made["old"], 32)
    made["first"] = ask(ledger, quantity=32, priority="critical")
    made["urgent"] = ask(ledger, quantity=64)
    made["awarded"] = ask(ledger, quantity=32, ends_at=day(90))
    made["endless"] = ask(ledger, quantity=128, by="dan")
    decide(ledger, made["awarded"], "approved")
    decide(ledger, made["urgent"], "deferred", until=day(20), priority="high")
    return ledger, made


def test_the_queue_tells_who_is_ahead_and_the_earliest_honest_date(migrated_database: str) -> None:
    ledger, made = story()
    with reading(migrated_database, ledger) as doors:
        order = rows(doors, "/v1/requests", "request", **WAITING)
        assert order == [made[name] for name in ("awarded", "urgent", "first", "endless")]
        told = rows(doors, "/v1/requests", "ahead", "eta", "blocked_by", **WAITING)
        assert told == [
            ({"requests": 0, "quantity": 0}, day(30), "capacity"),
            ({"requests": 1, "quantity": 32}, day(30), "decision"),
            ({"requests": 2, "quantity": 96}, day(90), "decision"),
            ({"requests": 3, "quantity": 128}, None, "decision"),
        ]
        assert rows(doors, "/v1/requests", "priority", "asked_priority", **WAITING) == [
            ("normal", "normal"), ("high", "normal"), ("normal", "critical"), ("normal", "normal"),
        ]  # fmt: skip


def test_a_request_is_told_alone_as_the_list_tells_it(migrated_database: str) -> None:
    ledger, made = story()
    with reading(migrated_database, ledger) as doors:
        items = read(doors, "/v1/requests", valid_at=day(1))["items"]
        listed = {one["request"]: one for one in items}
        assert listed.keys() == set(made.values())
        for name, one in listed.items():
            alone: dict[str, Any] = read(doors, f"/v1/requests/{name}", valid_at=day(1))
            assert {field: alone[field] for field in one} == one
        old = listed[made["old"]]
        assert (old["status"], old["granted"], old["awarded"]) == ("fulfilled", 32, 32)
        assert (old["ahead"], old["eta"], old["blocked_by"]) == (None, None, None)
        assert list(listed)[-1] == made["old"]
        assert listed[made["endless"]]["deciders"] == ["dee", FOUNDER, SECOND]
        nobody = doors.get("/v1/requests/00000000-0000-7000-8000-00000000dead")
        assert problem(nobody).code == "UnknownRequest"
        assert problem(doors.get("/v1/requests/what")).status == 422


def test_requests_are_told_as_they_were_known_and_by_status_pool_and_unit(
    migrated_database: str,
) -> None:
    ledger, made = story()
    with reading(migrated_database, ledger) as doors:

        def named(**params: Any) -> set[str]:
            found = rows(doors, "/v1/requests", "request", **{"valid_at": day(1), **params})
            return {name for name, request in made.items() if request in found}

        assert named(status="deferred") == {"urgent"}
        assert named(status="open") == {"first", "endless"}
        assert named(status="fulfilled", pool="h100", under="research") == {"old"}
        assert named(under="ops") == set()
        assert named(status="lapsed", valid_at=day(90)) == {"awarded"}
        assert problem(doors.get("/v1/requests?pool=none")).code == "UnknownPool"
        assert named(known_at=len(ledger.events) - 2, status="open") == {
            "first", "urgent", "awarded", "endless",
        }  # fmt: skip


def test_of_an_award_no_more_counts_than_is_asked_for_by_now(migrated_database: str) -> None:
    ledger, made = story()
    ledger.tell("amend_request", request=made["awarded"], quantity=24)
    give(ledger, made["awarded"], 8, starts_at=day(31), ends_at=day(90))
    with reading(migrated_database, ledger) as doors:
        told = rows(doors, "/v1/requests", "request", "status", "ahead", **WAITING)
        assert told[0] == (made["awarded"], "awarded", {"requests": 0, "quantity": 0})
        assert told[1][2] == {"requests": 1, "quantity": 16}
    ledger.tell("amend_request", request=made["awarded"], quantity=8)
    with reading(migrated_database, ledger) as doors:
        alone = read(doors, f"/v1/requests/{made['awarded']}", valid_at=day(1))
        assert (alone["status"], alone["quantity"]) == ("fulfilled", 8)
        assert (alone["granted"], alone["awarded"]) == (8, 32)
