"""What comes free is counted once, moves cancel out, and the arithmetic closes."""

from datetime import timedelta

from api.web.ahead import dates, horizons
from api.web.charts import Run
from api.web.overview import soon
from ledger.periods import FOREVER, Instant, shifted
from projections.holdings.changes import Change, Kind

NOW = Instant("2026-03-01T00:00:00.000000Z")
NAMES = {"vision": "Vision", "reasoning": "Reasoning"}


def on(days: int) -> Instant:
    return shifted(NOW, timedelta(days=days))


def change(
    kind: Kind, days: int, quantity: int, *, unit: str = "vision", position: int = 7,
    other: str | None = None,
) -> Change:  # fmt: skip
    return at(on(days), kind, quantity, unit=unit, position=position, other=other)


def at(
    instant: Instant, kind: Kind, quantity: int, *, unit: str = "vision", position: int = 7,
    other: str | None = None,
) -> Change:  # fmt: skip
    return Change(
        instant, kind, "h100", unit, f"grant of {unit}", other, quantity, position, None,
        "guaranteed", is_end=kind in ("ends", "loan_ends"), is_early=False,
    )  # fmt: skip


MOVE = (
    change("moved_out", 10, -40, unit="speech", other="reasoning"),
    change("moved_out", 10, -24, other="reasoning"),
    change("moved_in", 10, 64, unit="reasoning"),
)


def test_each_horizon_adds_up() -> None:
    ahead = [
        change("ends", 10, -40),
        change("released", 10, -24),
        change("starts", 20, 100),
    ]
    found = horizons(NOW, ahead, 96, [(96, 96, 0), (96, 0, 4), (112, 12, 0)])
    assert [(h.back, h.promised, h.capacity) for h in found] == [
        (64, 0, 0), (64, 100, 0), (64, 100, 16),
    ]  # fmt: skip
    assert [h.until for h in found] == list(dates(NOW))
    free_now = 32
    for h in found:
        assert free_now + h.back - h.promised + h.capacity == h.free - h.short


def test_a_move_brings_nothing_back_and_promises_nothing() -> None:
    for horizon in horizons(NOW, MOVE, 64, [(64, 0, 0)] * 3):
        assert (horizon.back, horizon.promised) == (0, 0)


def test_a_loan_out_and_back_brings_nothing_back_and_promises_nothing() -> None:
    loan = (
        change("lent", 3, -40, other="reasoning"),
        change("borrowed_in", 3, 40, unit="reasoning", other="vision"),
        change("loan_ends", 12, -40, unit="reasoning", other="vision"),
        change("loan_back", 12, 40, other="reasoning"),
    )
    for horizon in horizons(NOW, loan, 64, [(64, 0, 0)] * 3):
        assert (horizon.back, horizon.promised) == (0, 0)
    assert [row.what for row in soon(loan, {}, NAMES)] == [
        "lent to Reasoning",
        "borrowed from Vision",
        "loan ends, back to Vision",
        "comes back from Reasoning",
    ]


def test_the_last_instant_of_a_horizon_counts() -> None:
    first, second, _ = horizons(NOW, [change("ends", 14, -8)], 8, [(8, 8, 0)] * 3)
    assert (first.back, second.back) == (8, 8)
    later = Instant(on(14).replace(".000000", ".000001"))
    first, second, _ = horizons(NOW, [at(later, "ends", -8)], 8, [(8, 8, 0)] * 3)
    assert (first.back, second.back) == (0, 8)


def test_a_move_names_both_sides() -> None:
    rows = soon(MOVE, {}, NAMES)
    assert [(row.quantity, row.what, row.name) for row in rows] == [
        (-40, "goes to Reasoning", "speech"),
        (-24, "goes to Reasoning", "Vision"),
        (64, "comes from speech, Vision", "Reasoning"),
    ]


def test_capacity_that_changes_stands_among_the_grants_in_order_of_time() -> None:
    runs = [
        Run(start=NOW, end=on(5), quantity=64),
        Run(start=on(5), end=on(9), quantity=64),
        Run(start=on(9), end=FOREVER, quantity=96),
    ]
    rows = soon([change("ends", 7, -8), change("starts", 12, 8)], {"h100": runs}, NAMES)
    assert [(row.at, row.quantity, row.what) for row in rows] == [
        (on(7), -8, "grant ends"),
        (on(9), 32, "allocatable changes"),
        (on(12), 8, "grant starts"),
    ]
