"""The shapes of promises and rates: what stands here is a promise to other programs."""

from typing import Literal, get_args

from msgspec import Struct, field

from api.reads.shapes import Answer
from ledger.periods import Instant

PledgeStatus = Literal["ahead", "running", "ended", "withdrawn"]
PLEDGE_STATUSES: tuple[PledgeStatus, ...] = get_args(PledgeStatus)


class QuarterRow(Struct, frozen=True, kw_only=True):
    """A quarter of UTC, such as `2027-Q1`, as far as the pledge was measured in it.

    Unit-seconds as exact decimals, as in the pledge.
    """

    quarter: str
    start: Instant = field(name="from")
    end: Instant = field(name="to")
    promised: str
    budgeted: str
    granted: str
    held: str
    kept: bool


class PledgeRow(Struct, frozen=True, kw_only=True):
    """A pledge, with its terms at the instant, over `[from, until)`.

    `promised`, `budgeted`, `granted` and `held` are unit-seconds, exact decimals, over the time
    from its start to `measured_until`, the instant asked about or its end. `ahead` and `behind`
    are what was held more, or less, than was promised.
    """

    pledge: str
    to_unit: str
    of_unit: str | None
    pools: tuple[str, ...]
    share_bp: int | None
    quantity: int | None
    start: Instant = field(name="from")
    until: Instant
    status: PledgeStatus
    measured_until: Instant
    promised: str
    budgeted: str
    granted: str
    held: str
    ahead: str
    behind: str
    kept: bool
    quarters: tuple[QuarterRow, ...]
    by: str
    pledged_at: Instant
    position: int
    revised: tuple[int, ...]


class PledgesPage(Answer, frozen=True, kw_only=True):
    """Pledges in the order given, measured until `valid_at` in `measure`."""

    valid_at: Instant
    measure: Literal["unit_seconds"]
    items: tuple[PledgeRow, ...]
    next: str | None


class RateRow(Struct, frozen=True, kw_only=True):
    """What a unit of a pool counts as since an instant, in thousandths of an H100."""

    pool: str
    h100_milli: int
    since: Instant
    position: int


class RatesPage(Answer, frozen=True, kw_only=True):
    """The rates that count at `valid_at`, by pool: for display, and for nothing else."""

    valid_at: Instant
    items: tuple[RateRow, ...]
    next: str | None
