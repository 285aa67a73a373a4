"""What each fact says, without the envelope: the `data` of an event, past tense, immutable."""

from msgspec import Raw, Struct, field

from ledger.periods import Instant
from ledger.vocabulary import (
    CapacityKind,
    Closing,
    Confidence,
    GrantClass,
    ReleaseKind,
    Role,
    UnitKind,
)


class Fact(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False
):  # fmt: skip
    """What one event says happened, without who and when."""


class Via(Fact, frozen=True, kw_only=True):
    """The tool through which a person acted, and for imports the file it read."""

    tool: str
    credential: str | None = None
    file: str | None = None
    sha256: str | None = None


class PoolOpening(Fact, frozen=True, kw_only=True):
    """A pool exists from now on; its quantities are multiples of `granule`."""

    pool: str
    title: str
    unit_label: str
    granule: int


class PoolClosing(Fact, frozen=True, kw_only=True):
    """A pool takes no more grants."""

    pool: str


class CapacityChange(Fact, frozen=True, kw_only=True):
    """`counted` and `headroom` set a total; the other kinds move by a quantity."""

    pool: str
    kind: CapacityKind
    total: int | None = None
    quantity: int | None = None


class UnitCreation(Fact, frozen=True, kw_only=True):
    """A node of the organisation; `parent` is null for the root alone."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None


class UnitRenaming(Fact, frozen=True, kw_only=True):
    """A unit's display name changed; its id never does."""

    unit: str
    name: str


class UnitMove(Fact, frozen=True, kw_only=True):
    """A unit, with all it holds, now stands under another parent."""

    unit: str
    parent: str


class UnitClosing(Fact, frozen=True, kw_only=True):
    """A unit ended; `merged_into` says which unit carries its work on."""

    unit: str
    merged_into: str | None = None


class Delegation(Fact, frozen=True, kw_only=True):
    """Authority of a person over a unit's subtree, narrowed by pools, `most` and `until`."""

    delegation: str
    to: str
    role: Role
    unit: str
    pools: tuple[str, ...] | None = None
    most: int | None = None
    until: Instant | None = None


class Revocation(Fact, frozen=True, kw_only=True):
    """A delegation ended; what was done under it stands."""

    delegation: str


class Rules(Fact, frozen=True, kw_only=True):
    """Settings that decide. Absent fields keep their value."""

    pool: str | None = None
    second_person_from: int | None = None
    backdate_days: int | None = None
    notice_days: int | None = None


class Share(Fact, frozen=True, kw_only=True):
    """What one unit may hold: absent = no such limit; none at all clears its budget."""

    unit: str
    floor: int | None = None
    amount: int | None = None
    cap: int | None = None


class Splitting(Fact, frozen=True, kw_only=True):
    """The budgets of units that stand under one parent, of a pool, until an instant."""

    pool: str
    parent: str
    shares: tuple[Share, ...]
    until: Instant | None = None


class GrantMaking(Fact, frozen=True, kw_only=True):
    """A unit holds `quantity` of a pool from the event's effective_at to `ends_at` (null: open)."""

    grant: str
    pool: str
    unit: str
    quantity: int
    ends_at: Instant | None
    grant_class: GrantClass = field(name="class")


class Advance(Fact, frozen=True, kw_only=True):
    """How much of the scheduled release recorded at `position` a leg took before its date."""

    position: int
    quantity: int


class Leg(Fact, frozen=True, kw_only=True):
    """What one grant gave for good from max(effective_at, its start) on; with `ends` it ended."""

    grant: str
    unit: str
    quantity: int
    advances: tuple[Advance, ...] = ()
    ends: bool = False


class ReleaseOfGrants(Fact, frozen=True, kw_only=True):
    """Grants, or parts of them, went back to their pool. `late` ones are information only."""

    pool: str
    legs: tuple[Leg, ...]
    kind: ReleaseKind
    late: bool = False


class Reallocation(Fact, frozen=True, kw_only=True):
    """Quantity passed from the legs' grants to a new grant, in one event.

    With `loan` there is one leg, its grant is the lender and loses nothing for good: the new
    grant goes back to it at its end, `ends_at`.
    """

    pool: str
    legs: tuple[Leg, ...]
    to_grant: str
    to_unit: str
    quantity: int
    ends_at: Instant | None
    grant_class: GrantClass = field(name="class")
    loan: bool = False


class Extension(Fact, frozen=True, kw_only=True):
    """A grant's end moved: later, earlier or to null (open)."""

    grant: str
    ends_at: Instant | None
    was_ends_at: Instant | None


class ForecastStep(Fact, frozen=True, kw_only=True):
    """So much is expected to come back by `expected_at`."""

    quantity: int
    expected_at: Instant


class Forecast(Fact, frozen=True, kw_only=True):
    """What a grant is expected to give back, and when; takes the place of what was expected.

    A single step of nothing withdraws it.
    """

    grant: str
    steps: tuple[ForecastStep, ...]
    confidence: Confidence


class Replacement(Fact, frozen=True, kw_only=True):
    """What a corrected event says: when it took effect, and the `data` of its topic as bytes."""

    effective_at: Instant
    data: Raw


class Correction(Fact, frozen=True, kw_only=True):
    """The event at position `corrects`, of that topic, says something else from now on.

    `was` is what it said until now, by itself or by the correction at `supersedes`; null = it
    never happened. `was` is kept so that a fold needs no look back.
    """

    corrects: int
    topic: str
    supersedes: int | None = None
    was: Replacement | None
    replacement: Replacement | None


class Proposal(Fact, frozen=True, kw_only=True):
    """A command, as canonical JSON, waits for what it `needs` until it lapses."""

    proposal: str
    command: Raw
    needs: tuple[str, ...]
    expires_at: Instant


class ProposalClosing(Fact, frozen=True, kw_only=True):
    """A command that waited is not carried out."""

    proposal: str
    outcome: Closing


class About(Fact, frozen=True, kw_only=True):
    """What a note is about: exactly one of these."""

    position: int | None = None
    grant: str | None = None
    unit: str | None = None
    request: str | None = None


class NoteText(Fact, frozen=True, kw_only=True):
    """Words put beside the record."""

    about: About
    text: str
