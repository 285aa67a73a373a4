"""The shapes of answers: what stands here is a promise to other people's programs."""

from msgspec import UNSET, Raw, Struct, UnsetType, field

from api.reads.asked import Org
from ledger.periods import Instant
from ledger.vocabulary import Role, UnitKind
from projections.history.search import Clock, Flag


class Answer(Struct, frozen=True, kw_only=True):
    """What every answer says: the position it reflects, and up to which the record is believed."""

    position: int
    known_at: int


class HoldingRow(Struct, frozen=True, kw_only=True):
    """What a unit, grant, pool or the members of a parent have in hand of a pool.

    `quantity` = `guaranteed` + `borrowed`. `lent` is what is lent of it and not in hand,
    `borrowed_in` what of `borrowed` are loans; a grant that is one names the grant of its
    `lender`. `deliverable` is what can be used while the pool is physically short; for display
    only.
    """

    pool: str
    unit: str | UnsetType = UNSET
    parent: str | UnsetType = UNSET
    grant: str | UnsetType = UNSET
    lender: str | UnsetType = UNSET
    quantity: int
    guaranteed: int
    borrowed: int
    lent: int
    borrowed_in: int
    deliverable: int


class HoldingTotal(Struct, frozen=True, kw_only=True):
    """The sums of all that is listed, on every page of it, by pool."""

    pool: str
    quantity: int
    guaranteed: int
    borrowed: int
    lent: int
    borrowed_in: int
    deliverable: int


class HoldingsPage(Answer, frozen=True, kw_only=True):
    """Who holds what at `valid_at`, by pool and what it is grouped by. Nothing held: no item."""

    valid_at: Instant
    org: Org
    items: tuple[HoldingRow, ...]
    totals: tuple[HoldingTotal, ...]
    next: str | None


class CapacityRow(Struct, frozen=True, kw_only=True):
    """What a pool has and who takes it up; no numbers, but `unknown`, before its first fact.

    allocatable = max(0, installed - lost - headroom); free = max(0, allocatable - held);
    overcommitted = max(0, held - allocatable); shortfall = max(0, held - (installed - lost)).
    """

    pool: str
    unit_label: str
    granule: int
    unknown: bool | UnsetType = UNSET
    installed: int | UnsetType = UNSET
    lost: int | UnsetType = UNSET
    headroom: int | UnsetType = UNSET
    allocatable: int | UnsetType = UNSET
    held: int | UnsetType = UNSET
    free: int | UnsetType = UNSET
    overcommitted: int | UnsetType = UNSET
    shortfall: int | UnsetType = UNSET


class CapacityPage(Answer, frozen=True, kw_only=True):
    """What there is at `valid_at`, by pool."""

    valid_at: Instant
    items: tuple[CapacityRow, ...]
    next: str | None


class PoolRow(Struct, frozen=True, kw_only=True):
    """A pool as it was opened; `closed_at` once it takes no more grants."""

    pool: str
    title: str
    unit_label: str
    granule: int
    opened_at: Instant
    closed_at: Instant | None


class PoolsPage(Answer, frozen=True, kw_only=True):
    """The pools opened by `valid_at`, closed ones included, by id."""

    valid_at: Instant
    items: tuple[PoolRow, ...]
    next: str | None


class UnitRow(Struct, frozen=True, kw_only=True):
    """A unit as it is called and where it stands at an instant; the root has no parent."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None
    created_at: Instant
    closed_at: Instant | None
    merged_into: str | None


class UnitsPage(Answer, frozen=True, kw_only=True):
    """The units that exist at `valid_at`, by id."""

    valid_at: Instant
    org: Org
    items: tuple[UnitRow, ...]
    next: str | None


class DelegationRow(Struct, frozen=True, kw_only=True):
    """A delegation in force; null `pools` are all, null `most` is any quantity."""

    delegation: str
    to: str
    role: Role
    unit: str
    pools: tuple[str, ...] | None
    most: int | None
    since: Instant
    until: Instant | None
    by: str
    position: int


class DelegationsPage(Answer, frozen=True, kw_only=True):
    """The delegations in force at `valid_at`, in the order in which they were given."""

    valid_at: Instant
    items: tuple[DelegationRow, ...]
    next: str | None


class RulesRow(Struct, frozen=True, kw_only=True):
    """The settings for a pool, or with null for all pools that set nothing themselves."""

    pool: str | None
    second_person_from: int | None
    backdate_days: int | None
    notice_days: int | None
    since: Instant


class RulesPage(Answer, frozen=True, kw_only=True):
    """The rules in force at `valid_at`, those for all pools first."""

    valid_at: Instant
    items: tuple[RulesRow, ...]
    next: str | None


class Amount(Struct, frozen=True, kw_only=True):
    """What a unit has in hand of a pool at the instant `at` at which an event takes effect."""

    pool: str
    unit: str
    at: Instant
    quantity: int


class Told(Struct, frozen=True, kw_only=True):
    """What a history's event has beside its own fields (the schema of events holds those).

    `before` and `after` are what each unit it touches has in hand as believed just before and
    just after it was recorded. `corrected_by` is the position of the correction that stands, by
    which it says something else, or never happened.
    """

    sentence: str
    flags: tuple[Flag, ...]
    before: tuple[Amount, ...]
    after: tuple[Amount, ...]
    corrected_by: int | UnsetType = UNSET


class HistoryPage(Answer, frozen=True, kw_only=True):
    """Events that fit, in order of position."""

    clock: Clock
    org: Org
    items: tuple[Raw, ...]
    next: str | None


class SeriesRow(Struct, frozen=True, kw_only=True):
    """A step `[from, to)`: `quantity` in hand at `from`, and the time held in it.

    `unit_seconds` is exact; `unit_hours` too wherever it ends, else rounded to 12 digits.
    """

    pool: str
    unit: str | UnsetType = UNSET
    parent: str | UnsetType = UNSET
    grant: str | UnsetType = UNSET
    start: Instant = field(name="from")
    end: Instant = field(name="to")
    quantity: int
    unit_hours: str
    unit_seconds: str


class SeriesPage(Answer, frozen=True, kw_only=True):
    """Holdings over `[from, to)`: by pool, what it is grouped by, and time."""

    start: Instant = field(name="from")
    end: Instant = field(name="to")
    every: str | None
    org: Org
    items: tuple[SeriesRow, ...]
    next: str | None


class FlowRow(Struct, frozen=True, kw_only=True):
    """How much passed from one unit to another; null is the pool itself."""

    pool: str
    from_unit: str | None
    to_unit: str | None
    quantity: int


class FlowsPage(Answer, frozen=True, kw_only=True):
    """Who passed how much to whom in `[from, to)`."""

    start: Instant = field(name="from")
    end: Instant = field(name="to")
    org: Org
    items: tuple[FlowRow, ...]
    next: str | None
