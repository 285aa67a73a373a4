"""Facts: every event of the record, past tense, immutable, one topic each (domain: Facts)."""

from msgspec import Struct, field

from ledger.periods import Instant
from ledger.vocabulary import CapacityKind, GrantClass, ReasonCode, ReleaseKind, Role, UnitKind


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
    """Quantity passed from the legs' grants to a new grant, in one event."""

    pool: str
    legs: tuple[Leg, ...]
    to_grant: str
    to_unit: str
    quantity: int
    ends_at: Instant | None
    grant_class: GrantClass = field(name="class")


class Extension(Fact, frozen=True, kw_only=True):
    """A grant's end moved: later, earlier or to null (open)."""

    grant: str
    ends_at: Instant | None
    was_ends_at: Instant | None


class About(Fact, frozen=True, kw_only=True):
    """What a note is about: exactly one of these."""

    position: int | None = None
    grant: str | None = None
    unit: str | None = None


class NoteText(Fact, frozen=True, kw_only=True):
    """Words put beside the record."""

    about: About
    text: str


class Recorded(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True,
    tag_field="topic", gc=False,
):  # fmt: skip
    """The envelope of every event: what, when in both clocks, by whom, by what right, and why."""

    id: str
    position: int
    recorded_at: Instant
    effective_at: Instant
    decision: str
    leg: tuple[int, int]
    by: str
    via: Via
    authority: tuple[str, ...]
    reason_code: ReasonCode
    key: str
    on_behalf_of: str | None = None
    reason: str | None = None
    refs: tuple[str, ...] = ()
    seen: int | None = None


class PoolOpened(Recorded, frozen=True, kw_only=True, tag="pool-opened.v1"):
    """A pool was opened."""

    data: PoolOpening


class PoolClosed(Recorded, frozen=True, kw_only=True, tag="pool-closed.v1"):
    """A pool was closed."""

    data: PoolClosing


class CapacityChanged(Recorded, frozen=True, kw_only=True, tag="capacity-changed.v1"):
    """A pool's installed, lost or held-back quantity changed."""

    data: CapacityChange


class UnitCreated(Recorded, frozen=True, kw_only=True, tag="unit-created.v1"):
    """A unit was created."""

    data: UnitCreation


class UnitRenamed(Recorded, frozen=True, kw_only=True, tag="unit-renamed.v1"):
    """A unit was renamed."""

    data: UnitRenaming


class UnitMoved(Recorded, frozen=True, kw_only=True, tag="unit-moved.v1"):
    """A unit was moved under another parent."""

    data: UnitMove


class UnitClosed(Recorded, frozen=True, kw_only=True, tag="unit-closed.v1"):
    """A unit was closed."""

    data: UnitClosing


class AuthorityDelegated(Recorded, frozen=True, kw_only=True, tag="authority-delegated.v1"):
    """A person received a role over a unit."""

    data: Delegation


class AuthorityRevoked(Recorded, frozen=True, kw_only=True, tag="authority-revoked.v1"):
    """A delegation was revoked."""

    data: Revocation


class RulesSet(Recorded, frozen=True, kw_only=True, tag="rules-set.v1"):
    """Settings that decide were set."""

    data: Rules


class Granted(Recorded, frozen=True, kw_only=True, tag="granted.v1"):
    """A unit received a grant from the pool."""

    data: GrantMaking


class Released(Recorded, frozen=True, kw_only=True, tag="released.v1"):
    """Grants, or parts of them, went back to their pool. Never edited: corrected by a new event."""

    data: ReleaseOfGrants


class Reallocated(Recorded, frozen=True, kw_only=True, tag="reallocated.v1"):
    """Quantity passed from one or more holders to another: one event with all legs."""

    data: Reallocation


class Extended(Recorded, frozen=True, kw_only=True, tag="extended.v1"):
    """A grant's end moved."""

    data: Extension


class Noted(Recorded, frozen=True, kw_only=True, tag="noted.v1"):
    """A note was put beside the record."""

    data: NoteText


Event = (
    PoolOpened | PoolClosed | CapacityChanged
    | UnitCreated | UnitRenamed | UnitMoved | UnitClosed
    | AuthorityDelegated | AuthorityRevoked | RulesSet
    | Granted | Released | Reallocated | Extended | Noted
)  # fmt: skip

TOPICS: dict[str, type[Recorded]] = {
    str(kind.__struct_config__.tag): kind for kind in Recorded.__subclasses__()
}
"""Every topic ever stored and the class that reads it."""
