"""What comes free is counted once, moves cancel out, and the arithmetic closes."""

import re
from datetime import timedelta
from types import SimpleNamespace

from api.reads.curves import Turn
from api.reads.shapes_of_outlook import Cause, CauseKind, SupplyAnswer, SupplyStep
from api.web.ahead import DAYS, Outlook, horizons
from api.web.rendering import TEMPLATES
from api.web.supply import supply_of
from ledger.periods import Instant, shifted
from projections.holdings.ahead import Ahead

NOW = Instant("2026-03-01T00:00:00.000000Z")
NAMES = {"vision": "Vision"}


def on(days: int) -> Instant:
    return shifted(NOW, timedelta(days=days))


def cause(kind: CauseKind, quantity: int, unit: str | None = "vision") -> Cause:
    return Cause(kind=kind, quantity=quantity, unit=unit, position=7)


def step(at: Instant, free: int, *causes: Cause, short: int = 0) -> SupplyStep:
    return SupplyStep(at=at, free=free, short=short, grantable=free, causes=causes)


def supply(
    certain: tuple[SupplyStep, ...],
    likely: tuple[SupplyStep, ...] | None = None,
    possible: tuple[SupplyStep, ...] | None = None,
) -> SupplyAnswer:
    return SupplyAnswer(
        position=9,
        known_at=9,
        pool="h100",
        start=NOW,
        until=on(90),
        certain=certain,
        likely=likely or certain,
        possible=possible or likely or certain,
    )


def outlook(
    *ahead: tuple[int, int], allocatable: int = 132, later: tuple[int, ...] = (132,) * 3,
    expected: tuple[Turn, ...] = (),
) -> Outlook:  # fmt: skip
    """100 of what can be given out are held; `ahead` is what more is by then, and what starts."""
    return Outlook(
        allocatable=allocatable, held=100, later=later, ahead=[Ahead(*one) for one in ahead],
        expected=expected,
    )  # fmt: skip


def test_each_horizon_adds_up() -> None:
    found = horizons(outlook((-64, 0), (36, 100), (36, 100), later=(132, 132, 148)), NOW)
    assert [(horizon.days, horizon.until) for horizon in found] == [
        (days, on(days)) for days in DAYS
    ]
    assert [(h.back, h.promised, h.capacity) for h in found] == [
        (64, 0, 0), (64, 100, 0), (64, 100, 16),
    ]  # fmt: skip
    assert [(h.free, h.short) for h in found] == [(96, 0), (0, 4), (12, 0)]
    for h in found:
        assert 32 + h.back - h.promised + h.capacity == h.free - h.short


def test_a_forecast_is_likely_and_never_free() -> None:
    soon, late = (
        Turn(at, cause("forecast", 32))
        for at in (on(14), Instant(on(30).replace(".000000", ".000001")))
    )
    found = horizons(outlook((0, 0), (0, 0), (0, 0), expected=(soon, late)), NOW)
    assert [(h.back, h.free, h.likely) for h in found] == [(0, 32, 64), (0, 32, 64), (0, 32, 96)]


def test_supply_tells_each_change_once_and_how_sure_it_is() -> None:
    ends, soon, perhaps = cause("end", 16), cause("forecast", 8), cause("forecast", 24)
    shown = supply_of(
        supply(
            (step(NOW, 0, short=8), step(on(5), 8, ends)),
            (step(NOW, 0, short=8), step(on(5), 16, ends, soon)),
            (step(NOW, 0, short=8), step(on(5), 16, ends, soon), step(on(9), 40, perhaps)),
        ),
        NAMES,
    )
    assert [(row.at, row.certain, row.likely, row.possible) for row in shown.rows] == [
        (NOW, -8, -8, -8),
        (on(5), 8, 16, 16),
        (on(9), 8, 16, 40),
    ]
    assert [[(why.cause, why.name, why.sure) for why in row.causes] for row in shown.rows] == [
        [],
        [(ends, "Vision", "certain"), (soon, "Vision", "likely")],
        [(perhaps, "Vision", "possible")],
    ]
    assert [series.label for series in shown.figure.chart.series] == [
        "certain", "likely", "possible",
    ]  # fmt: skip


def test_without_forecasts_there_is_one_curve() -> None:
    shown = supply_of(supply((step(NOW, 8),)), NAMES)
    assert not shown.has_forecasts
    assert [series.label for series in shown.figure.chart.series] == ["certain"]


def test_a_row_shows_all_that_it_adds_up() -> None:
    def cells(*later: int) -> list[str]:
        found = horizons(outlook((-64, 0), (-64, 0), (-64, 0), later=later), NOW)
        card = SimpleNamespace(pool="h100", horizons=found)
        page = TEMPLATES.get_template("coming.html").render(card=card)
        shown = re.findall(r"<t[dh]\b[^>]*>(?:<strong[^>]*>)?([^<]*)<", page)
        return [*shown[:6], *shown[-5:]] if "Capacity" in shown else shown[:5]

    assert cells(132, 132, 132) == ["Within", "Returns", "Promised", "Free then", "Likely"]
    assert cells(132, 132, 148) == [
        "Within", "Returns", "Promised", "Capacity", "Free then", "Likely",
        "+64", "0", "+16", "112", "112",
    ]  # fmt: skip
