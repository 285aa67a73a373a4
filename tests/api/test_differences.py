"""Belief at one position and what was recorded since make the belief at another."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.reads import differences
from api.reads.statement import Unreconciled
from tests.api.asking import problem
from tests.api.looking import read, rows
from tests.api.told import reading
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"


@pytest.fixture(params=[True, False], ids=["little happened", "much happened"], autouse=True)
def _is_looked_for_in_either_way(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what happened in between, and by what is held."""
    monkeypatch.setattr(differences, "EVENTS", differences.EVENTS if request.param else -1)
    monkeypatch.setattr(differences, "FEW", 0 if request.param else differences.FEW)


def story() -> tuple[InMemory, list[str], list[int]]:
    """A grant told wrongly three times, one taken from by a move, and one that never was."""
    ledger = lab("alpha", "beta", total=512)
    ledger.go_to(day(10))
    names = [ledger.grant("alpha", 128), ledger.grant("alpha", 64), ledger.grant("beta", 8)]
    first, third = len(ledger.events) - 2, len(ledger.events)
    moved = {"pool": POOL, "from_": [{"grant": names[1], "quantity": 16}], "to": "beta",
             "reason": "moved"}  # fmt: skip
    deeds: list[tuple[str, Callable[[], dict[str, Any]]]] = [
        ("correct", lambda: quantity(ledger, first, 256)), ("reallocate", lambda: moved),
        ("correct", lambda: quantity(ledger, first, 32)), ("correct", lambda: never(ledger, third)),
    ]  # fmt: skip
    positions = [third]
    for do, fields in deeds:
        ledger.go_to(day(10 + len(positions)))
        positions.append(ledger.tell(do, **fields())[0]["position"])
    return ledger, names, positions


def different(doors: TestClient, before: int, after: int, **params: Any) -> dict[str, Any]:
    """What differs, by grant."""
    found = read(doors, "/v1/differences", known_from=before, known_to=after,
                 **{"valid_at": day(20), **params})  # fmt: skip
    return {
        one["grant"]: (one["unit"], one["before"], one["after"], one["positions"])
        for one in found["items"]
    }


def test_each_difference_names_what_changed_it(migrated_database: str) -> None:
    ledger, (first, second, third), (start, c1, move, c2, gone) = story()
    into = ledger.facts()[move - 1]["data"]["to_grant"]
    with reading(migrated_database, ledger) as doors:
        assert different(doors, start, gone) == {
            first: ("alpha", 128, 32, [c1, c2]), second: ("alpha", 64, 48, [move]),
            into: ("beta", 0, 16, [move]), third: ("beta", 8, 0, [gone]),
        }  # fmt: skip
        assert different(doors, c1, c2, unit="alpha") == {
            first: ("alpha", 256, 32, [c2]), second: ("alpha", 64, 48, [move]),
        }  # fmt: skip
        assert different(doors, start, gone, under="beta").keys() == {into, third}
        assert different(doors, start, gone, valid_at=day(9)) == {}
        assert different(doors, gone, gone) == {}
        assert read(doors, "/v1/differences", known_from=start)["known_to"] == gone


