"""Asks about pools, units, authority and the rules that decide: the frame of all holding."""

from typing import Annotated

from msgspec import Meta

from ledger.quantities import PoolId, Quantity, Total, UnitId, Uuid
from ledger.terms import Command, Dated, Text, When
from ledger.vocabulary import CapacityKind, Role, UnitKind


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


class SetRules(Dated, frozen=True, kw_only=True, tag="set_rules"):
    """Set what decides, for a pool or for all; what is left out stays as it is."""

    pool: PoolId | None = None
    second_person_from: Quantity | None = None
    backdate_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None
    notice_days: Annotated[int, Meta(ge=0, le=36_500)] | None = None

    def check(self) -> None:
        """Refuse an ask that sets nothing."""
        if all(
            value is None
            for value in (self.second_person_from, self.backdate_days, self.notice_days)
        ):
            raise ValueError("name at least one setting")
