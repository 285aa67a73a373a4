"""What forecasts let one expect: as late as the unit's others were, never more than is there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from api.reads.curves import Turn, of_forecast
from api.reads.look import Clocks, Look
from api.reads.tree import parents
from ledger.periods import Instant
from projections.forecasts.read import (
    Forecast,
    Prediction,
    likely_at,
    predictions,
    slip,
    standing,
)
from projections.holdings.changes import Row, family
from projections.holdings.lending import Step, steps
from projections.holdings.standing import LOANED


class Expected(Struct, frozen=True):
    """A live forecast, how late its unit's come true, and what its grant has in hand over time."""

    forecast: Forecast
    slip_days: int
    holds: Sequence[Step]

    def likely_at(self, expected_at: Instant, now: Instant) -> Instant:
        """When what was to be back by an instant is likely to be."""
        return likely_at(expected_at, now, self.slip_days)

    def out(self, at: Instant, now: Instant) -> int:
        """What is likely to be back by an instant and, by what is recorded, would be in hand."""
        hold = next((one.hold for one in self.holds if one.start <= at < one.end), 0)
        back = sum(
            step.quantity
            for step in self.forecast.outstanding(at)
            if self.likely_at(step.expected_at, now) <= at
        )
        return min(back, max(0, hold))

    def turns(self, now: Instant, until: Instant) -> list[Turn]:
        """What is out at `now`, and how that changes until another instant, that one included."""
        one = self.forecast
        dates = {self.likely_at(step.expected_at, now) for step in one.steps}
        dates |= {left.at for left in one.left}
        dates |= {at for step in self.holds for at in (step.start, step.end)}
        before = 0
        found: list[Turn] = []
        for at in sorted({now, *(at for at in dates if now < at <= until)}):
            there = self.out(at, now)
            if there != before:
                found.append(of_forecast(at, there - before, one.grant, one.unit, one.position))
            before = there
        return found


def expected(
    look: Look, clocks: Clocks, *, pool: str | None, units: Sequence[str] | None
) -> list[Expected]:
    """The live forecasts of what is not back yet, with all that tells when it will be."""
    found = [
        one
        for one in standing(
            look.connection,
            pool=pool,
            units=units,
            valid_at=clocks.valid_at,
            known_at=clocks.known_at,
        )
        if one.outstanding(clocks.valid_at)
    ]
    if not found:
        return []
    rows = family(look.connection, [one.grant for one in found], clocks.known_at)
    of: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of[row.grant].append(row)
    late = slips(look, clocks, {one.unit for one in found})
    every = [Expected(one, late[one.unit], steps(of[one.grant], one.grant)) for one in found]
    return [
        one
        for one in every
        if any(step.hold > 0 and step.end > clocks.valid_at for step in one.holds)
    ]


def to_the_pool(look: Look, clocks: Clocks, all_expected: Sequence[Expected]) -> list[Expected]:
    """What of that would come back to the pool: what a loan gives back goes to its lender."""
    rows = family(look.connection, [one.forecast.grant for one in all_expected], clocks.known_at)
    makers = {row.grant: row for row in rows if row.kind <= LOANED}
    found: list[Expected] = []
    for one in all_expected:
        lender = makers.get(makers[one.forecast.grant].other or "")
        holds = one.holds
        if lender is not None:
            holds = [
                Step(max(step.start, lender.end), step.end, step.own, step.hold)
                for step in holds
                if step.end > lender.end
            ]
        found.append(Expected(one.forecast, one.slip_days, holds))
    return found


def slips(look: Look, clocks: Clocks, units: Iterable[str]) -> Mapping[str, int]:
    """How many days late the forecasts of units come true: by their own, else their parent's."""
    now = clocks.valid_at
    own = _foreseen(look, clocks, units)
    found = {unit: slip(own[unit], now) for unit in units}
    unsure = [unit for unit, days in found.items() if days is None]
    above = parents(look, clocks, "then") if unsure else {}
    below = _children(above)
    near = {unit: _below(below, above[unit]) for unit in unsure if above.get(unit) is not None}
    around = _foreseen(look, clocks, {one for some in near.values() for one in some})
    for unit, some in near.items():
        found[unit] = slip([one for member in some for one in around[member]], now)
    return {unit: days or 0 for unit, days in found.items()}


def _foreseen(
    look: Look, clocks: Clocks, units: Iterable[str]
) -> Mapping[str, Sequence[Prediction]]:  # fmt: skip
    found: defaultdict[str, list[Prediction]] = defaultdict(list)
    wanted = sorted(units)
    if wanted:
        for one in predictions(
            look.connection, units=wanted, due_by=clocks.valid_at, known_at=clocks.known_at
        ):
            found[one.unit].append(one)
    return found


def _children(above: Mapping[str, str | None]) -> Mapping[str | None, Sequence[str]]:
    below: defaultdict[str | None, list[str]] = defaultdict(list)
    for unit, parent in above.items():
        below[parent].append(unit)
    return below


def _below(below: Mapping[str | None, Sequence[str]], top: str | None) -> list[str]:
    """A unit and all below it."""
    found: list[str] = []
    waiting = [] if top is None else [top]
    while waiting:
        unit = waiting.pop()
        found.append(unit)
        waiting += below.get(unit, ())
    return found
