"""Of a pool that was closed nothing can be had any more, however much of it is free."""

from fastapi.testclient import TestClient

from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.asking import ask, decide, house
from tests.support.in_memory import InMemory, day

POOLS = ["a100", "h100"]
AHEAD = {"pool": "a100", "from": day(1), "until": day(60)}


def story() -> tuple[InMemory, int]:
    """All of one pool is held for good; the other, of 64, is closed on day 2."""
    ledger = house()
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=64)
    ledger.grant("ops", 128, ends_at=day(30))
    decide(ledger, ask(ledger, quantity=16, pools=["a100"]), "approved")
    ask(ledger, quantity=32, pools=POOLS)
    ledger.go_to(day(2))
    known = ledger.state.position
    ledger.tell("close_pool", pool="a100")
    return ledger, known


def waiting(doors: TestClient, known_at: int) -> list[tuple[str | None, str]]:
    """When each request can be had, and what stands in its way."""
    asked = {"status": "waiting", "valid_at": day(1), "known_at": known_at}
    return rows(doors, "/v1/requests", "eta", "blocked_by", **asked)


def test_no_request_waits_for_it(migrated_database: str) -> None:
    ledger, known = story()
    with reading(migrated_database, ledger) as doors:
        assert waiting(doors, known) == [(day(1), None), (day(1), "decision")]
        assert waiting(doors, known + 1) == [(None, "capacity"), (day(30), "decision")]


def test_it_is_free_and_cannot_be_promised_beyond_its_closing(migrated_database: str) -> None:
    ledger, known = story()
    closed = ledger.events[known].recorded_at
    with reading(migrated_database, ledger) as doors:
        for known_at, until, grantable in (
            (known, day(60), 64), (known + 1, day(60), 0), (known + 1, closed, 0),
            (known + 1, day(1.5), 64),
        ):  # fmt: skip
            asked = AHEAD | {"until": until, "known_at": known_at}
            (only,) = read(doors, "/v1/supply", **asked)["certain"]
            assert (only["free"], only["grantable"]) == (64, grantable), until
