"""Units that join and leave in a statement, also where their moves are told otherwise later.

Held to a plain reading of the log: who stood where, and who had how much in hand, at any instant.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.periods import Instant, shifted
from tests.api.looking import read
from tests.api.told import reading
from tests.support.correcting import instead, never, together
from tests.support.in_memory import InMemory, day, lab
from tests.support.naive_belief import Belief

POOL = "h100"
PERIOD = {"from": day(5), "to": day(40)}
JUST_BEFORE = timedelta(microseconds=-1)
Line = tuple[Instant, str, str, int, int]


class Plain:
    """What is believed of units at a position, folded from the log by itself."""

    def __init__(self, ledger: InMemory, known_at: int) -> None:
        self.belief = Belief(ledger.facts(), known_at)

    def _ways(self, at: Instant) -> dict[str, str | None]:
        """The parent of each unit: by the last that said so."""
        told = sorted(self.belief.facts, key=lambda fact: (fact["at"], fact["position"]))
        return {
            fact["data"]["unit"]: fact["data"]["parent"]
            for fact in told
            if fact["topic"] in ("unit-created.v1", "unit-moved.v1") and fact["at"] <= at
        }

    def members(self, under: str, at: Instant) -> set[str]:
        """A unit and all that stood below it."""
        above = self._ways(at)
        found: set[str] = set()
        for unit in above:
            way: str | None = unit
            while way is not None and way != under:
                way = above[way]
            if way == under:
                found.add(unit)
        return found

    def held(self, unit: str, at: Instant) -> int:
        """What a unit itself had in hand."""
        of = [grant for grant in self.belief.grants() if self.belief.unit(grant) == unit]
        return sum(self.belief.hold(grant, at) for grant in of)

    def total(self, under: str, at: Instant) -> int:
        """What all of them had in hand."""
        return sum(self.held(unit, at) for unit in self.members(under, at))

    def passages(self, under: str, start: Instant, end: Instant) -> Iterator[tuple[Any, ...]]:
        """Who came and went with something in hand: by comparing one instant with the next."""
        moved = {fact["at"] for fact in self.belief.facts if fact["topic"] == "unit-moved.v1"}
        for at in sorted(one for one in moved if start <= one < end):
            before, after = self.members(under, shifted(at, JUST_BEFORE)), self.members(under, at)
            for unit in sorted(before ^ after):
                quantity = self.held(unit, shifted(at, JUST_BEFORE))
                if quantity:
                    came = unit in after
                    yield at, "joined" if came else "left", unit, quantity if came else -quantity


def agree(doors: TestClient, ledger: InMemory, under: str, known_at: int) -> list[dict[str, Any]]:
    """A statement is what the plain reading says; returns who joined and left."""
    plain = Plain(ledger, known_at)
    found = read(doors, "/v1/statement", pool=POOL, under=under, known_at=known_at, **PERIOD)
    told = (under, known_at)
    assert found["opening"] == plain.total(under, shifted(PERIOD["from"], JUST_BEFORE)), told
    entries = found["entries"]
    last: dict[str, Any] = {"at": PERIOD["to"]}
    for one, after in pairwise([*entries, last]):
        if after["at"] != one["at"]:
            assert one["balance"] == plain.total(under, one["at"]), told
    assert found["closing"] == plain.total(under, shifted(PERIOD["to"], JUST_BEFORE)), told
    passed = [one for one in entries if one["kind"] in ("joined", "left")]
    lines = [(one["at"], one["kind"], one["unit"], one["quantity"]) for one in passed]
    assert sorted(lines) == sorted(plain.passages(under, PERIOD["from"], PERIOD["to"])), told
    return passed


def beliefs(doors: TestClient, ledger: InMemory, since: int, under: Sequence[str]) -> None:
    """The same at every position from one on."""
    for known_at in range(since, len(ledger.events) + 1):
        for unit in under:
            agree(doors, ledger, unit, known_at)


@pytest.fixture
def ledger() -> InMemory:
    """Divisions alpha, beta and gamma; team one of alpha holds 16, and its part two up to 64."""
    ledger = lab("alpha", "beta", "gamma", total=512)
    ledger.tell("create_unit", unit="one", parent="alpha")
    ledger.tell("create_unit", unit="two", parent="one")
    ledger.grant("one", 16)
    ledger.grant("two", 64, ends_at=day(30))
    ledger.tell("release", pool=POOL, unit="two", quantity=24, effective_at=day(8))
    ledger.go_to(day(9))
    return ledger


def moved(ledger: InMemory, unit: str, parent: str) -> int:
    """Move a unit; returns the position."""
    return ledger.tell("move_unit", unit=unit, parent=parent, reason="r")[0]["position"]


def sides(passed: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What says who passed: the unit, the move and its correction."""
    return [(one["unit"], one["position"], one.get("corrected_by")) for one in passed]


