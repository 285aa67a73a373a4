"""Dated steps fall due on the live stream: once each, without an id, never more than is kept."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx2
import msgspec
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.feed import falling
from api.feed.falling import Fallen, Falling
from api.feed.tail import Tail
from api.reads.falling import fallen
from ledger.periods import Instant, from_datetime
from tests.api.asking import grant
from tests.api.looking import read
from tests.api.told import reading
from tests.support.in_memory import day, lab
from tests.support.looping import to_the_end

POOL = "h100"
PATIENCE_S = 30


def told(doors: TestClient, upto: Instant, known_at: int) -> list[dict[str, Any]]:
    """What fell due from an instant until now."""
    pool = cast("FastAPI", doors.app).state.running.pool
    found = fallen(pool, Fallen(upto, known_at))
    assert found.upto > upto
    return [msgspec.json.decode(one) for one in found.rows]


def test_what_was_recorded_before_its_date_falls_due_and_what_takes_effect_at_once_does_not(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", total=512)
    ledger.grant("alpha", 64, ends_at=day(30))
    ledger.go_to(day(20))
    ledger.grant("alpha", 8)
    ledger.grant("alpha", 16, starts_at=day(25))
    ledger.tell("release", pool=POOL, unit="alpha", quantity=8)
    with reading(migrated_database, ledger) as doors:
        found = [(one["at"], one["kind"], one["quantity"]) for one in told(doors, day(9), 0)]
        assert found == [(day(25), "start", 16), (day(30), "end", 64)]
        calendar = read(doors, "/v1/due", **{"from": day(22), "until": day(40)})["items"]
        assert told(doors, day(22), 0) == calendar
        assert told(doors, day(31), 0) == []


def test_a_record_ahead_of_the_clock_is_not_told_from_its_beginning(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", total=512)
    ledger.grant("alpha", 64, ends_at=day(30))
    ledger.go_to(day(40))
    ledger.grant("alpha", 8, ends_at=day(60))
    with reading(migrated_database, ledger) as doors:
        pool = cast("FastAPI", doors.app).state.running.pool
        first = fallen(pool, Fallen(day(10), 0, is_first=True))
        assert (first.upto >= day(40), first.known_at, first.rows) == (True, len(ledger.events), ())
        assert told(doors, day(10), 0) != []


def test_what_lapses_or_ends_besides_grants_falls_due_as_well(migrated_database: str) -> None:
    ledger = lab("alpha", total=512)
    ledger.go_to(day(1))
    ledger.ask("set_rules", notice_days=3, reason="As agreed")
    ledger.tell("split", pool=POOL, parent="lab", shares=[{"unit": "alpha", "amount": 64}],
                until=day(12))  # fmt: skip
    ledger.tell("delegate", to="kim", role="lead", unit="alpha", until=day(14))
    with reading(migrated_database, ledger) as doors:
        found = [(one["at"], one["kind"]) for one in told(doors, day(9), 0)]
        assert found == [(day(12), "split_end"), (day(14), "delegation_end")]
        kinds = [one["kind"] for one in told(doors, day(7), 0)]
        assert kinds == ["proposal_lapse", "split_end", "delegation_end"]
        assert [one["kind"] for one in told(doors, day(0), 0)] == kinds, "begun when recorded"


def test_while_the_read_models_lack_something_nothing_falls_due(migrated_database: str) -> None:
    ledger = lab("alpha", total=512)
    ledger.grant("alpha", 64, ends_at=day(30))
    with reading(migrated_database, ledger) as doors:
        running = cast("FastAPI", doors.app).state.running
        answer = doors.post(
            "/v1/notes", content=b'{"about":{"unit":"alpha"},"text":"not reflected"}',
            headers={"Content-Type": "application/json", "Idempotency-Key": "n",
                     "Allot-As": "founder"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        last = Fallen(day(9), 3)
        assert fallen(running.pool, last) == last


class Dated:
    """A calendar of so many steps, one a look."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self, last: Fallen) -> Fallen:
        self.looks += 1
        return Fallen(last.upto, self.looks, [b"%d" % self.looks])


def test_each_follower_is_told_once_of_what_falls_due_while_it_follows() -> None:
    async def follow() -> None:
        tail = Tail(lambda _after, _limit: (), lambda: 0)
        dated = Dated()
        due = Falling(dated.look, tail)
        await due.look()
        assert (due.count, dated.looks) == (0, 0), "nobody follows"
        tail.followers = 2
        first = due.begin()
        await due.look()
        second = due.begin()
        await due.look()
        assert due.after(first) == [b"1", b"2"]
        assert due.after(second) == [b"2"]
        assert due.after(due.count) == []
        tail.followers = 0
        await due.look()
        assert dated.looks == 2

    to_the_end(follow())


def test_who_takes_nothing_misses_the_oldest_and_costs_no_memory() -> None:
    async def follow() -> None:
        tail = Tail(lambda _after, _limit: (), lambda: 0)
        tail.followers = 1
        due = Falling(Dated().look, tail)
        first = due.begin()
        for _ in range(falling.KEPT + 5):
            await due.look()
        missed = due.after(first)
        assert (len(missed), missed[0]) == (falling.KEPT, b"6")

    to_the_end(follow())


def _streamed(answer: httpx2.Response) -> Iterator[tuple[str, str, str]]:
    """Each message as (event, id, data); that nothing is to come is told by a comment."""
    fields: dict[str, str] = {}
    deadline = time.monotonic() + PATIENCE_S
    for line in answer.iter_lines():
        assert time.monotonic() < deadline, "it never came"
        name, _, text = line.partition(": ")
        if not line and "data" in fields:
            yield fields.get("event", ""), fields.get("id", ""), fields["data"]
        if not line:
            fields = {}
        elif name:
            fields[name] = text


def test_a_grant_that_ends_is_told_to_everyone_who_follows(served: httpx2.Client) -> None:
    for path, fields in (
        ("/v1/pools", {"pool": "phoenix/h100"}),
        ("/v1/capacity", {"pool": "phoenix/h100", "kind": "counted", "total": 64}),
        ("/v1/units", {"unit": "vision"}),
    ):
        _tell(served, path, fields)
    with (
        served.stream("GET", "/v1/events/stream") as one,
        served.stream("GET", "/v1/events/stream?topic=noted.v1") as other,
    ):
        streams = _streamed(one), _streamed(other)
        soon = from_datetime(datetime.now(UTC) + timedelta(seconds=2))
        made = _tell(served, "/v1/grants", grant(8, ends_at=soon))
        event, number, stored = next(streams[0])
        assert (event, number) == ("", str(made))
        for stream in streams:
            event, number, data = next(stream)
            assert (event, number) == ("due", "")
            item = msgspec.json.decode(data)
            assert (item["at"], item["kind"], item["quantity"], item["position"]) == (
                soon, "end", 8, made,
            )  # fmt: skip
        assert stored


def _tell(served: httpx2.Client, path: str, fields: dict[str, Any]) -> int:
    answer = served.post(
        path, content=msgspec.json.encode(fields),
        headers={"Content-Type": "application/json", "Idempotency-Key": f"k{path}"},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return int(answer.headers["Allot-Position"])
