"""A pool's bar and chart show every unit of it, by whom it is held."""

from api.web.charts import Run
from api.web.pools import Numbers, bar_says, capacity_bar, holders, over_time, ranked, shares
from ledger.capacity import Level
from ledger.periods import FOREVER, Instant
from projections.holdings.lending import Loaned

NUMBERS = Numbers(
    installed=128, lost=8, headroom=8, allocatable=112, held=104, free=8, overcommitted=0,
    shortfall=0,
)  # fmt: skip
START, NOW, END = (Instant(f"2026-0{month}-01T00:00:00.000000Z") for month in (3, 4, 6))


def link(path: str, **parameters: object) -> str:
    return f"{path}?{parameters}"


def test_the_bar_fills_what_is_installed() -> None:
    drawn = capacity_bar({"a": 64, "b": 40, "c": 0}, NUMBERS)
    assert drawn.whole == 128
    assert [(piece.colour, piece.width) for piece in drawn.pieces] == [
        ("s1", 64), ("s2", 40), ("s0", 8), ("headroom", 8), ("lost", 8),
    ]  # fmt: skip
    assert sum(piece.width for piece in drawn.pieces) == NUMBERS.installed


def test_headroom_is_not_free_and_nobody_is_short_of_it() -> None:
    def told(held: int) -> tuple[int, int, int]:
        found = Numbers.of(Level(128, 8, 24), held)
        assert (found.allocatable, found.held) == (96, held)
        return found.free, found.overcommitted, found.shortfall

    assert [told(held) for held in (60, 96, 100, 120, 124)] == [
        (36, 0, 0), (0, 0, 0), (0, 4, 0), (0, 24, 0), (0, 28, 4),
    ]  # fmt: skip


def test_who_lent_a_part_stands_once_among_the_holders() -> None:
    loaned = (Loaned("h100", "a", "g1", None, lent=16, borrowed_in=0),)
    rows = holders({"a": 48}, {}, loaned, {})
    assert [(row.unit, row.quantity, row.lent) for row in rows] == [("a", 48, 16)]


def test_the_small_ones_are_counted_together() -> None:
    held = {f"team{i:02}": 100 - i for i in range(11)}
    entries = shares(held, {"team00": "Vision"}, link)
    assert entries[0].label == "Vision"
    assert [entry.label for entry in entries[-2:]] == ["team07", "3 others"]
    assert entries[-1].quantity == 92 + 91 + 90
    assert sum(entry.quantity for entry in entries) == sum(held.values())
    assert bar_says(entries[:1], NUMBERS).startswith("Held 104 of 112 allocatable: Vision 100.")


def test_equal_holders_stand_in_the_order_of_their_ids() -> None:
    assert ranked({"b": 8, "a": 8, "c": 16, "d": 0}) == ["c", "a", "b"]


def test_a_holder_is_shown_against_the_largest() -> None:
    first, second = holders({"a": 64, "b": 16}, {"b": 4}, (), {"a": "A"})
    assert (first.name, first.borrowed, second.borrowed) == ("A", 0, 4)
    assert second.bar.pieces[0].width * 4 == second.bar.whole
    assert holders({}, {}, (), {}) == ()


def test_who_lent_all_it_has_stands_among_the_holders() -> None:
    loaned = (
        Loaned("h100", "a", "g1", None, lent=48, borrowed_in=0),
        Loaned("h100", "b", "g2", "g1", lent=0, borrowed_in=48),
    )
    found = holders({"b": 64}, {"b": 48}, loaned, {})
    assert [(row.unit, row.quantity, row.lent, row.borrowed_in) for row in found] == [
        ("b", 64, 0, 48),
        ("a", 0, 48, 0),
    ]


def test_over_time_nobody_is_left_out() -> None:
    groups = {f"team{i:02}": [Run(start=START, end=FOREVER, quantity=10 + i)] for i in range(10)}
    drawn = over_time(
        "", groups, first=["team03", "absent"], entry=lambda group: (group, None),
        limit=[Run(start=START, end=FOREVER, quantity=200)], window=(START, END), now=NOW,
    ).chart  # fmt: skip
    assert [series.label for series in drawn.series][:2] == ["team03", "team09"]
    assert [series.label for series in drawn.series][-2:] == ["2 others", "allocatable"]
    assert drawn.series[-2].values[0] == sum(10 + i for i in range(10))
    assert drawn.series[-1].values[0] == 200
