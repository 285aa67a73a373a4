"""Asks for a plan: from where could so much of a pool come by a date, with the least harm."""

from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ledger.periods import Instant, clean_text, instant_of
from ledger.quantities import PoolId, Quantity, UnitId, Uuid
from ledger.terms import When, Words
from ledger.vocabulary import Confidence, Override, ReasonCode

AVOIDED_MAX: Final = 100

Avoided = Annotated[str, Meta(min_length=1, max_length=200, description="a unit or a grant")]


class Plan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """So much more of a pool for a unit, over `[by, ends_at)`; left out or null = open.

    A date that has gone by means at once. What is held by a unit to `avoid`, and by all below
    it, is left alone, and so is a grant to avoid. `request` is what it would be granted for.
    Reason and overrides are those of the decision that it ends in.
    """

    pool: PoolId
    quantity: Quantity
    by: When
    unit: UnitId
    ends_at: When | None = None
    request: Uuid | None = None
    avoid: Annotated[tuple[Avoided, ...], Meta(max_length=AVOIDED_MAX)] = ()
    reason_code: ReasonCode | None = None
    reason: Words | None = None
    overrides: Annotated[tuple[Override, ...], Meta(max_length=3)] = ()

    def __post_init__(self) -> None:
        force_setattr(self, "by", instant_of(self.by, "by"))
        if self.ends_at is not None:
            force_setattr(self, "ends_at", instant_of(self.ends_at, "ends_at"))
            if self.ends_at <= self.by:
                raise ValueError("ends_at must lie after by: a period holds at least one instant")
        if self.reason is not None:
            force_setattr(self, "reason", clean_text(self.reason, "reason"))


class Foreseen(Struct, frozen=True, array_like=True, gc=False):
    """A live forecast, which stands at a position: so much of a grant is likely out by `at`.

    As late as the unit's forecasts came true before; the confidence is the holder's.
    """

    grant: str
    position: int
    quantity: int
    at: Instant
    confidence: Confidence
