"""The books add up across reads: what one of them tells follows from what the others tell."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ledger.periods import MICROSECOND, Instant, shifted
from tests.api.told import reading
from tests.support.any_history import ends, lived, named
from tests.support.in_memory import InMemory

Row = dict[str, Any]
POOL = "h100"


class Books:
    """What the doors tell of a history, as recorded by one position, over one period."""

    def __init__(self, doors: TestClient, ledger: InMemory, random: Random) -> None:
        self.doors = doors
        self.random = random
        self.ends = ends(ledger.events)[30:]
        self.known_at = random.choice(self.ends)
        self.names = named(ledger.events[: self.known_at])
        self.instants = sorted({one.effective_at for one in ledger.events})
        start = random.choice(self.instants)
        self.start = shifted(start, random.choice((-1, 0, 0, 1)) * MICROSECOND)
        self.end = shifted(start, timedelta(days=random.randint(1, 20)))

    def ask(self, path: str, **asked: Any) -> Any:
        """The whole body."""
        given = {"known_at": self.known_at} | {one.rstrip("_"): at for one, at in asked.items()}
        answer = self.doors.get(path, params=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, **asked: Any) -> list[Row]:
        """All rows, on one page."""
        found = self.ask(path, limit=1000, **asked)
        assert found["next"] is None
        return found["items"]

    def held(self, at: Instant, *by: str, **asked: Any) -> Counter[Any]:
        """Sums of what is held at an instant."""
        found = Counter[Any]()
        for row in self.rows("/v1/holdings", valid_at=at, **asked):
            found[tuple(row[name] for name in by)] += row["quantity"]
        return +found

    def grants(self, at: Instant) -> Iterator[Row]:
        """Each grant that is believed to have been made."""
        for name in self.names["grant"]:
            answer = self.doors.get(
                f"/v1/grants/{name}", params={"valid_at": at, "known_at": self.known_at}
            )
            if answer.status_code == 200:
                yield answer.json()

    def below(self, unit: str, at: Instant) -> set[str]:
        """A unit and all below it."""
        return {one["unit"] for one in self.rows("/v1/units", valid_at=at, under=unit)}


def before(at: Instant) -> Instant:
    """The last instant before another."""
    return shifted(at, -MICROSECOND)


def statements(books: Books) -> None:
    """A statement leads from what is held when it begins to what is held when it ends."""
    for name in ("unit", "under"):
        asked = {name: books.random.choice(books.names["unit"]), "pool": POOL}
        told = books.ask("/v1/statement", from_=books.start, to=books.end, limit=1000, **asked)
        opening, closing = (books.held(before(at), **asked)[()] for at in (books.start, books.end))
        assert (told["opening"], told["closing"]) == (opening, closing), asked
        assert opening + sum(one["quantity"] for one in told["entries"]) == closing


def flows(books: Books) -> None:
    """Who got more than they gave holds as much more."""
    more = Counter[Any](books.held(before(books.end), "pool", "unit"))
    more.subtract(books.held(before(books.start), "pool", "unit"))
    for one in books.rows("/v1/flows", from_=books.start, to=books.end):
        more[one["pool"], one["from_unit"]] += one["quantity"]
        more[one["pool"], one["to_unit"]] -= one["quantity"]
    assert not {key: left for key, left in more.items() if left and key[1] is not None}


def series(books: Books) -> None:
    """At each instant of a series so much is held, and every grouping adds up to the same."""
    seconds = set[Decimal]()
    for by in (("pool",), ("pool", "unit"), ("pool", "parent"), ("pool", "unit", "grant")):
        asked = {"group": by[-1]}
        told = books.rows("/v1/series", from_=books.start, to=books.end, **asked)
        seconds.add(sum((Decimal(one["unit_seconds"]) for one in told), Decimal()))
        for at in (books.start, before(books.end)):
            there = [one for one in told if one["from"] <= at < one["to"]]
            sums = {tuple(one[name] for name in by): one["quantity"] for one in there}
            assert sums == books.held(at, *by, **asked), by
    assert len(seconds) == 1


def single_grants(books: Books) -> None:
    """What grants tell of themselves adds up to what their units hold."""
    told = list(books.grants(books.start))
    sums = {("pool", one["pool"], one["unit"], one["grant"]): one["hold"] for one in told}
    held = books.held(books.start, "pool", "unit", "grant", group="grant")
    assert {key[1:]: hold for key, hold in sums.items() if hold} == held
    for one in books.random.sample(told, 2):
        why = books.ask(f"/v1/grants/{one['grant']}/why", valid_at=books.start)["chain"]
        assert why[0]["quantity"] == one["own"]
        assert all(link.get("position", 1) <= books.known_at for link in why)
        if one["moved"] or one["lender"]:
            sources = [link["quantity"] for link in why if link["what"] == "source"]
            assert sum(sources) == one["quantity"]


def supply(books: Books) -> None:
    """What is free is what can be given out less what is held, at each step."""
    steps = books.ask("/v1/supply", pool=POOL, from_=books.start, until=books.end)["certain"]
    for one in [steps[0], steps[-1], *books.random.sample(steps, min(2, len(steps)))]:
        [level] = books.rows("/v1/capacity", pool=POOL, valid_at=one["at"])
        held = books.held(one["at"], pool=POOL)[()]
        assert level["held"] == held
        assert one["free"] - one["short"] == level["allocatable"] - held, one["at"]


def budgets(books: Books) -> None:
    """Budgets count what grants own and hold; over a window the least room is told."""
    told = books.rows("/v1/budgets", valid_at=books.start)
    grants = list(books.grants(books.start))
    for one in told:
        below = books.below(one["unit"], books.start)
        inside = [of for of in grants if of["pool"] == one["pool"] and of["unit"] in below]
        assert one["inhand"] == sum(of["hold"] for of in inside)
        assert one["title"] == sum(of["own"] for of in inside if of["class"] == "guaranteed")
    until = shifted(books.start, timedelta(days=1))
    at = [books.start, *[one for one in books.instants if books.start < one < until]]
    if len(at) < 9:
        rooms = [books.rows("/v1/budgets", valid_at=one) for one in at]
        for one in books.rows("/v1/budgets", valid_at=books.start, until=until):
            place = (one["pool"], one["unit"])
            found = [of["room"] for some in rooms for of in some
                     if (of["pool"], of["unit"]) == place and of["room"] is not None]  # fmt: skip
            assert one["room"] == min(found, default=None), place


def differences(books: Books) -> None:
    """What differs is what holdings tell at either position."""
    known_from = books.random.choice([one for one in books.ends if one <= books.known_at])
    by = ("pool", "unit", "grant")
    after = books.held(books.start, *by, group="grant")
    earlier = books.held(books.start, *by, group="grant", known_at=known_from)
    asked = {"known_from": known_from, "known_to": books.known_at, "limit": 1000}
    told = books.doors.get("/v1/differences", params=asked | {"valid_at": books.start})
    assert {
        tuple(one[name] for name in by): (one["before"], one["after"])
        for one in told.json()["items"]
    } == {key: (earlier[key], after[key]) for key in earlier | after if earlier[key] != after[key]}


def pledges(books: Books) -> None:
    """What was held of a pledge is what the series of its unit add up to."""
    for one in books.rows("/v1/pledges", valid_at=books.end):
        if one["revised"] or one["from"] >= one["measured_until"]:
            continue
        asked = {"from": one["from"], "to": one["measured_until"], "under": one["to_unit"]}
        held = sum(
            Decimal(step["unit_seconds"])
            for pool in one["pools"]
            for step in books.rows("/v1/series", group="pool", pool=pool, **asked)
        )
        assert Decimal(one["held"]) == held


CHECKS: tuple[Callable[[Books], None], ...] = (
    statements, flows, series, single_grants, supply, budgets, differences, pledges,
)  # fmt: skip


@pytest.mark.parametrize("seed", [3, 19])
def test_what_one_read_tells_follows_from_the_others(migrated_database: str, seed: int) -> None:
    ledger, random = lived(seed, 400), Random(seed)
    with reading(migrated_database, ledger) as doors:
        for _ in range(2):
            books = Books(doors, ledger, random)
            for check in CHECKS:
                check(books)
