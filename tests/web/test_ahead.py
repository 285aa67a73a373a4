"""What comes free is counted once, moves cancel out, and the arithmetic closes."""

from datetime import timedelta

from api.web.ahead import Arrival, Change, Hold, Leaving, changes, dates, horizons
from ledger.periods import FOREVER, Instant, shifted

NOW = Instant("2026-03-01T00:00:00.000000Z")


def on(days: int) -> Instant:
    return shifted(NOW, timedelta(days=days))


def hold(grant: str, start: int, end: int | None, quantity: int, unit: str = "vision") -> Hold:
    return Hold(
        grant=grant,
        pool="h100",
        unit=unit,
        start=on(start),
        end=FOREVER if end is None else on(end),
        quantity=quantity,
    )


def said(found: tuple[Change, ...]) -> list[tuple[Instant, str, int, str]]:
    return [(change.at, change.grant, change.quantity, change.kind) for change in found]


WINDOW = (NOW, on(90))


def test_an_end_a_release_and_a_start_are_told_apart() -> None:
    holds = [hold("a", -9, 10, 64), hold("a", 10, 20, 40), hold("b", 10, None, 8)]
    leavings = [Leaving(grant="a", at=on(10), quantity=24)]
    assert said(changes(holds, leavings, [], WINDOW)) == [
        (on(10), "a", -24, "release"),
        (on(10), "b", 8, "start"),
        (on(20), "a", -40, "end"),
    ]


def test_a_release_that_was_partly_taken_before_counts_with_what_is_left() -> None:
    holds = [hold("a", -9, 10, 64), hold("a", 10, None, 56)]
    leavings = [Leaving(grant="a", at=on(10), quantity=24)]
    assert said(changes(holds, leavings, [], WINDOW)) == [(on(10), "a", -8, "release")]


def test_a_move_names_both_sides_and_brings_nothing_back() -> None:
    holds = [hold("a", -9, 10, 64), hold("b", 10, None, 64, "reasoning")]
    moved = changes(
        holds,
        [Leaving(grant="a", at=on(10), quantity=64, to="reasoning")],
        [Arrival(grant="b", at=on(10), sources=("vision",))],
        WINDOW,
    )
    assert [(c.kind, c.others) for c in moved] == [
        ("move", ("reasoning",)),
        ("arrival", ("vision",)),
    ]
    for horizon in horizons(NOW, moved, 64, [(64, 0, 0)] * 3):
        assert (horizon.back, horizon.promised) == (0, 0)


def test_what_happens_now_has_happened_and_the_last_instant_counts() -> None:
    holds = [hold("a", 0, 90, 64), hold("b", 91, None, 8)]
    assert said(changes(holds, [], [], WINDOW)) == [(on(90), "a", -64, "end")]


def test_runs_of_equal_quantity_are_no_change() -> None:
    assert changes([hold("a", -9, 10, 64), hold("a", 10, None, 64)], [], [], WINDOW) == ()


def test_each_horizon_adds_up() -> None:
    ahead = changes([hold("a", -9, 10, 64), hold("b", 20, None, 100)], [], [], WINDOW)
    found = horizons(NOW, ahead, 96, [(96, 96, 0), (96, 0, 4), (112, 12, 0)])
    assert [(h.back, h.promised, h.capacity) for h in found] == [
        (64, 0, 0), (64, 100, 0), (64, 100, 16),
    ]  # fmt: skip
    assert [h.until for h in found] == list(dates(NOW))
    free_now = 32
    for h in found:
        assert free_now + h.back - h.promised + h.capacity == h.free - h.short
