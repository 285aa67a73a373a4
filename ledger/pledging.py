"""Asks about promises and rates: a decider pledges compute, a steward says what a unit counts."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from ledger.quantities import PoolId, Quantity, UnitId, Uuid
from ledger.terms import Dated, When

Pools = Annotated[tuple[PoolId, ...], Meta(min_length=1, max_length=100)]
Share = Annotated[
    int, Meta(ge=1, le=10_000, description="hundredths of a percent: 2000 is 20 percent")
]


class Pledge(Dated, frozen=True, kw_only=True, tag="pledge"):
    """Promise a unit a share of what another has, or a quantity, of some pools together."""

    to_unit: UnitId
    of_unit: UnitId | None = None
    pools: Pools
    share_bp: Share | None = None
    quantity: Quantity | None = None
    starts_at: When | None = field(name="from", default=None)
    until: When
    pledge: Uuid | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        _check_start(self.starts_at, self.effective_at)
        _check_pools(self.pools)
        if (self.share_bp is None) == (self.quantity is None):
            raise ValueError("a pledge promises share_bp or quantity")
        if self.quantity is not None and self.of_unit is not None:
            raise ValueError("of_unit goes with share_bp: a quantity is of nothing else")
        start = self.starts_at or self.effective_at
        if start is not None and self.until <= start:
            raise ValueError("until must lie after from: a period holds at least one instant")


class RevisePledge(Dated, frozen=True, kw_only=True, tag="revise_pledge"):
    """Promise something else from an instant on; what is left out stays.

    `of_unit` null = of what is allocatable. `to_unit` is that of the pledge, if it is named.
    """

    pledge: Uuid
    to_unit: UnitId | None = None
    of_unit: UnitId | UnsetType | None = UNSET
    pools: Pools | None = None
    share_bp: Share | None = None
    quantity: Quantity | None = None
    starts_at: When | None = field(name="from", default=None)
    until: When | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        _check_start(self.starts_at, self.effective_at)
        _check_pools(self.pools or ())
        if self.share_bp is not None and self.quantity is not None:
            raise ValueError("a pledge promises share_bp or quantity")
        if self.quantity is not None and self.of_unit not in (UNSET, None):
            raise ValueError("of_unit goes with share_bp: a quantity is of nothing else")


class WithdrawPledge(Dated, frozen=True, kw_only=True, tag="withdraw_pledge"):
    """Promise nothing any more, from an instant on."""

    pledge: Uuid
    starts_at: When | None = field(name="from", default=None)

    def check(self) -> None:
        """Refuse fields that do not go together."""
        _check_start(self.starts_at, self.effective_at)


class SetRate(Dated, frozen=True, kw_only=True, tag="set_rate"):
    """Say what a unit of a pool counts as, in thousandths of an H100: for display only."""

    pool: PoolId
    h100_milli: Quantity
    starts_at: When | None = field(name="from", default=None)

    def check(self) -> None:
        """Refuse fields that do not go together."""
        _check_start(self.starts_at, self.effective_at)


def _check_start(start: str | None, effective_at: str | None) -> None:
    if start and effective_at and start != effective_at:
        raise ValueError("from and effective_at are the same thing and differ here")


def _check_pools(pools: tuple[str, ...]) -> None:
    if len(set(pools)) != len(pools):
        raise ValueError("each pool may be named once")
