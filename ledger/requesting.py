"""Asks about requests: compute is asked for, and somebody who may answers."""

from typing import Annotated, ClassVar

from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import force_setattr

from ledger.quantities import PoolId, Quantity, UnitId, Uuid
from ledger.terms import Command, Dated, When, Words
from ledger.vocabulary import Outcome, Priority, Rest

Pools = Annotated[tuple[PoolId, ...], Meta(min_length=1, max_length=100)]


class Request(Dated, frozen=True, kw_only=True, tag="request"):
    """Ask for a quantity of any of these pools, for a unit, over `[starts_at, ends_at)`."""

    is_about_a_request: ClassVar[bool] = True

    unit: UnitId
    pools: Pools
    quantity: Quantity
    least: Quantity | None = None
    starts_at: When | None = None
    ends_at: When | None = None
    priority: Priority = "normal"
    justification: Words

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.starts_at and self.effective_at and self.starts_at != self.effective_at:
            raise ValueError("starts_at and effective_at are the same thing and differ here")
        _check(self.pools, self.quantity, self.least)
        start = self.starts_at or self.effective_at
        if start is not None and self.ends_at is not None and self.ends_at <= start:
            raise ValueError("ends_at must lie after the start")


class AmendRequest(Command, frozen=True, kw_only=True, tag="amend_request"):
    """Ask for something else; what is left out stays. `ends_at` null = open."""

    is_about_a_request: ClassVar[bool] = True

    request: Uuid  # pyright: ignore[reportGeneralTypeIssues]
    pools: Pools | None = None
    quantity: Quantity | None = None
    least: Quantity | None = None
    starts_at: When | None = None
    ends_at: When | UnsetType | None = UNSET
    priority: Priority | None = None
    justification: Words | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        _check(self.pools or (), self.quantity, self.least)


class WithdrawRequest(Command, frozen=True, kw_only=True, tag="withdraw_request"):
    """Ask no longer."""

    is_about_a_request: ClassVar[bool] = True

    request: Uuid  # pyright: ignore[reportGeneralTypeIssues]


class AwardAsk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a pool may be granted for the request, in total so far."""

    pool: PoolId
    quantity: Quantity


class DecideRequest(Command, frozen=True, kw_only=True, tag="decide_request"):
    """Answer a request. An approval without `awarded` awards all of its only pool."""

    is_about_a_request: ClassVar[bool] = True

    request: Uuid  # pyright: ignore[reportGeneralTypeIssues]
    outcome: Outcome
    awarded: Annotated[tuple[AwardAsk, ...], Meta(min_length=1, max_length=100)] | None = None
    rest: Rest | None = None
    until: When | None = None
    priority: Priority | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.awarded is None:
            if self.outcome == "partly":
                raise ValueError("partly says how much of each pool is awarded")
        elif self.outcome in ("denied", "deferred"):
            raise ValueError("awarded goes with approved or partly: what was granted stands")
        elif len({award.pool for award in self.awarded}) != len(self.awarded):
            raise ValueError("each pool has one award")
        if self.rest is None:
            waits = self.outcome in ("partly", "deferred")
            force_setattr(self, "rest", "waits" if waits else "closed")
        elif self.outcome != "partly" and (self.rest == "waits") != (self.outcome == "deferred"):
            raise ValueError(f"of what is {self.outcome} the rest does not stay {self.rest}")


class Appeal(Command, frozen=True, kw_only=True, tag="appeal"):
    """Ask for another decider's answer."""

    is_about_a_request: ClassVar[bool] = True

    request: Uuid  # pyright: ignore[reportGeneralTypeIssues]


def request_of(command: Command, top: Command) -> str | None:
    """The request that a leg of a decision is done for, which is not one that it is about."""
    if command.is_about_a_request:
        return None
    return command.request or top.request


def _check(pools: tuple[str, ...], quantity: int | None, least: int | None) -> None:
    if len(set(pools)) != len(pools):
        raise ValueError("each pool may be named once")
    if quantity is not None and least is not None and least > quantity:
        raise ValueError("least is at most quantity")
