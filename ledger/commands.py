"""Asks: what a person may tell the ledger to do, imperative, checked for shape when made.

These structs are the one definition of every command: the doors decode bodies into them, the
OpenAPI schema is generated from them, and the core decides on them. Making one normalises its
times to instants and its text to NFC; what cannot be read raises a ValueError in plain words.
"""

from typing import Annotated

from msgspec import Meta, Struct

from ledger.periods import Instant
from ledger.quantities import All, PoolId, Position, Quantity, Total, UnitId, Uuid
from ledger.terms import Command, Dated, Text, When, Words
from ledger.vocabulary import CapacityKind, ReleaseKind, Role, UnitKind


class OpenPool(Dated, frozen=True, kw_only=True, tag="open_pool"):
    """Open a pool of interchangeable units. Only an importer may date it back."""

    pool: PoolId
    title: Text | None = None
    unit_label: Text = "gpu"
    granule: Quantity = 1


class ClosePool(Command, frozen=True, kw_only=True, tag="close_pool"):
    """Close a pool that holds nothing from now on."""

    pool: PoolId


class ChangeCapacity(Dated, frozen=True, kw_only=True, tag="change_capacity"):
    """Record capacity: counted or headroom as a total, the others as a movement."""

    pool: PoolId
    kind: CapacityKind
    total: Total | None = None
    quantity: Quantity | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        sets = self.kind in ("counted", "headroom")
        if sets and (self.total is None or self.quantity is not None):
            raise ValueError(f"capacity of kind {self.kind} takes `total`, not `quantity`")
        if not sets and (self.quantity is None or self.total is not None):
            raise ValueError(f"capacity of kind {self.kind} takes `quantity`, not `total`")


class CreateUnit(Dated, frozen=True, kw_only=True, tag="create_unit"):
    """Create a unit under a parent (left out: the root). Only an importer may date it back."""

    unit: UnitId
    name: Text | None = None
    kind: UnitKind = "team"
    parent: UnitId | None = None


class RenameUnit(Command, frozen=True, kw_only=True, tag="rename_unit"):
    """Give a unit another display name."""

    unit: UnitId
    name: Text


class MoveUnit(Command, frozen=True, kw_only=True, tag="move_unit"):
    """Put a unit, with all it holds, under another parent."""

    unit: UnitId
    parent: UnitId


class CloseUnit(Command, frozen=True, kw_only=True, tag="close_unit"):
    """Close a unit whose subtree holds and reserves nothing from now on."""

    unit: UnitId
    merged_into: UnitId | None = None


class Delegate(Command, frozen=True, kw_only=True, tag="delegate"):
    """Give a person a role over a unit's subtree."""

    to: Text
    role: Role
    unit: UnitId
    pools: Annotated[tuple[PoolId, ...], Meta(min_length=1, max_length=100)] | None = None
    most: Quantity | None = None
    until: When | None = None
    delegation: Uuid | None = None


class Revoke(Command, frozen=True, kw_only=True, tag="revoke"):
    """End a delegation; what was done under it stands."""

    delegation: Uuid


class Grant(Dated, frozen=True, kw_only=True, tag="grant"):
    """Give units of a pool to a unit over `[starts_at, ends_at)`."""

    pool: PoolId
    unit: UnitId
    quantity: Quantity
    starts_at: When | None = None
    ends_at: When | None = None
    borrowed: bool = False
    grant: Uuid | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.starts_at and self.effective_at and self.starts_at != self.effective_at:
            raise ValueError("starts_at and effective_at are the same thing and differ here")
        _window(self.starts_at or self.effective_at, self.ends_at)


class OfGrant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity of one named grant."""

    grant: Uuid
    quantity: Quantity


class Release(Dated, frozen=True, kw_only=True, tag="release"):
    """Give units back: from named grants, or by pool and unit, a quantity or all of it."""

    pool: PoolId | None = None
    unit: UnitId | None = None
    quantity: Quantity | All | None = None
    grants: Annotated[tuple[OfGrant, ...], Meta(min_length=1, max_length=500)] | None = None
    kind: ReleaseKind = "returned"
    future: bool = False
    advance: bool = True

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.grants is None:
            if self.pool is None or self.unit is None or self.quantity is None:
                raise ValueError("a release names grants, or pool, unit and quantity")
        elif self.unit is not None or self.quantity is not None:
            raise ValueError("a release names grants, or pool, unit and quantity: not both")
        else:
            _once([named.grant for named in self.grants])
        if self.future and self.quantity != "all":
            raise ValueError('future goes with quantity "all"')


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a move takes from: a unit's own grants, or one named grant."""

    unit: UnitId | None = None
    grant: Uuid | None = None
    quantity: Quantity | All

    def __post_init__(self) -> None:
        if (self.unit is None) == (self.grant is None):
            raise ValueError("each source names a unit or a grant, one of them")
        if self.grant is not None and self.quantity == "all":
            raise ValueError('"all" goes with a unit; of a grant give the quantity')


class Reallocate(Dated, frozen=True, kw_only=True, tag="reallocate", rename={"sources": "from"}):
    """Move units from one or more holders to another unit, as one event."""

    pool: PoolId
    sources: Annotated[tuple[Source, ...], Meta(min_length=1, max_length=500)]
    to: UnitId
    starts_at: When | None = None
    ends_at: When | None = None
    borrowed: bool = False
    grant: Uuid | None = None
    advance: bool = True

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.starts_at and self.effective_at and self.starts_at != self.effective_at:
            raise ValueError("starts_at and effective_at are the same thing and differ here")
        _window(self.starts_at or self.effective_at, self.ends_at)
        _once([source.unit or source.grant or "" for source in self.sources])


class Extend(Dated, frozen=True, kw_only=True, tag="extend"):
    """Move a grant's end: later, earlier, or null for open."""

    grant: Uuid
    ends_at: When | None


class Subject(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a note is about: exactly one of these."""

    position: Position | None = None
    grant: Uuid | None = None
    unit: UnitId | None = None

    def __post_init__(self) -> None:
        if sum(value is not None for value in (self.position, self.grant, self.unit)) != 1:
            raise ValueError("a note is about exactly one of position, grant, unit")


class Note(Command, frozen=True, kw_only=True, tag="note"):
    """Put words beside the record."""

    about: Subject
    text: Words


Single = (
    OpenPool | ClosePool | ChangeCapacity
    | CreateUnit | RenameUnit | MoveUnit | CloseUnit
    | Delegate | Revoke
    | Grant | Release | Reallocate | Extend | Note
)  # fmt: skip


class Decision(Dated, frozen=True, kw_only=True, tag="decision"):
    """Several asks as one act: all or nothing, in order, adjacent positions."""

    legs: Annotated[tuple[Single, ...], Meta(min_length=1, max_length=1000)]

    def check(self) -> None:
        """Refuse fields that do not go together."""
        for index, leg in enumerate(self.legs):
            for name in ("seen", "on_behalf_of", "decision"):
                if getattr(leg, name) is not None:
                    raise ValueError(f"{name} stands at the top of a decision, not in leg {index}")


AnyCommand = Single | Decision


def starts(command: Command) -> Instant | None:
    """The instant an ask wants its fact to begin, or None for the moment it is recorded."""
    named = getattr(command, "starts_at", None) or getattr(command, "effective_at", None)
    return None if named is None else Instant(named)


def _window(start: str | None, end: str | None) -> None:
    if start is not None and end is not None and end <= start:
        raise ValueError("ends_at must lie after the start: a period holds at least one instant")


def _once(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise ValueError("each grant or unit may be named once; add the quantities up")
