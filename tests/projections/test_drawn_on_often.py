"""A grant that very many drew on, in the read models: each row is looked at a few times."""

import pytest

from ledger.facts import Advance, Leg
from ledger.periods import FOREVER
from projections.holdings.book import Book
from projections.holdings.changes import Family, Row
from projections.holdings.lending import Step, steps
from projections.holdings.shifts import Shifts
from projections.holdings.standing import BACK, GIVEN, LENT, RELEASED, Draw, Standing
from tests.support.in_memory import day
from tests.support.watched import Watched, watched

MANY = 200
FEW_LOOKS = 60
"""So often at most any one row is looked at."""
HOUR = 3_600_000_000


def row(kind: int, quantity: int, start: int, stop: int, other: str | None = None) -> Row:
    return Row(
        grant="g", kind=kind, quantity=quantity, start=day(start), stop=day(stop), end=day(999),
        ended=False, made=1, known_from=1, pool="h100", unit="a", grant_class="guaranteed",
        to_unit=None, other=other,
    )  # fmt: skip


def test_what_a_grant_has_over_its_life_is_found_in_one_walk() -> None:
    rows = [row(GIVEN, MANY, 0, 999), *(row(RELEASED, -1, one + 1, 999) for one in range(MANY))]
    found = steps(watched(rows), "g")
    assert found == [Step(day(one), day(one + 1), MANY - one, MANY - one) for one in range(MANY)]
    assert Watched.looks < FEW_LOOKS * MANY


def test_what_is_lent_is_owned_and_not_in_hand() -> None:
    rows = [
        row(GIVEN, 8, 0, 999), row(LENT, -5, 2, 9, "l"), row(BACK, 2, 4, 9, "l"),
        row(RELEASED, -1, 4, 999), row(RELEASED, -1, 9, 999), row(RELEASED, -6, 20, 999),
    ]  # fmt: skip
    assert steps(rows, "g") == [
        Step(day(0), day(2), 8, 8), Step(day(2), day(4), 8, 3), Step(day(4), day(9), 7, 4),
        Step(day(9), day(20), 6, 6),
    ]  # fmt: skip


def test_what_comes_back_of_very_many_loans_is_found_in_one_walk() -> None:
    lent = [row(LENT, -1, 1, 3, f"l{one}") for one in range(MANY)]
    found = Family(watched([row(GIVEN, MANY, 0, 999), *lent])).changes(day(0), day(500))
    assert [one.quantity for one in found] == [MANY, *[-1] * MANY, *[1] * MANY]
    assert Watched.looks < FEW_LOOKS * MANY


def standing(times: int) -> tuple[Book, Standing]:
    """A grant of which one is to leave at each of so many hours."""
    book = Book(Shifts())
    draws = [
        Draw(0, RELEASED, -2, one * HOUR, 9000 * HOUR, one + 2, None) for one in range(1, times + 1)
    ]
    grant = Standing(
        "00000000-0000-7000-8000-000000000001", book.level("h100", "a"), "guaranteed", GIVEN, 0,
        day(0), 9000 * HOUR, FOREVER, 5000, 5000 - 2 * times, 1, 0, 9000 * HOUR, False, [],
    )  # fmt: skip
    book.open(grant)
    for draw in draws:
        grant.draw(draw)
        book.add(grant, draw, draw.made)
    return book, grant


def test_a_leg_that_advances_very_many_releases_looks_at_each_a_few_times() -> None:
    book, grant = standing(MANY)
    grant.draws = watched(grant.draws)
    advances = tuple(Advance(position=one + 2, quantity=2) for one in range(1, MANY))
    half = Advance(position=MANY + 2, quantity=1)
    leg = Leg(grant=grant.name, unit="a", quantity=2 * MANY - 1, advances=(*advances, half))
    book._advance(grant, leg, 1000)
    assert [(one.made, one.quantity) for one in grant.draws] == [(MANY + 2, -1)]
    assert (grant.left, grant.told) == (4999, tuple(range(3, MANY + 2)))
    assert (grant.level.at(MANY * HOUR - 1), grant.level.at(MANY * HOUR)) == (5000, 4999)
    assert Watched.looks < FEW_LOOKS * MANY


def test_more_is_not_advanced_than_a_release_has() -> None:
    book, grant = standing(3)
    leg = Leg(grant=grant.name, unit="a", quantity=3, advances=(Advance(position=4, quantity=3),))
    with pytest.raises(
        ValueError, match=r"3 of grant .* advanced of the release at 4, which has 2"
    ):
        book._advance(grant, leg, 1000)
