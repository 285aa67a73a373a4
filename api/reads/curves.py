"""What a pool has free over time, from one value and the causes that change it (domain: Supply)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.reads.shapes_of_outlook import Cause, CauseKind, SupplyStep
from ledger.periods import Instant
from projections.capacity.read import Dated
from projections.holdings.changes import Change

ORDER: Final[Mapping[CauseKind, int]] = {
    "end": 0, "loan_end": 1, "loan_return": 2, "scheduled_release": 3, "forecast": 4, "move": 5,
    "capacity": 6, "loan_start": 7, "start": 8,
}  # fmt: skip
"""At one instant ends come first, then capacity, then starts."""


_LEFT_OVER: Final[Mapping[CauseKind, CauseKind]] = {
    "move": "move", "loan_start": "loan_start", "loan_return": "loan_end",
}  # fmt: skip
"""What it is when a side holds more than the other gives: a loan of a lender whose grant is over
begins with units of the pool, and ends to it."""


class Turn(Struct, frozen=True):
    """A cause and its instant; a positive quantity frees, a negative one takes."""

    at: Instant
    cause: Cause


def curve(
    start: Instant, free: int, turns: Iterable[Turn], granule: int | None
) -> tuple[SupplyStep, ...]:
    """The steps from `start` on; before the turns so much is free (below zero: short).

    grantable = the least that is free from a step on, in whole granules; without a granule nothing
    is given out.
    """
    at: defaultdict[Instant, list[Cause]] = defaultdict(list)
    for turn in turns:
        at[turn.at].append(turn.cause)
    for causes in at.values():
        causes.sort(key=lambda one: (ORDER[one.kind], one.position, one.grant or ""))
    levels: list[tuple[Instant, int, Sequence[Cause]]] = []
    for instant in sorted({start, *at}):
        free += sum(cause.quantity for cause in at[instant])
        levels.append((instant, free, at[instant]))
    found: list[SupplyStep] = []
    least: int | None = None
    for instant, level, causes in reversed(levels):
        least = level if least is None else min(least, level)
        found.append(
            SupplyStep(
                at=instant,
                free=max(0, level),
                short=max(0, -level),
                grantable=0 if granule is None else max(0, least) // granule * granule,
                causes=tuple(causes),
            )
        )
    return tuple(reversed(found))


def of_capacity(facts: Iterable[Dated]) -> list[Turn]:
    """What facts about capacity change of what can be given out."""
    return [
        Turn(one.at, Cause(kind="capacity", quantity=one.allocatable, position=one.position))
        for one in facts
        if one.allocatable
    ]


def of_grants(changes: Sequence[Change]) -> list[Turn]:
    """What grants give to the pool and take from it.

    Moves and loans pass units on: they change what is free only by what is left over where one
    side holds more than the other gives.
    """
    found: list[Turn] = []
    passing: defaultdict[tuple[Instant, CauseKind, int | str], list[Change]] = defaultdict(list)
    for one in changes:
        kind = _kind(one)
        if kind in ("move", "loan_start", "loan_return"):
            between = one.position if kind == "move" else _loan(one)
            passing[one.at, kind, between].append(one)
        else:
            found.append(_turn(one, kind, -one.quantity))
    for (_, kind, _between), some in passing.items():
        rest = -sum(one.quantity for one in some)
        if rest:
            found.append(_turn(some[-1], _LEFT_OVER[kind], rest))
    return found


def _kind(change: Change) -> CauseKind:
    match change.kind:
        case "starts":
            return "start"
        case "moved_in" | "moved_out":
            return "move"
        case "lent" | "borrowed_in":
            return "loan_start"
        case "loan_back" | "loan_ends":
            return "loan_return"
        case "released":
            return "scheduled_release" if change.other is None else "loan_return"
        case "ends":
            return "end" if change.other_grant is None else "loan_end"


def _loan(change: Change) -> str:
    """The loan that a change of it, or of its lender, is about."""
    of_lender = change.kind in ("lent", "loan_back")
    return (change.other_grant or "") if of_lender else change.grant


def _turn(change: Change, kind: CauseKind, quantity: int) -> Turn:
    cause = Cause(
        kind=kind,
        quantity=quantity,
        grant=change.grant,
        unit=change.unit,
        position=change.position,
    )
    return Turn(change.at, cause)


def of_forecast(
    at: Instant, quantity: int, grant: str, unit: str, position: int
) -> Turn:  # fmt: skip
    """What a forecast expects more, or no more, from an instant on."""
    return Turn(
        at, Cause(kind="forecast", quantity=quantity, grant=grant, unit=unit, position=position)
    )


def sum_of(turns: Iterable[Turn]) -> int:
    """What turns change together."""
    return sum(turn.cause.quantity for turn in turns)
