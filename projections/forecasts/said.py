"""What facts say of one grant as far as forecasts go, and what follows from all of it."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from ledger.facts import (
    Extension,
    Fact,
    Forecast,
    GrantMaking,
    Leg,
    Reallocation,
    ReleaseOfGrants,
)
from ledger.periods import FOREVER, Instant, open_end
from ledger.vocabulary import Confidence


class Made(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """It is of a unit and pool, over `[start, end)`."""

    pool: str
    unit: str
    start: Instant
    end: Instant


class Ends(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """It ends then; a final end, by a leg, is never before its start."""

    at: Instant
    is_final: bool


class Left(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """So much leaves it then, some of which earlier facts, by position, had scheduled."""

    at: Instant
    quantity: int
    advances: tuple[tuple[int, int], ...]


class Expected(Struct, frozen=True, array_like=True, tag=True, gc=False):
    """So much, step by step, is expected of it by those instants; none = nothing any more."""

    recorded_at: Instant
    steps: tuple[tuple[int, Instant], ...]
    confidence: Confidence


Part = Made | Ends | Left | Expected
Said = tuple[int, Part]
"""The position of the fact, whoever corrected it since, and what it says."""


class Departure(Struct, frozen=True):
    """What the fact at `made` lets go from an instant on; None = all that is left, at the end."""

    made: int
    at: Instant
    quantity: int | None


class Prediction(Struct, frozen=True):
    """A step of the forecast at a position; `total` is back by then since it was recorded."""

    position: int
    step: int
    quantity: int
    total: int
    expected_at: Instant


def parts_of(fact: Fact, at: Instant, recorded_at: Instant) -> Iterator[tuple[str, Part]]:
    """What a fact says of grants, by their ids: a loan takes nothing from its lender for good."""
    match fact:
        case GrantMaking():
            yield fact.grant, Made(fact.pool, fact.unit, at, open_end(fact.ends_at))
        case Reallocation():
            if not fact.loan:
                yield from _legs(fact.legs, at)
            yield fact.to_grant, Made(fact.pool, fact.to_unit, at, open_end(fact.ends_at))
        case ReleaseOfGrants():
            if not fact.late:
                yield from _legs(fact.legs, at)
        case Extension():
            yield fact.grant, Ends(open_end(fact.ends_at), is_final=False)
        case Forecast():
            steps = tuple((one.quantity, one.expected_at) for one in fact.steps if one.quantity)
            yield fact.grant, Expected(recorded_at, steps, fact.confidence)
        case _:
            pass


def _legs(legs: Sequence[Leg], at: Instant) -> Iterator[tuple[str, Part]]:
    for leg in legs:
        if leg.ends:
            yield leg.grant, Ends(at, is_final=True)
        else:
            advances = tuple((one.position, one.quantity) for one in leg.advances)
            yield leg.grant, Left(at, leg.quantity, advances)


def made_of(said: Sequence[Said]) -> Made | None:
    """How the grant was made; None when that never happened."""
    return next((part for _, part in said if isinstance(part, Made)), None)


def end_of(made: Made, said: Sequence[Said]) -> Instant:
    """What the last fact about its end says, in the order of the log (rule 0)."""
    end = made.end
    for _, part in said:
        if isinstance(part, Ends):
            end = max(part.at, made.start) if part.is_final else part.at
    return end


def live_of(said: Sequence[Said]) -> tuple[int, Expected, int] | None:
    """The forecast that stands, its position, and how many it followed; None without any."""
    revised = -1
    last: tuple[int, Expected] | None = None
    for position, part in said:
        if isinstance(part, Expected):
            revised = revised + 1 if part.steps else -1
            last = (position, part) if part.steps else None
    return None if last is None else (*last, revised)


def predictions_of(position: int, expected: Expected) -> list[Prediction]:
    """The steps of a forecast, each with what is back by then."""
    total = 0
    found: list[Prediction] = []
    for step, (quantity, at) in enumerate(expected.steps):
        total += quantity
        found.append(Prediction(position, step, quantity, total, at))
    return found


def departures_of(made: Made, said: Sequence[Said]) -> list[Departure]:
    """What leaves the grant, of which nothing before its first forecast is said, and its end.

    What leaves it before its start does so at its start; what a later fact advanced of it left
    with that fact (rule 0).
    """
    if not any(isinstance(part, Expected) for _, part in said):
        return []
    advanced: dict[int, int] = {}
    for _, part in said:
        if isinstance(part, Left):
            for scheduled, quantity in part.advances:
                advanced[scheduled] = advanced.get(scheduled, 0) + quantity
    found: list[Departure] = []
    for position, part in said:
        if isinstance(part, Left):
            left = part.quantity - advanced.pop(position, 0)
            if left > 0:
                found.append(Departure(position, max(part.at, made.start), left))
    end = end_of(made, said)
    if end != FOREVER:
        found.append(Departure(0, end, None))
    return found
