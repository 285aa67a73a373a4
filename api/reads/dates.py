"""The dated steps of a calendar: what they are called, and in which order they stand."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from api.reads.matters import Matter
from api.reads.shapes_of_outlook import DueKind
from ledger.periods import Instant
from projections.capacity.read import Dated
from projections.holdings.changes import Change

ORDER: Final[Mapping[DueKind, int]] = {
    "reason_debt": 0, "forecast_overdue": 1, "request_overdue": 2, "end": 3, "loan_return": 4,
    "delegation_end": 5, "split_end": 6, "pledge_end": 7, "proposal_lapse": 8, "request_lapse": 9,
    "capacity": 10, "scheduled_release": 11, "forecast_due": 12, "request_due": 13,
    "scheduled_move": 14, "loan_start": 15, "start": 16, "split_start": 17, "pledge_start": 18,
}  # fmt: skip
"""At one instant ends come first, then capacity, then starts."""

KINDS: Final[Mapping[str, DueKind]] = {
    "ends": "end", "loan_ends": "loan_return", "released": "scheduled_release",
    "moved_out": "scheduled_move", "moved_in": "scheduled_move", "lent": "loan_start",
    "borrowed_in": "loan_start", "starts": "start",
}  # fmt: skip
"""What is listed; the other sides of loans say the same again, where there is one."""


class Foreseen(Struct, frozen=True):
    """A step of a live forecast that falls due, or that is overdue and not all back."""

    at: Instant
    kind: Literal["forecast_due", "forecast_overdue"]
    pool: str
    unit: str
    grant: str
    quantity: int
    position: int


Step = Change | Dated | Foreseen | Matter


def kind(step: Step) -> DueKind:
    """What a step is called in the calendar."""
    match step:
        case Change():
            return KINDS[step.kind]
        case Dated():
            return "capacity"
        case Foreseen():
            return step.kind
        case Matter():
            return step.row.kind


def at(step: Step) -> Instant:
    """When a step takes effect."""
    return step.row.at if isinstance(step, Matter) else step.at


def position(step: Step) -> int:
    """Where the fact stands that a step follows from."""
    return step.row.position if isinstance(step, Matter) else step.position


def in_order(step: Step) -> tuple[Instant, int, int, str, str]:
    """Where a step stands in the calendar."""
    of_grant = isinstance(step, Change | Foreseen)
    unit, grant = (step.unit, step.grant) if of_grant else ("", "")
    return (at(step), ORDER[kind(step)], position(step), unit, grant)
