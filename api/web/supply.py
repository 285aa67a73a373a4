"""What a pool has free from an instant on: certain, likely, possible, as a chart and a table."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

from api.reads.shapes_of_outlook import Cause, SupplyAnswer, SupplyStep
from api.web.charts import Figure, Layer, Run, figure
from ledger.periods import Instant

Sure = Literal["certain", "likely", "possible"]
SURE: Final[tuple[Sure, ...]] = ("certain", "likely", "possible")
LISTED: Final = 60
"""Dates of a table; a read of the API tells all."""
COLOURS: Final[Mapping[Sure, str]] = {"certain": "s1", "likely": "s2", "possible": "s4"}


class CauseRow(Struct, frozen=True, kw_only=True):
    """Why what is free changes, and on which curves: `sure` is the first that has it."""

    cause: Cause
    name: str
    sure: Sure


class SupplyRow(Struct, frozen=True, kw_only=True):
    """What is free from an instant on, short as less than nothing; `grantable` for certain."""

    at: Instant
    certain: int
    likely: int
    possible: int
    grantable: int
    causes: tuple[CauseRow, ...]


class Supply(Struct, frozen=True, kw_only=True):
    """The three curves; `has_forecasts` when they differ or a forecast is a cause.

    `unlisted` is on how many later dates something changes that have no row.
    """

    figure: Figure
    rows: tuple[SupplyRow, ...]
    unlisted: int
    has_forecasts: bool


def supply_of(answer: SupplyAnswer, names: Mapping[str, str]) -> Supply:
    """An answer of `/v1/supply` as it is shown."""
    curves: Mapping[Sure, Sequence[SupplyStep]] = {
        "certain": answer.certain, "likely": answer.likely, "possible": answer.possible,
    }  # fmt: skip
    has_forecasts = not answer.certain == answer.likely == answer.possible
    shown = SURE if has_forecasts else SURE[:1]
    layers = [
        Layer(
            label=sure,
            colour=COLOURS[sure],
            runs=_runs(curves[sure], answer.until),
            fill=sure == "certain",
        )
        for sure in shown
    ]
    says = f"What is free of {answer.pool}: {', '.join(shown)}"
    dates = sorted({step.at for steps in curves.values() for step in steps})
    return Supply(
        figure=figure(says, layers, (answer.start, answer.until), answer.start),
        rows=tuple(_row(at, curves, names) for at in dates[:LISTED]),
        unlisted=max(0, len(dates) - LISTED),
        has_forecasts=has_forecasts,
    )


def level(steps: Sequence[SupplyStep], at: Instant) -> SupplyStep:
    """The step of a curve that counts at an instant, which it covers."""
    return steps[bisect_right(steps, at, key=lambda step: step.at) - 1]


def _runs(steps: Sequence[SupplyStep], until: Instant) -> tuple[Run, ...]:
    ends = [*(step.at for step in steps[1:]), until]
    return tuple(
        Run(start=step.at, end=end, quantity=step.free - step.short)
        for step, end in zip(steps, ends, strict=True)
        if step.at < end
    )


def _row(
    at: Instant, curves: Mapping[Sure, Sequence[SupplyStep]], names: Mapping[str, str]
) -> SupplyRow:
    steps = {sure: level(curves[sure], at) for sure in SURE}
    causes: dict[Cause, Sure] = {}
    for sure in SURE:
        for cause in steps[sure].causes if steps[sure].at == at else ():
            causes.setdefault(cause, sure)
    values = {sure: step.free - step.short for sure, step in steps.items()}
    return SupplyRow(
        at=at,
        certain=values["certain"],
        likely=values["likely"],
        possible=values["possible"],
        grantable=steps["certain"].grantable,
        causes=tuple(
            CauseRow(cause=cause, name=names.get(cause.unit or "", cause.unit or ""), sure=sure)
            for cause, sure in causes.items()
        ),
    )
