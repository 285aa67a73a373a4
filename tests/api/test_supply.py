"""What comes free, when and why: the certain curve counts what is recorded, and nothing else."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads import supply
from tests.api.asking import problem
from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"
AHEAD = {"from": day(1), "until": day(60)}


def story() -> tuple[InMemory, dict[str, Any]]:
    """A pool of 512 with an end, a schedule, a move, two loans, a rack to come, a reservation."""
    ledger = lab("alpha", "beta", "gamma", total=512, granule=8)
    made: dict[str, Any] = {}
    made["ending"] = ledger.grant("alpha", 128, ends_at=day(30))
    made["scheduled"] = ledger.grant("beta", 64)
    ledger.tell("release", grants=[{"grant": made["scheduled"], "quantity": 16}],
                effective_at=day(10))  # fmt: skip
    made["moved"] = ledger.grant("gamma", 64)
    ledger.tell("reallocate", pool=POOL, from_=[{"grant": made["moved"], "quantity": 32}],
                to="beta", starts_at=day(12), reason="moved")  # fmt: skip
    for back in (20, 25):
        ledger.tell("lend", pool=POOL, from_={"grant": made["ending"]}, quantity=32, to="gamma",
                    starts_at=day(5), returns_at=day(back))  # fmt: skip
    ledger.tell("change_capacity", pool=POOL, kind="installed", quantity=64, effective_at=day(40))
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=20, effective_at=day(40))
    made["reserved"] = ledger.grant("gamma", 200, starts_at=day(40))
    return ledger, made


def test_each_step_tells_what_is_free_and_what_made_it_so(migrated_database: str) -> None:
    ledger, made = story()
    with reading(migrated_database, ledger) as doors:
        found = read(doors, "/v1/supply", pool=POOL, **AHEAD)
        steps = [(one["at"], one["free"], one["grantable"]) for one in found["certain"]]
        assert steps == [
            (day(1), 256, 240), (day(10), 272, 240), (day(30), 400, 240), (day(40), 244, 240),
        ]  # fmt: skip
        causes = [
            [(one["kind"], one["quantity"], one.get("grant")) for one in step["causes"]]
            for step in found["certain"]
        ]
        assert causes == [
            [], [("scheduled_release", 16, made["scheduled"])], [("end", 128, made["ending"])],
            [("capacity", 64, None), ("capacity", -20, None), ("start", -200, made["reserved"])],
        ]  # fmt: skip
        assert found["likely"] == found["possible"] == found["certain"]


def test_an_answer_of_too_many_changes_asks_for_a_shorter_period(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, _ = story()
    with reading(migrated_database, ledger) as doors:
        monkeypatch.setattr(supply, "CHANGES_MAX", 5)
        assert len(read(doors, "/v1/supply", pool=POOL, **AHEAD)["certain"]) == 4
        monkeypatch.setattr(supply, "CHANGES_MAX", 4)
        said = problem(doors.get("/v1/supply", params={"pool": POOL, **AHEAD}))
        assert said.status == 422
        assert said.detail.startswith(f"5 changes of {POOL} from {day(1)} to ")


def test_it_counts_in_whole_granules_before_the_pool_was_opened_too(migrated_database: str) -> None:
    ledger, _ = story()
    with reading(migrated_database, ledger) as doors:
        found = read(doors, "/v1/supply", pool=POOL, **AHEAD | {"from": day(-1)})
        assert found["certain"][0]["at"] == day(-1)
        assert found["certain"][-1]["free"] % 8, "or there would be nothing to round"
        assert {one["grantable"] % 8 for one in found["certain"]} == {0}


def test_what_is_grantable_on_a_date_is_free_until_the_end(migrated_database: str) -> None:
    ledger, _ = story()
    with reading(migrated_database, ledger) as doors:
        for until, grantable in ((day(30), 256), (day(39), 256), (day(40), 240)):
            (first, *_) = read(doors, "/v1/supply", pool=POOL, **{"from": day(1)},
                               until=until)["certain"]  # fmt: skip
            assert first["grantable"] == grantable


def test_a_loan_is_a_cause_only_when_it_ends_to_the_pool(migrated_database: str) -> None:
    ledger, made = story()
    ledger.go_to(day(6))
    ledger.tell("extend", grant=made["ending"], ends_at=day(22), reason="shorter")
    with reading(migrated_database, ledger) as doors:
        found = read(doors, "/v1/supply", pool=POOL, **{"from": day(7), "until": day(29)})
        assert [
            (step["at"], [(one["kind"], one["quantity"]) for one in step["causes"]])
            for step in found["certain"][2:]
        ] == [(day(22), [("end", 96)]), (day(25), [("loan_end", 32)])]


def test_what_is_short_is_told_and_nothing_is_grantable(migrated_database: str) -> None:
    ledger = lab("alpha", total=128)
    ledger.grant("alpha", 128, ends_at=day(20))
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=8, effective_at=day(5))
    with reading(migrated_database, ledger) as doors:
        steps = [
            (one["free"], one["short"], one["grantable"])
            for one in read(doors, "/v1/supply", pool=POOL, **AHEAD)["certain"]
        ]
        assert steps == [(0, 0, 0), (0, 8, 0), (120, 0, 120)]


def test_supply_is_what_was_believed_then(migrated_database: str) -> None:
    ledger, _ = story()
    with reading(migrated_database, ledger) as doors:
        first = rows(doors, "/v1/history", "position", topic="granted.v1")[0]
        then = read(doors, "/v1/supply", pool=POOL, known_at=first, **AHEAD)
        assert [(one["at"], one["free"]) for one in then["certain"]] == [
            (day(1), 384), (day(30), 512),
        ]  # fmt: skip


def test_from_and_valid_at_are_one_instant(lab: TestClient) -> None:
    at, other = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"
    pool = "phoenix/h100"
    for path in ("/v1/supply", "/v1/due"):
        found = [read(lab, path, pool=pool, **{name: at}) for name in ("from", "valid_at")]
        assert found[0] == found[1]
        said = problem(lab.get(path, params={"pool": pool, "from": at, "valid_at": other}))
        assert (said.status, said.code) == (422, "InvalidField")
        said = problem(lab.get(path, params={"pool": pool, "from": other, "until": at}))
        assert (said.status, said.code) == (422, "InvalidField")
    assert problem(lab.get("/v1/supply")).status == 422


def test_the_calendar_lists_every_dated_step_once(migrated_database: str) -> None:
    ledger, _ = story()
    ledger.tell("delegate", to="kim@lab", role="operator", unit="alpha", until=day(35))
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/due", "at", "kind", "unit", "quantity", **AHEAD)
        assert found == [
            (day(5), "loan_start", "alpha", 32), (day(5), "loan_start", "alpha", 32),
            (day(10), "scheduled_release", "beta", 16), (day(12), "scheduled_move", "gamma", 32),
            (day(20), "loan_return", "gamma", 32), (day(25), "loan_return", "gamma", 32),
            (day(30), "end", "alpha", 128), (day(35), "delegation_end", "alpha", None),
            (day(40), "capacity", None, 64), (day(40), "capacity", None, 20),
            (day(40), "start", "gamma", 200),
        ]  # fmt: skip
        assert rows(doors, "/v1/due", "sentence", **AHEAD)[3:6] == [
            "32 gpu of h100 move from gamma to beta",
            "The loan of 32 gpu of h100 to gamma ends and goes back to alpha",
            "The loan of 32 gpu of h100 to gamma ends and goes back to alpha",
        ]
        of_beta = rows(doors, "/v1/due", "kind", under="beta", **AHEAD)
        assert of_beta == ["scheduled_release", "scheduled_move", "capacity", "capacity"]
        two = rows(doors, "/v1/due", "at", **{"from": day(1), "until": day(25)})
        two += rows(doors, "/v1/due", "at", **{"from": day(25), "until": day(60)})
        assert two == [one[0] for one in found]


def test_at_one_instant_ends_are_told_before_capacity_and_that_before_starts(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", total=64)
    ledger.grant("alpha", 8, starts_at=day(5))
    ledger.tell("change_capacity", pool=POOL, kind="lost", quantity=4, effective_at=day(5))
    lasting = ledger.grant("alpha", 16)
    ledger.tell("release", grants=[{"grant": lasting, "quantity": 2}], effective_at=day(5))
    ledger.grant("alpha", 8, ends_at=day(5))
    with reading(migrated_database, ledger) as doors:
        step = read(doors, "/v1/supply", pool=POOL, **AHEAD)["certain"][1]
        kinds = [one["kind"] for one in step["causes"]]
        assert kinds == ["end", "scheduled_release", "capacity", "start"]
