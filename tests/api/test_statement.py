"""A statement: opening, each thing that changed it, closing; it reconciles and chains."""

from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads import statement
from tests.api.asking import problem
from tests.api.looking import read
from tests.api.told import reading
from tests.support.correcting import quantity
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"
MONTH = {"from": day(0), "to": day(60)}


def stated(doors: TestClient, **params: Any) -> dict[str, Any]:
    """A statement; its arithmetic is checked on the way."""
    found = read(doors, "/v1/statement", pool=POOL, **params)
    balance = found["opening"]
    for one in found["entries"]:
        balance += one["quantity"]
        assert one["balance"] == balance, one
    assert balance == found["closing"]
    return found


def lines(found: dict[str, Any], *fields: str) -> list[tuple[Any, ...]]:
    """Some fields of each entry."""
    return [tuple(one[name] for name in fields) for one in found["entries"]]


@pytest.fixture
def loan() -> tuple[InMemory, str, str]:
    """128 of alpha, of which 80 are lent to beta for days 16 to 32, 32 back on day 20."""
    ledger = lab("alpha", "beta", total=512)
    lender = ledger.grant("alpha", 128)
    lent = ledger.tell(
        "lend", pool=POOL, from_={"unit": "alpha"}, quantity=80, to="beta", starts_at=day(16),
        returns_at=day(32),
    )[0]["data"]["to_grant"]  # fmt: skip
    ledger.go_to(day(20))
    ledger.tell("release", grants=[{"grant": lent, "quantity": 32}])
    return ledger, lender, lent


def test_both_sides_of_a_loan_show_it(
    migrated_database: str, loan: tuple[InMemory, str, str]
) -> None:
    ledger, lender, lent = loan
    with reading(migrated_database, ledger) as doors:
        found = stated(doors, unit="alpha", **MONTH)
        assert lines(found, "at", "kind", "quantity", "balance") == [
            (ledger.facts()[found["entries"][0]["position"] - 1]["effective_at"],
             "starts", 128, 128),
            (day(16), "lent", -80, 48), (day(20), "loan_back", 32, 80),
            (day(32), "loan_back", 48, 128),
        ]  # fmt: skip
        assert {one["grant"] for one in found["entries"]} == {lender}
        found = stated(doors, unit="beta", **MONTH)
        assert lines(found, "at", "kind", "quantity", "balance") == [
            (day(16), "borrowed_in", 80, 80), (day(20), "returned", -32, 48),
            (day(32), "loan_ends", -48, 0),
        ]  # fmt: skip
        assert {one["grant"] for one in found["entries"]} == {lent}
        assert [one["sentence"] for one in found["entries"]] == [
            "beta borrows 80 gpu of h100 from alpha", "beta gives 32 gpu of h100 back to alpha",
            "The loan of 48 gpu of h100 to beta ends and goes back to alpha",
        ]  # fmt: skip


def test_a_loan_whose_lender_ended_first_ends_to_the_pool(
    migrated_database: str, loan: tuple[InMemory, str, str]
) -> None:
    ledger, _, _ = loan
    ledger.go_to(day(21))
    ledger.tell("release", pool=POOL, unit="alpha", quantity="all")
    with reading(migrated_database, ledger) as doors:
        found = stated(doors, unit="alpha", **{"from": day(21), "to": day(60)})
        assert lines(found, "kind", "quantity") == [("returned", -80)]
        assert found["opening"] == 80
        found = stated(doors, unit="beta", **{"from": day(21), "to": day(60)})
        assert lines(found, "at", "kind", "quantity") == [(day(32), "ends", -48)]


def test_consecutive_statements_chain_wherever_they_are_cut(
    migrated_database: str, loan: tuple[InMemory, str, str]
) -> None:
    ledger, _, _ = loan
    with reading(migrated_database, ledger) as doors:
        for unit in ("alpha", "beta"):
            whole = stated(doors, unit=unit, **MONTH)
            parts: list[dict[str, Any]] = []
            cuts = [0, 0.5, 16, 17, 20, 20.5, 32, 60]
            for start, end in pairwise(cuts):
                parts.append(stated(doors, unit=unit, **{"from": day(start), "to": day(end)}))
            assert [part["opening"] for part in parts[1:]] == [
                part["closing"] for part in parts[:-1]
            ]
            assert [one for part in parts for one in part["entries"]] == whole["entries"]


def test_an_entry_names_the_correction_of_its_event_and_older_beliefs_do_not(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=200_000)
    ledger.go_to(day(10))
    made = ledger.tell("grant", pool=POOL, unit="alpha", quantity=106_000)[0]["position"]
    ledger.go_to(day(14))
    moved = ledger.tell(
        "reallocate", pool=POOL, from_=[{"unit": "alpha", "quantity": 64}], to="beta",
        reason="moved",
    )[0]["position"]  # fmt: skip
    ledger.go_to(day(15))
    corrected = ledger.tell("correct", **quantity(ledger, made, 106))[0]["position"]
    with reading(migrated_database, ledger) as doors:
        found = stated(doors, unit="alpha", **MONTH)
        assert lines(found, "kind", "quantity", "position") == [
            ("starts", 106, made), ("moved_out", -64, moved),
        ]  # fmt: skip
        assert [one.get("corrected_by") for one in found["entries"]] == [corrected, None]
        then = stated(doors, unit="alpha", known_at=moved, **MONTH)
        assert lines(then, "quantity", "balance") == [(106_000, 106_000), (-64, 105_936)]
        assert [one.get("corrected_by") for one in then["entries"]] == [None, None]


