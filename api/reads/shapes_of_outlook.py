"""The shapes of what lies ahead: supply, forecasts, the calendar. They are promises."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from api.reads.shapes import Answer
from ledger.periods import Instant
from ledger.vocabulary import Confidence

CauseKind = Literal[
    "end", "scheduled_release", "loan_end", "capacity", "start", "move", "loan_start",
    "loan_return", "forecast",
]  # fmt: skip
DueKind = Literal[
    "end", "loan_return", "capacity", "scheduled_release", "scheduled_move", "loan_start", "start",
    "forecast_due", "forecast_overdue", "delegation_end", "split_start", "split_end",
    "proposal_lapse", "request_due", "request_overdue", "request_lapse", "pledge_start",
    "pledge_end", "reason_debt",
]  # fmt: skip


class Cause(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changes what is free by `quantity` (signed), by the fact at `position`.

    `move`, `loan_start` and `loan_end` only where units passed on do not balance, as when a loan
    begins or ends whose lender's grant is over.
    """

    kind: CauseKind
    quantity: int
    grant: str | None = None
    unit: str | None = None
    position: int


class SupplyStep(Struct, frozen=True, kw_only=True):
    """What is free from an instant on, or short; `grantable` is what is free until the end.

    Nothing is grantable where the pool is closed by the end.
    """

    at: Instant
    free: int
    short: int
    grantable: int
    causes: tuple[Cause, ...]


class SupplyAnswer(Answer, frozen=True, kw_only=True):
    """Three curves of a pool over `[from, until]`.

    `certain` from what is recorded, `likely` with the live forecasts of high and medium
    confidence, `possible` with those of low confidence as well.
    """

    pool: str
    start: Instant = field(name="from")
    until: Instant
    certain: tuple[SupplyStep, ...]
    likely: tuple[SupplyStep, ...]
    possible: tuple[SupplyStep, ...]


class ExpectedStep(Struct, frozen=True, kw_only=True):
    """So much is expected back by `expected_at`."""

    quantity: int
    expected_at: Instant


class ForecastRow(Struct, frozen=True, kw_only=True):
    """What a grant is expected to give back: `steps` as said, `expected` with the unit's slip.

    `expected` holds what has not come back yet. `slip_days` is how late the unit's forecasts have
    come true, `revised` how often this one was said anew.
    """

    grant: str
    unit: str
    pool: str
    steps: tuple[ExpectedStep, ...]
    confidence: Confidence
    slip_days: int
    revised: int
    expected: tuple[ExpectedStep, ...]
    position: int


class ForecastsPage(Answer, frozen=True, kw_only=True):
    """Live forecasts at `valid_at`, by the first date expected."""

    valid_at: Instant
    until: Instant | None
    items: tuple[ForecastRow, ...]
    next: str | None


class DueRow(Struct, frozen=True, kw_only=True):
    """A dated step: what happens at an instant by the fact at `position`, without a decision."""

    at: Instant
    kind: DueKind
    pool: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    grant: str | UnsetType = UNSET
    request: str | UnsetType = UNSET
    pledge: str | UnsetType = UNSET
    quantity: int | UnsetType = UNSET
    position: int
    sentence: str


class DuePage(Answer, frozen=True, kw_only=True):
    """The dated steps in `[from, until)` and what is overdue at `from`, in order of time."""

    start: Instant = field(name="from")
    until: Instant
    items: tuple[DueRow, ...]
    next: str | None