@pytest.mark.parametrize("few", [1, 2, 8])
def test_pages_of_differences_are_the_whole_list(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    ledger, _, (start, *_, gone) = story()
    asked = {"known_from": start, "known_to": gone, "valid_at": day(20)}
    with reading(migrated_database, ledger) as doors:
        monkeypatch.setattr(differences, "FEW", 0)
        whole = read(doors, "/v1/differences", **asked)["items"]
        monkeypatch.setattr(differences, "FEW", few)
        found: list[Any] = []
        page = read(doors, "/v1/differences", limit=1, **asked)
        while True:
            found += page["items"]
            if page["next"] is None:
                break
            page = read(doors, "/v1/differences", cursor=page["next"], limit=2)
        assert found == whole
        lines = doors.get("/v1/differences", params={**asked, "format": "csv"}).text
        assert lines.count("\r\n") == len(whole) + 1


def test_differences_are_told_of_one_pool_and_kept_once_every_clock_is_named(
    migrated_database: str,
) -> None:
    ledger = lab("alpha", "beta", total=64)
    ledger.tell("open_pool", pool="a100")
    ledger.tell("change_capacity", pool="a100", kind="counted", total=64)
    start = len(ledger.events)
    for pool in (POOL, "a100"):
        ledger.grant("alpha", 8, pool)
    end = len(ledger.events)
    ledger.grant("beta", 8)
    asked = {"known_from": start, "known_to": end}
    with reading(migrated_database, ledger) as doors:
        for pools, params in (([POOL], {"pool": POOL}), (["a100"], {"pool": "a100"}),
                              (["a100", POOL], {})):  # fmt: skip
            assert rows(doors, "/v1/differences", "pool", **asked, **params) == pools
        for named, is_kept in (
            ({**asked, "valid_at": day(20)}, True), (asked, False),
            ({"known_from": start, "valid_at": day(20)}, False),
        ):  # fmt: skip
            answer = doors.get("/v1/differences", params=named)
            assert ("immutable" in answer.headers["Cache-Control"]) == is_kept, named


def test_what_is_believed_again_is_no_difference(migrated_database: str) -> None:
    ledger, (first, _, _), (start, _, _, c2, _) = story()
    back = ledger.tell("correct", **quantity(ledger, start - 2, 128))[0]["position"]
    with reading(migrated_database, ledger) as doors:
        assert first not in different(doors, start, back)
        assert different(doors, c2, back, unit="alpha")[first] == ("alpha", 32, 128, [back])


def test_an_end_that_moves_changes_only_what_lies_between(migrated_database: str) -> None:
    ledger = lab("alpha", total=512)
    name = ledger.grant("alpha", 64, ends_at=day(30))
    before = len(ledger.events)
    after = ledger.tell("extend", grant=name, ends_at=day(40))[0]["position"]
    with reading(migrated_database, ledger) as doors:
        for at, found in ((29, {}), (30, {name: ("alpha", 0, 64, [after])}), (40, {})):
            assert different(doors, before, after, valid_at=day(at)) == found


def test_a_grant_of_another_unit_than_was_told_differs_in_both(migrated_database: str) -> None:
    ledger = lab("alpha", "beta", total=512)
    ledger.grant("alpha", 64)
    made = len(ledger.events)
    moved = ledger.tell("correct", **instead(ledger, made, unit="beta"))[0]["position"]
    with reading(migrated_database, ledger) as doors:
        found = rows(doors, "/v1/differences", "unit", "before", "after", "positions",
                     known_from=made, valid_at=day(20))  # fmt: skip
        assert found == [("alpha", 64, 0, [moved]), ("beta", 0, 64, [moved])]


def test_belief_and_what_was_recorded_since_make_the_later_belief(migrated_database: str) -> None:
    ledger, _, _ = story()
    head = len(ledger.events)
    with reading(migrated_database, ledger) as doors:

        def held(known_at: int) -> dict[str, int]:
            return dict(rows(doors, "/v1/holdings", "grant", "quantity", group="grant",
                             valid_at=day(20), known_at=known_at))  # fmt: skip

        for before in range(1, head + 1):
            for after in {before, head, min(head, before + 2)}:
                belief = held(before)
                for grant, (_, was, now, _) in different(doors, before, after).items():
                    assert belief.pop(grant, 0) == was
                    if now:
                        belief[grant] = now
                assert belief == held(after)


def test_differences_that_do_not_add_up_are_no_answer(
    migrated_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, _, (start, *_) = story()
    monkeypatch.setattr(differences, "turns", lambda *_, **__: [])
    with reading(migrated_database, ledger) as doors, pytest.raises(Unreconciled):
        doors.get("/v1/differences", params={"known_from": start, "valid_at": day(20)})


def test_two_positions_are_named_in_order_and_not_of_the_future(lab: TestClient) -> None:
    for query in ("", "known_from=7&known_to=6", "known_from=1000000000", "known_from=x",
                  "known_from=3&known_to=1000000000", "known_from=3&known_at=3"):  # fmt: skip
        said = problem(lab.get(f"/v1/differences?{query}"))
        assert (said.status, said.code) == (422, "InvalidField"), query
    said = problem(lab.get("/v1/differences?known_from=7&known_to=6"))
    assert said.detail == (
        "known_from 7 comes after known_to 6: name the earlier one as known_from."
    )
