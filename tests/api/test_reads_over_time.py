"""What the reads answer about periods: series with unit-hours, flows, and whole exports."""

from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads import export
from ledger.quantities import LARGEST
from tests.api.asking import command, furnish, grant, problem, recorded
from tests.api.laboratory import BEGAN, ENDS, GRANTED, LOST, MOVED, POOL, RELEASED, WHOLE
from tests.api.looking import asked, read, rows
from tests.api.told import reading
from tests.support.in_memory import day
from tests.support.in_memory import lab as lab_of


def test_series_reconcile_to_holdings_and_to_the_pool(lab: TestClient) -> None:
    by_unit = read(lab, "/v1/series", **WHOLE)["items"]
    for at in (GRANTED, MOVED, LOST, RELEASED, ENDS):
        instant = at.replace("Z", ".000000Z")
        there = [(one["unit"], one["quantity"]) for one in by_unit
                 if one["from"] <= instant < one["to"]]  # fmt: skip
        assert there == rows(lab, "/v1/holdings", "unit", "quantity", valid_at=at)
    whole = sum(Decimal(one["unit_seconds"]) for one in by_unit)
    for group in ("pool", "grant", "parent"):
        found = rows(lab, "/v1/series", "unit_seconds", group=group, **WHOLE)
        assert sum(map(Decimal, found)) == whole
    hours = sum(Decimal(one["unit_hours"]) for one in by_unit)
    assert hours == whole / 3600


def test_unit_hours_are_quantity_times_hours(lab: TestClient) -> None:
    march = {"from": "2026-03-01T00:00:00Z", "to": "2026-04-02T12:00:00Z"}
    found = rows(lab, "/v1/series", "from", "quantity", "unit_hours", unit="vision", **march)
    assert found == [
        ("2026-03-01T00:00:00.000000Z", 48, str(48 * 31 * 24)),
        ("2026-04-01T00:00:00.000000Z", 32, str(32 * 36)),
    ]


def test_series_come_in_steps_of_one_length(lab: TestClient) -> None:
    spring = {"from": BEGAN, "to": "2026-05-01T00:00:00Z", "unit": "vision"}
    months = rows(lab, "/v1/series", "from", "quantity", "unit_hours", every="1mo", **spring)
    assert months == [
        ("2026-02-01T00:00:00.000000Z", 48, str(48 * 28 * 24)),
        ("2026-03-01T00:00:00.000000Z", 48, str(48 * 31 * 24)),
        ("2026-04-01T00:00:00.000000Z", 32, str(32 * 30 * 24)),
    ]
    whole = sum(Decimal(hours) for hours in rows(lab, "/v1/series", "unit_hours", **spring))
    for every in ("1h", "1d", "1w", "2mo", "9999d"):
        steps = rows(lab, "/v1/series", "unit_hours", every=every, limit=1000, **spring)
        if len(steps) < 1000:
            assert sum(map(Decimal, steps)) == whole


def test_series_follow_the_tree_of_then_or_of_now(lab: TestClient) -> None:
    spring = {"from": GRANTED, "to": MOVED, "group": "pool"}
    then = rows(lab, "/v1/series", "quantity", under="research", **spring)
    now = rows(lab, "/v1/series", "quantity", under="research", org="now", **spring)
    assert (then, now) == ([80], [48])


def test_a_subtree_s_series_end_when_a_unit_leaves_it(lab: TestClient) -> None:
    (moved,) = rows(lab, "/v1/history", "effective_at", topic="unit-moved.v1")
    found = rows(lab, "/v1/series", "quantity", "to", under="research", group="pool", **WHOLE)
    assert ((64, moved), (32, "2100-01-01T00:00:00.000000Z")) == tuple(found[-2:])


def test_flows_tell_who_passed_how_much_to_whom(lab: TestClient) -> None:
    found = rows(lab, "/v1/flows", "from_unit", "to_unit", "quantity", **WHOLE)
    assert found == [
        (None, "lab", 8), (None, "robots", 40), (None, "speech", 32), (None, "vision", 48),
        ("robots", None, 48), ("vision", "robots", 16),
    ]  # fmt: skip
    spring = {"from": GRANTED, "to": MOVED}
    assert (None, "vision", 48) in rows(
        lab, "/v1/flows", "from_unit", "to_unit", "quantity", **spring
    )
    assert rows(lab, "/v1/flows", "quantity", **{"from": MOVED, "to": LOST}) == [16]


def test_flows_between_parents_leave_out_what_stays_among_siblings(lab: TestClient) -> None:
    found = rows(lab, "/v1/flows", "from_unit", "to_unit", "quantity", group="parent", **WHOLE)
    assert found == [
        (None, "lab", 8), (None, "product", 40), (None, "research", 80), ("product", None, 48),
        ("research", "product", 16),
    ]  # fmt: skip


def test_what_passes_between_siblings_passes_nothing_between_parents(reads: TestClient) -> None:
    furnish(reads)
    recorded(command(reads, "/v1/grants", grant(16)))
    moved = {"pool": POOL, "from": [{"unit": "vision", "quantity": 8}], "to": "reasoning"}
    recorded(command(reads, "/v1/reallocations", {**moved, "reason": "closer to the goal"}))
    fields = ("from_unit", "to_unit", "quantity")
    by_unit = rows(reads, "/v1/flows", *fields)
    assert by_unit == [(None, "vision", 16), ("vision", "reasoning", 8)]
    assert rows(reads, "/v1/flows", *fields, group="parent") == [(None, "lab", 16)]


