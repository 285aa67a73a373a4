"""Reads what is expected to come back, and what was foreseen before, as recorded by a position.

For the likely and possible curves of supply (domain, section 5):

- `standing` has the live forecasts. What of one is not back yet at an instant says
  `Forecast.outstanding`; it counts until `ends_at`, and never for more than the grant has in hand.
- `predictions` has the last ten of each unit that fell due, `slip` the days by which a unit, or a
  subtree when the predictions of its units are given together, lets one wait.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Struct

from ledger.periods import Instant, micros, shifted
from ledger.vocabulary import Confidence
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.forecasts")
LAST: Final = 10
"""So many predictions tell how far a unit is late."""
FEWEST: Final = 2
"""Fewer predictions than this tell nothing."""
DAY_US: Final = 24 * 3_600 * 1_000_000

_steps: Final = msgspec.json.Decoder(tuple[tuple[int, Instant], ...])


class Step(Struct, frozen=True):
    """So much is expected back by `expected_at`, or is still outstanding of that."""

    quantity: int
    expected_at: Instant


class Departure(Struct, frozen=True):
    """So much left a grant for good from an instant on, by the fact at `made`."""

    made: int
    at: Instant
    quantity: int


class Forecast(Struct, frozen=True):
    """The live forecast of a grant, recorded at `position`, in steps by their dates.

    `revised` counts the live forecasts that it followed; `ends_at` is the grant's end, FOREVER
    when it is open; `left` is what left the grant since, in order of time.
    """

    grant: str
    pool: str
    unit: str
    position: int
    recorded_at: Instant
    steps: tuple[Step, ...]
    confidence: Confidence
    revised: int
    ends_at: Instant
    left: tuple[Departure, ...]

    def outstanding(self, at: Instant) -> tuple[Step, ...]:
        """What of each step is not back at an instant; what is back counts for the first steps."""
        back = sum(one.quantity for one in self.left if one.at <= at)
        found: list[Step] = []
        for step in self.steps:
            counted = min(back, step.quantity)
            back -= counted
            if counted < step.quantity:
                found.append(Step(step.quantity - counted, step.expected_at))
        return tuple(found)


class Prediction(Struct, frozen=True):
    """A step of a forecast, superseded or not: `total` was to be back by `expected_at`.

    It is `quantity` more than by the step before. `fulfilled_at` is when so much had left the
    grant since the forecast was recorded, or when the grant ends, which may be still to come;
    None while neither is recorded.
    """

    unit: str
    grant: str
    pool: str
    position: int
    step: int
    quantity: int
    total: int
    expected_at: Instant
    fulfilled_at: Instant | None

    def lateness(self, now: Instant) -> int:
        """By how many whole days it was late, or is late so far."""
        until = now if self.fulfilled_at is None else min(now, self.fulfilled_at)
        return max(0, (micros(until) - micros(self.expected_at)) // DAY_US)


class _Standing(Struct, frozen=True):
    grant: str
    pool: str
    unit: str
    position: int
    recorded_at: Instant
    steps: str
    confidence: Confidence
    revised: int
    ends_at: Instant


class _Left(Struct, frozen=True):
    grant: str
    made: int
    at: Instant
    quantity: int


def standing(
    connection: Connection,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    valid_at: Instant,
    known_at: int,
) -> list[Forecast]:
    """The live forecasts of grants not ended by an instant, of a pool, of some units, or of all.

    By pool, unit and position. A grant that has nothing in hand any more may be among them.
    """
    given = {
        "pool": pool, "units": None if units is None else list(units), "valid_at": valid_at,
        "known_at": known_at,
    }  # fmt: skip
    found = fetch(connection, SQL["standing"], given, _Standing)
    left: defaultdict[str, list[Departure]] = defaultdict(list)
    if found:
        grants = {"grants": [one.grant for one in found], "known_at": known_at}
        for one in fetch(connection, SQL["departures"], grants, _Left):
            left[one.grant].append(Departure(one.made, one.at, one.quantity))
    return [_forecast(one, left[one.grant]) for one in found]


def _forecast(one: _Standing, left: Iterable[Departure]) -> Forecast:
    steps = tuple(Step(quantity, at) for quantity, at in _steps.decode(one.steps))
    since = tuple(departure for departure in left if departure.made > one.position)
    return Forecast(
        one.grant, one.pool, one.unit, one.position, one.recorded_at, steps, one.confidence,
        one.revised, one.ends_at, since,
    )  # fmt: skip


def predictions(
    connection: Connection, *, units: Sequence[str], due_by: Instant, known_at: int
) -> list[Prediction]:
    """Of each unit the last ten predictions that fell due by an instant, by unit, newest first.

    The last ten of several units together are among them.
    """
    given = {"units": sorted(set(units)), "due_by": due_by, "known_at": known_at, "last": LAST}
    return fetch(connection, SQL["predictions"], given, Prediction)


def slip(foreseen: Iterable[Prediction], now: Instant) -> int | None:
    """The lower median lateness, in days, of the last ten predictions that fell due by now.

    None when there are fewer than two, which tell nothing.
    """
    due = [one for one in foreseen if one.expected_at <= now]
    due.sort(key=lambda one: (one.expected_at, one.position, one.step), reverse=True)
    late = sorted(one.lateness(now) for one in due[:LAST])
    return late[(len(late) - 1) // 2] if len(late) >= FEWEST else None


def likely_at(expected_at: Instant, now: Instant, slip_days: int) -> Instant:
    """When a step is likely to be back: it is never behind now, and as late as others were."""
    return shifted(max(expected_at, now), timedelta(days=slip_days))