def test_a_move_on_another_day_to_another_parent_or_never_is_told_as_it_is_believed(
    ledger: InMemory, migrated_database: str
) -> None:
    move = moved(ledger, "one", "beta")
    ledger.go_to(day(12))
    earlier, elsewhere, undone, back = (
        ledger.tell("correct", **fields(ledger, move))[0]["position"]
        for fields in (
            lambda ledger, at: instead(ledger, at, day(6)),
            lambda ledger, at: instead(ledger, at, parent="gamma"),
            never,
            lambda ledger, at: instead(ledger, at, day(9), parent="beta"),
        )
    )
    with reading(migrated_database, ledger) as doors:
        beliefs(doors, ledger, move - 1, ("alpha", "beta", "gamma", "lab"))

        def told(under: str, known_at: int) -> list[tuple[Any, ...]]:
            return sides(agree(doors, ledger, under, known_at))

        assert told("beta", move) == [("one", move, None), ("two", move, None)]
        assert told("beta", earlier) == [("one", move, earlier), ("two", move, earlier)]
        assert told("beta", elsewhere) == told("alpha", undone) == []
        assert told("gamma", elsewhere) == [("one", move, elsewhere), ("two", move, elsewhere)]
        assert told("alpha", back) == [("one", move, back), ("two", move, back)]
        [one, two] = agree(doors, ledger, "alpha", earlier)
        assert (one["at"], one["quantity"], two["quantity"]) == (day(6), -16, -64)
        [one, two] = agree(doors, ledger, "alpha", back)
        assert (one["at"], one["quantity"], two["quantity"]) == (day(9), -16, -40)


def test_of_moves_at_one_instant_each_is_told_for_those_it_brought(
    ledger: InMemory, migrated_database: str
) -> None:
    first = len(ledger.events) + 1
    ledger.tell("decision", reason="r", legs=[
        {"do": "move_unit", "unit": "two", "parent": "beta"},
        {"do": "move_unit", "unit": "beta", "parent": "gamma"},
        {"do": "move_unit", "unit": "one", "parent": "lab"},
    ])  # fmt: skip
    ledger.go_to(day(10))
    ledger.tell("decision", legs=together(
        instead(ledger, first, parent="gamma"), never(ledger, first + 1),
    ))  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        beliefs(doors, ledger, first + 2, ("alpha", "beta", "gamma", "one", "lab"))
        known_at = first + 2
        assert sides(agree(doors, ledger, "beta", known_at)) == [("two", first, None)]
        assert sides(agree(doors, ledger, "gamma", known_at)) == [("two", first + 1, None)]
        assert sides(agree(doors, ledger, "alpha", known_at)) == [
            ("one", first + 2, None), ("two", first + 2, None),
        ]  # fmt: skip
        assert sides(agree(doors, ledger, "one", known_at)) == [("two", first, None)]
        now = len(ledger.events)
        assert sides(agree(doors, ledger, "gamma", now)) == [("two", first, first + 3)]


def test_who_ends_where_it_went_does_not_leave_by_that(
    ledger: InMemory, migrated_database: str
) -> None:
    move = moved(ledger, "two", "beta")
    ledger.go_to(day(20))
    closed = ledger.tell("decision", reason="r", legs=[
        {"do": "release", "pool": POOL, "unit": "two", "quantity": "all"},
        {"do": "close_unit", "unit": "two"},
    ])  # fmt: skip
    with reading(migrated_database, ledger) as doors:
        beliefs(doors, ledger, move, ("alpha", "beta"))
        found = read(doors, "/v1/statement", pool=POOL, under="beta", **PERIOD)
        lines = [(one["kind"], one["quantity"]) for one in found["entries"]]
        assert lines == [("joined", 40), ("returned", -40)]
        assert found["entries"][1]["position"] == closed[0]["position"]


def test_who_comes_back_has_left_and_joined_with_what_it_had_each_time(
    ledger: InMemory, migrated_database: str
) -> None:
    away = moved(ledger, "one", "beta")
    ledger.go_to(day(15))
    ledger.grant("two", 8)
    back = moved(ledger, "one", "alpha")
    ledger.go_to(day(16))
    ledger.tell("correct", **instead(ledger, back, day(14)))
    with reading(migrated_database, ledger) as doors:
        beliefs(doors, ledger, away, ("alpha", "beta"))
        passed = agree(doors, ledger, "alpha", len(ledger.events))
        assert [(one["at"][:10], one["kind"], one["unit"], one["quantity"]) for one in passed] == [
            ("2026-01-10", "left", "one", -16), ("2026-01-10", "left", "two", -40),
            ("2026-01-15", "joined", "one", 16), ("2026-01-15", "joined", "two", 40),
        ]  # fmt: skip


def test_who_moves_at_the_very_beginning_of_a_period_moves_in_it(migrated_database: str) -> None:
    made = lab("alpha", "beta", total=64)
    made.tell("create_unit", unit="team", parent="alpha")
    made.grant("team", 8)
    made.go_to(day(10))
    at = made.tell("move_unit", unit="team", parent="beta")[0]["recorded_at"]
    with reading(migrated_database, made) as doors:
        for under, opening, kind in (("alpha", 8, "left"), ("beta", 0, "joined")):
            told = {"pool": POOL, "under": under}
            found = read(doors, "/v1/statement", **told, **{"from": at, "to": day(20)})
            assert (found["opening"], found["closing"]) == (opening, 8 - opening)
            (entry,) = found["entries"]
            assert (entry["kind"], entry["at"], abs(entry["quantity"])) == (kind, at, 8)
            before = read(doors, "/v1/statement", **told, **{"from": day(9), "to": at})
            assert (before["opening"], before["entries"]) == (opening, [])
            assert before["closing"] == opening
