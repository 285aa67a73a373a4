"""What the facts about promises and rates say: both are measured and shown, and move nothing."""

from ledger.facts import Fact
from ledger.periods import Instant


class PledgeMaking(Fact, frozen=True, kw_only=True):
    """A unit is promised compute of these pools together, from the event's effective_at to `until`.

    Either `share_bp` hundredths of a percent of what `of_unit` has as amounts of its budgets
    (absent: of what is allocatable), or `quantity` units.
    """

    pledge: str
    to_unit: str
    pools: tuple[str, ...]
    until: Instant
    of_unit: str | None = None
    share_bp: int | None = None
    quantity: int | None = None


class PledgeRevision(Fact, frozen=True, kw_only=True):
    """All that is promised instead, from the event's effective_at to `until`."""

    pledge: str
    to_unit: str
    pools: tuple[str, ...]
    until: Instant
    of_unit: str | None = None
    share_bp: int | None = None
    quantity: int | None = None


class PledgeWithdrawal(Fact, frozen=True, kw_only=True):
    """Nothing is promised any more, from the event's effective_at on."""

    pledge: str


class RateSetting(Fact, frozen=True, kw_only=True):
    """One unit of a pool counts as so many thousandths of an H100 when it is shown."""

    pool: str
    h100_milli: int
