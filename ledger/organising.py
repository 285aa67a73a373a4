"""Asks about pools, units, authority and the rules that decide: the frame of all holding."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from ledger.quantities import PoolId, Quantity, Total, UnitId, Uuid
from ledger.terms import Command, Dated, Text, When
from ledger.vocabulary import (
    CapacityKind,
    Closing,
    Role,
    UnitKind,
)


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


class ShareAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit is to hold: three limits, or its percent of what the parent has."""

    unit: UnitId
    floor: Total | None = None
    amount: Total | None = None
    cap: Total | None = None
    percent_bp: Annotated[int, Meta(ge=0, le=10_000)] | None = None

    def __post_init__(self) -> None:
        given = (self.floor, self.amount, self.cap)
        if self.percent_bp is not None and any(one is not None for one in given):
            raise ValueError("a share is given by floor, amount and cap, or by percent_bp")
        ordered = [one for one in given if one is not None]
        if ordered != sorted(ordered):
            raise ValueError("a share has floor <= amount <= cap")


class Split(Dated, frozen=True, kw_only=True, tag="split"):
    """Set the budgets of units that stand under one parent; those not named keep theirs."""

    pool: PoolId
    parent: UnitId
    shares: Annotated[tuple[ShareAsk, ...], Meta(min_length=1, max_length=500)]
    until: When | None = None

    def check(self) -> None:
        """Refuse a unit that is named twice."""
        units = [share.unit for share in self.shares]
        if len(set(units)) != len(units):
            raise ValueError("each unit has one share")


_OF_WHO_PROPOSED: Final = (
    "reason", "reason_code", "refs", "on_behalf_of", "overrides", "request",
)  # fmt: skip
"""What a confirmed event keeps as it was proposed, and so has no room for anew."""


class Confirm(Command, frozen=True, kw_only=True, tag="confirm"):
    """Carry out what another person proposed, as the second person, in the words of the first.

    So it takes no `reason`, `reason_code`, `refs`, `on_behalf_of`, `overrides` nor `request`.
    """

    proposal: Uuid

    def check(self) -> None:
        """Refuse what would be lost, and a confirmation that waits itself (rules.md)."""
        _refuse_to_propose(self)
        lost = [name for name in _OF_WHO_PROPOSED if getattr(self, name)]
        if lost:
            raise ValueError(
                f"a confirmation does not keep {', '.join(lost)}: the events keep what was"
                " proposed; a note about them keeps your words"
            )


class CloseProposal(Command, frozen=True, kw_only=True, tag="close_proposal"):
    """Have a proposal wait no more: withdraw one's own, or reject another's."""

    proposal: Uuid
    outcome: Closing

    def check(self) -> None:
        """Refuse an end of waiting that waits itself (rules.md)."""
        _refuse_to_propose(self)


def _refuse_to_propose(command: Command) -> None:
    if command.propose:
        raise ValueError("propose does not go with what is said about a proposal: leave it out")