def test_the_events_of_an_export_are_the_stored_bytes(lab: TestClient) -> None:
    stored = lab.get("/v1/events", headers={"Accept": "application/jsonl"}).content
    exported = asked(lab, "/v1/export", what="events")
    assert exported.content == stored
    assert exported.headers["Content-Type"] == "application/jsonl"
    head = int(exported.headers["Allot-Position"])
    part = asked(lab, "/v1/export", what="events", known_at=6).content
    assert part == b"".join(stored.splitlines(keepends=True)[:6])
    assert asked(lab, "/v1/export", what="events", format="csv").text.count("\r\n") == head + 1


def test_the_holdings_of_an_export_add_up_to_every_instant(lab: TestClient) -> None:
    exported = asked(lab, "/v1/export", what="holdings", format="csv").text.split("\r\n")
    assert exported[0] == "pool,unit,grant,class,quantity,from,to"
    rows_ = [line.split(",") for line in exported[1:] if line]
    for at in (GRANTED, MOVED, LOST, RELEASED, ENDS):
        instant = at.replace("Z", ".000000Z")
        held = sum(int(one[4]) for one in rows_ if one[5] <= instant < (one[6] or "9999"))
        assert [held] == rows(lab, "/v1/holdings", "quantity", group="pool", valid_at=at)
    at_once = asked(lab, "/v1/export", what="holdings", valid_at=MOVED).content.splitlines()
    assert len(at_once) == 5


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 7])
def test_an_export_is_whole_in_pieces_of_any_size(
    lab: TestClient, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    whole = [asked(lab, "/v1/export", what=what).content for what in ("events", "holdings")]
    monkeypatch.setattr(export, "EVENTS_AT_ONCE", at_once)
    monkeypatch.setattr(export, "UNITS_AT_ONCE", at_once)
    pieces = [asked(lab, "/v1/export", what=what).content for what in ("events", "holdings")]
    assert pieces == whole


def test_flows_that_not_every_reader_would_keep_exact_are_refused(migrated_database: str) -> None:
    ledger = lab_of("alpha", total=LARGEST)
    for number in (1, 2):
        ledger.grant("alpha", LARGEST, starts_at=day(number), ends_at=day(number + 0.5))
    with reading(migrated_database, ledger) as doors:
        whole = {"from": day(0), "to": day(2)}
        for params in (whole, {**whole, "group": "parent"}):
            assert rows(doors, "/v1/flows", "quantity", **params) == [LARGEST, LARGEST]
            refused = problem(doors.get("/v1/flows", params={**params, "to": day(2.5)}))
            assert (refused.status, refused.code) == (422, "InvalidField")
            assert f"{2 * LARGEST} of h100 passed from the pool to" in refused.detail


def test_flows_between_parents_are_by_the_tree_of_their_time(migrated_database: str) -> None:
    ledger = lab_of("research", "product", total=64)
    for team in ("vision", "speech"):
        ledger.tell("create_unit", unit=team, parent="research")
    ledger.grant("vision", 16)
    deeds: list[tuple[float, str, dict[str, Any]]] = [
        (5, "reallocate", {"from_": [{"unit": "vision", "quantity": 1}], "to": "speech"}),
        (10, "move_unit", {"unit": "vision", "parent": "product"}),
        (15, "reallocate", {"from_": [{"unit": "vision", "quantity": 2}], "to": "speech"}),
    ]
    for at, do, fields in deeds:
        ledger.go_to(day(at))
        pool = {"pool": "h100"} if do == "reallocate" else {}
        ledger.tell(do, reason="As agreed", **pool, **fields)
    ends = ("from_unit", "to_unit", "quantity")
    with reading(migrated_database, ledger) as doors:
        asked_of = {"group": "parent", "from": day(1), "to": day(20)}
        assert rows(doors, "/v1/flows", *ends, **asked_of) == [("product", "research", 2)]
        now = rows(doors, "/v1/flows", *ends, org="now", **asked_of)
        assert now == [("product", "research", 3)]
        whole = rows(doors, "/v1/flows", *ends, **{**asked_of, "group": "unit"})
        assert whole == [("vision", "speech", 3)]


def test_without_a_beginning_a_period_begins_with_the_first_grant_as_known(
    migrated_database: str,
) -> None:
    ledger = lab_of("alpha", total=64, since=day(-9))
    ledger.go_to(day(5))
    ledger.grant("alpha", 8)
    first = len(ledger.events)
    ledger.grant("alpha", 8, effective_at=day(1), reason="It was told late")
    with reading(migrated_database, ledger) as doors:
        for known_at, begins in ((first, day(5)), (first + 1, day(1))):
            for path in ("/v1/series", "/v1/flows"):
                found = read(doors, path, to=day(20), known_at=known_at)
                assert found["from"][:19] == begins[:19], path
        early = read(doors, "/v1/series", to=day(20), known_at=first - 1)
        assert (early["from"], early["items"]) == (day(20), [])
