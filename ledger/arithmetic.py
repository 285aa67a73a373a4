"""The numbers that a refusal carries: what it rests on, who holds it, when there is more."""

from msgspec import Struct

from ledger.periods import Instant


class Arithmetic(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The numbers a refusal rests on, as far as they apply. Quantities are whole units."""

    measure: str
    pool: str | None = None
    unit: str | None = None
    grant: str | None = None
    at: Instant | None = None
    until: Instant | None = None
    asked: int | None = None
    available: int | None = None
    limit: int | None = None
    before: int | None = None
    after: int | None = None
    positions: tuple[int, ...] | None = None


class NextFree(Struct, frozen=True, kw_only=True):
    """From `at` on, `quantity` could be granted, because of `cause`."""

    at: Instant
    quantity: int
    cause: str


class Holder(Struct, frozen=True, kw_only=True):
    """A unit that holds some of what was asked for."""

    unit: str
    quantity: int
