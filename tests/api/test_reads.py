"""What the reads answer: who holds what, what there is, who belongs to whom, what was decided."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.asking import problem
from tests.api.laboratory import BEGAN, ENDS, GRANTED, LOST, MOVED, POOL, RELEASED
from tests.api.looking import read, rows

HELD_FIRST = [("lab", 8), ("robots", 40), ("speech", 32), ("vision", 48)]
HELD_MOVED = [("lab", 8), ("robots", 56), ("speech", 32), ("vision", 32)]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        (BEGAN, []),
        ("2026-01-31T23:59:59.999999Z", []),
        (GRANTED, HELD_FIRST),
        ("2026-03-31T23:59:59.999999Z", HELD_FIRST),
        (MOVED, HELD_MOVED),
        (RELEASED, [("lab", 8), ("robots", 48), ("speech", 32), ("vision", 32)]),
        (ENDS, [("lab", 8), ("robots", 8), ("speech", 32), ("vision", 32)]),
    ],
)
def test_who_holds_what_at_any_instant(
    lab: TestClient, at: str, held: list[tuple[str, int]]
) -> None:
    assert rows(lab, "/v1/holdings", "unit", "quantity", valid_at=at) == held


@pytest.mark.parametrize(
    ("group", "fields", "found"),
    [
        ("pool", ("quantity", "guaranteed", "borrowed"), [(128, 96, 32)]),
        ("parent", ("parent", "quantity"), [("lab", 8), ("product", 56), ("research", 64)]),
        ("unit", ("unit", "borrowed"), [("lab", 0), ("robots", 0), ("speech", 32), ("vision", 0)]),
    ],
)
def test_holdings_are_summed_by_what_is_asked_for(
    lab: TestClient, group: str, fields: tuple[str, ...], found: list[Any]
) -> None:
    assert rows(lab, "/v1/holdings", *fields, group=group, valid_at=MOVED) == found


def test_grants_are_listed_one_by_one(lab: TestClient) -> None:
    found = rows(lab, "/v1/holdings", "unit", "quantity", group="grant", valid_at=MOVED)
    assert sorted(found) == [("lab", 8), ("robots", 16), ("robots", 40), ("speech", 32),
                             ("vision", 32)]  # fmt: skip


@pytest.mark.parametrize("group", ["unit", "grant", "pool", "parent"])
def test_totals_are_the_sums_of_all_that_is_listed(lab: TestClient, group: str) -> None:
    body = read(lab, "/v1/holdings", group=group, valid_at=LOST)
    (total,) = body["totals"]
    for field in ("quantity", "guaranteed", "borrowed", "lent", "borrowed_in", "deliverable"):
        assert sum(item[field] for item in body["items"]) == total[field]
    assert (total["pool"], total["quantity"], total["deliverable"]) == (POOL, 128, 96)


def test_totals_are_the_same_on_every_page(lab: TestClient) -> None:
    whole = read(lab, "/v1/holdings", valid_at=MOVED)["totals"]
    first = read(lab, "/v1/holdings", valid_at=MOVED, limit=1)
    assert first["totals"] == whole
    assert read(lab, "/v1/holdings", cursor=first["next"])["totals"] == whole


def test_while_a_rack_is_lost_the_borrowed_grant_is_short_first(lab: TestClient) -> None:
    short = rows(lab, "/v1/holdings", "unit", "quantity", "deliverable", valid_at=LOST)
    assert short == [("lab", 8, 8), ("robots", 56, 56), ("speech", 32, 0), ("vision", 32, 32)]
    one = rows(lab, "/v1/holdings", "deliverable", unit="speech", valid_at=LOST)
    assert one == [0]


def test_a_unit_alone_and_a_unit_with_all_below_it(lab: TestClient) -> None:
    held = {"valid_at": MOVED}
    assert rows(lab, "/v1/holdings", "unit", unit="product", **held) == []
    assert rows(lab, "/v1/holdings", "unit", under="product", **held) == ["robots"]
    assert rows(lab, "/v1/holdings", "unit", under="lab", **held) == [
        "lab", "robots", "speech", "vision",
    ]  # fmt: skip
    assert rows(lab, "/v1/holdings", "unit", under="product", unit="vision", **held) == []
    assert rows(lab, "/v1/holdings", "unit", under="robots", **held) == ["robots"]


def test_the_tree_of_then_and_the_tree_of_now(lab: TestClient) -> None:
    then = rows(lab, "/v1/holdings", "unit", under="research", valid_at=MOVED)
    now = rows(lab, "/v1/holdings", "unit", under="research", valid_at=MOVED, org="now")
    assert (then, now) == (["speech", "vision"], ["vision"])
    of_now = rows(lab, "/v1/holdings", "parent", "quantity", group="parent", valid_at=MOVED,
                  org="now")  # fmt: skip
    assert of_now == [("lab", 8), ("product", 88), ("research", 32)]
    assert rows(lab, "/v1/holdings", "unit", under="research") == ["vision"]


def test_capacity_adds_up_at_every_instant(lab: TestClient) -> None:
    numbers = ("installed", "lost", "allocatable", "held", "free", "overcommitted", "shortfall")
    for at, expected in (
        (BEGAN, (128, 0, 128, 0, 128, 0, 0)),
        (MOVED, (128, 0, 128, 128, 0, 0, 0)),
        (LOST, (128, 32, 96, 128, 0, 32, 32)),
        (ENDS, (128, 32, 96, 80, 16, 0, 0)),
    ):
        (found,) = rows(lab, "/v1/capacity", *numbers, pool=POOL, valid_at=at)
        assert found == expected
        assert found[3] + found[4] == found[2] + found[5]


def test_before_the_first_fact_nothing_is_said_of_a_pool_but_that(lab: TestClient) -> None:
    body = read(lab, "/v1/capacity", pool="empty/a100")
    assert body["items"] == [
        {"pool": "empty/a100", "unit_label": "gpu", "granule": 1, "unknown": True}
    ]


def test_pools_units_delegations_and_rules_are_dated_facts(lab: TestClient) -> None:
    assert rows(lab, "/v1/pools", "pool", "granule") == [("empty/a100", 1), (POOL, 8)]
    assert rows(lab, "/v1/pools", "pool", valid_at="2025-12-31T00:00:00Z") == []
    parents = dict(rows(lab, "/v1/units", "unit", "parent"))
    assert parents == {
        "lab": None, "research": "lab", "product": "lab", "vision": "research",
        "speech": "product", "robots": "product", "idle": "product",
    }  # fmt: skip
    before = dict(rows(lab, "/v1/units", "unit", "parent", valid_at=MOVED, under="research"))
    assert before == {"research": "lab", "vision": "research", "speech": "research"}
    roles = rows(lab, "/v1/delegations", "role", "unit", person="founder@lab")
    assert roles == [(role, "lab") for role in ("steward", "decider", "operator", "importer")]
    assert rows(lab, "/v1/delegations", "role", unit="vision") == []
    assert rows(lab, "/v1/delegations", "role", person="nobody") == []
    assert rows(lab, "/v1/rules", "pool", "backdate_days") == [(None, 7)]


def test_a_grant_tells_its_steps(lab: TestClient) -> None:
    found = rows(lab, "/v1/holdings", "grant", "quantity", group="grant", unit="vision",
                 valid_at=GRANTED)  # fmt: skip
    ((grant, _),) = found
    body = read(lab, f"/v1/grants/{grant}", valid_at=MOVED)
    assert (body["quantity"], body["own"], body["hold"]) == (48, 32, 32)
    assert (body["unit"], body["class"], body["ends_at"]) == ("vision", "guaranteed", None)
    assert body["steps"] == [
        {"from": "2026-02-01T00:00:00.000000Z", "to": "2026-04-01T00:00:00.000000Z", "own": 48,
         "hold": 48},
        {"from": "2026-04-01T00:00:00.000000Z", "to": None, "own": 32, "hold": 32},
    ]  # fmt: skip
    assert read(lab, f"/v1/grants/{grant}", valid_at=BEGAN)["own"] == 0
    made = body["made"]
    early = lab.get(f"/v1/grants/{grant}", params={"known_at": made - 1})
    assert (problem(early).status, problem(early).code) == (404, "UnknownGrant")
    assert read(lab, f"/v1/grants/{grant}", known_at=made)["steps"][0]["to"] is None


def test_history_tells_each_event_in_words_with_before_and_after(lab: TestClient) -> None:
    (event,) = read(lab, "/v1/history", topic="reallocated.v1")["items"]
    assert event["sentence"] == "16 gpu of phoenix/h100 moved from vision to robots on 2026-04-01"
    assert event["flags"] == ["backdated"]
    changed = [(one["unit"], one["quantity"]) for one in (*event["before"], *event["after"])]
    assert changed == [("robots", 40), ("vision", 48), ("robots", 56), ("vision", 32)]
    (stored,) = lab.get("/v1/events?topic=reallocated.v1&limit=1000").json()["events"]
    assert {name: event[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("params", "count"),
    [
        ({"q": "topic:granted"}, 4),
        ({"q": "topic:granted unit:vision"}, 1),
        ({"q": "topic:granted -unit:vision"}, 3),
        ({"topic": ["granted.v1", "reallocated.v1"]}, 5),
        ({"unit": "robots"}, 4),
        ({"under": "product", "topic": "granted.v1"}, 1),
        ({"under": "product", "topic": "granted.v1", "org": "now"}, 2),
        ({"pool": "empty/a100"}, 1),
        ({"by": "nobody@lab"}, 0),
        ({"flag": "backdated", "topic": "granted.v1"}, 4),
        ({"from": MOVED, "to": LOST, "clock": "effective"}, 1),
        ({"from": "2000-01-01T00:00:00Z", "to": "2020-01-01T00:00:00Z"}, 0),
        ({"q": '"third of three"'}, 1),
        ({"after": 10**9}, 0),
    ],
)
def test_history_is_searched(lab: TestClient, params: dict[str, Any], count: int) -> None:
    assert len(read(lab, "/v1/history", **params)["items"]) == count


def test_history_leads_both_ways_without_gap_or_repetition(lab: TestClient) -> None:
    head = lab.get("/v1/position").json()["head"]
    for order, expected in (("asc", range(1, head + 1)), ("desc", range(head, 0, -1))):
        seen: list[int] = []
        page = read(lab, "/v1/history", order=order, limit=3)
        while True:
            seen += [event["position"] for event in page["items"]]
            if page["next"] is None:
                break
            page = read(lab, "/v1/history", cursor=page["next"], limit=4)
        assert seen == list(expected)