def test_an_end_follows_from_the_last_fact_that_said_it(migrated_database: str) -> None:
    ledger = lab("alpha", total=512)
    name = ledger.grant("alpha", 64, ends_at=day(30))
    last = ledger.tell("extend", grant=name, ends_at=day(40))[0]["position"]
    given = ledger.tell(
        "release", grants=[{"grant": name, "quantity": 8}], kind="reclaimed", reason="idle",
        effective_at=day(20),
    )[0]["position"]  # fmt: skip
    ledger.tell("correct", **quantity(ledger, given, 16))
    with reading(migrated_database, ledger) as doors:
        found = stated(doors, unit="alpha", **{"from": day(1), "to": day(60)})
        assert lines(found, "at", "kind", "quantity", "position") == [
            (day(20), "reclaimed", -16, given), (day(40), "ends", -48, last),
        ]  # fmt: skip


def test_a_unit_that_moves_joins_with_all_it_holds_and_leaves_where_it_was(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=512)
    ledger.tell("create_unit", unit="one", parent="alpha")
    ledger.tell("create_unit", unit="two", parent="one")
    ledger.tell("grant", pool=POOL, unit="two", quantity=64, ends_at=day(30))
    ledger.go_to(day(9))
    moved = ledger.tell("move_unit", unit="one", parent="beta", reason="together")[0]
    period = {"from": day(5), "to": day(40)}
    with reading(migrated_database, ledger) as doors:
        left = stated(doors, under="alpha", **period)
        assert lines(left, "at", "kind", "unit", "quantity", "position") == [
            (moved["effective_at"], "left", "two", -64, moved["position"])
        ]
        joined = stated(doors, under="beta", **period)
        assert lines(joined, "kind", "unit", "quantity") == [
            ("joined", "two", 64), ("ends", "two", -64),
        ]  # fmt: skip
        assert joined["entries"][0]["sentence"] == "two joins beta with 64 gpu of h100"
        now = stated(doors, under="beta", org="now", **period)
        assert (now["opening"], lines(now, "kind")) == (64, [("ends",)])


def test_pages_of_a_statement_keep_its_balances(
    migrated_database: str, loan: tuple[InMemory, str, str]
) -> None:
    ledger, _, _ = loan
    with reading(migrated_database, ledger) as doors:
        whole = stated(doors, under="lab", **MONTH)
        assert len(whole["entries"]) == 7
        found: list[Any] = []
        answer = doors.get("/v1/statement", params={"under": "lab", "pool": POOL, "limit": 3,
                                                    **MONTH})  # fmt: skip
        while True:
            body = answer.json()
            assert (body["opening"], body["closing"]) == (whole["opening"], whole["closing"])
            found += body["entries"]
            if body["next"] is None:
                break
            answer = doors.get("/v1/statement", params={"cursor": body["next"], "limit": 3})
        assert found == whole["entries"]
        lines_ = doors.get("/v1/statement", params={"under": "lab", "pool": POOL, **MONTH,
                                                    "format": "jsonl"})  # fmt: skip
        assert lines_.text.count("\n") == 7


def test_a_statement_that_does_not_reconcile_is_no_answer(
    migrated_database: str, loan: tuple[InMemory, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, _, _ = loan
    monkeypatch.setattr(statement, "between", lambda *_, **__: [])
    with reading(migrated_database, ledger) as doors, pytest.raises(statement.Unreconciled):
        doors.get("/v1/statement", params={"unit": "alpha", "pool": POOL, **MONTH})


def test_a_statement_is_about_one_pool_and_one_unit_or_subtree(lab: TestClient) -> None:
    for query in ("", "pool=phoenix/h100", "unit=vision", "pool=phoenix/h100&unit=lab&under=lab",
                  "pool=phoenix/h100&unit=lab&valid_at=2026-05-01T00:00:00Z"):  # fmt: skip
        said = problem(lab.get(f"/v1/statement?{query}"))
        assert (said.status, said.code) == (422, "InvalidField"), query


def test_a_change_of_class_moves_nothing_from_anybody(migrated_database: str) -> None:
    ledger = lab("alpha", "beta", total=64)
    own = ledger.grant("alpha", 16, borrowed=True)
    ledger.go_to(day(5))
    for to in ("alpha", "beta"):
        ledger.tell("reallocate", pool=POOL, from_=[{"grant": own, "quantity": 4}], to=to,
                    reason="As agreed")  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        found = read(doors, "/v1/statement", pool=POOL, unit="alpha",
                     **{"from": day(4), "to": day(9)})  # fmt: skip
        assert [(one["quantity"], one["sentence"]) for one in found["entries"]] == [
            (-4, "4 gpu of h100 of alpha change class"), (4, "4 gpu of h100 of alpha change class"),
            (-4, "4 gpu of h100 move from alpha to beta"),
        ]  # fmt: skip
        assert (found["opening"], found["closing"]) == (16, 12)
