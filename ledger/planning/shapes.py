"""What a plan answers: whence it would come, what it touches, whom to tell, and what to decide."""

from typing import Any, Final, Literal

from msgspec import Struct

from ledger.decide.findings import Warned
from ledger.periods import Instant
from ledger.vocabulary import Role

Harm = Literal["free", "recall", "winding_down", "borrowed", "above_amount", "lower_priority"]
TIERS: Final[tuple[Harm, ...]] = (
    "free", "recall", "winding_down", "borrowed", "above_amount", "lower_priority",
)  # fmt: skip
"""From the least harm to the most (domain: Plan)."""


class Move(Struct, frozen=True, kw_only=True):
    """So much comes from one place: the pool (`unit` and `grant` null), or a unit's grant."""

    tier: int
    harm: Harm
    unit: str | None
    grant: str | None
    quantity: int
    sentence: str


class Touched(Struct, frozen=True, kw_only=True):
    """A limit that held something back, or has no room for what the unit would get."""

    code: str
    unit: str | None
    detail: str


class Affected(Struct, frozen=True, kw_only=True):
    """A person who answers for a unit that gives something away, and how much that is."""

    unit: str
    quantity: int
    person: str
    role: Role


class Verdict(Struct, frozen=True, kw_only=True):
    """What the decision would be answered with now, given by the person who asks.

    201 recorded, 202 when a second person is needed; else the refusal's status, name and words,
    and the unit that it is about.
    """

    status: int
    code: str | None = None
    detail: str | None = None
    unit: str | None = None
    needs: tuple[str, ...] = ()
    warnings: tuple[Warned, ...] = ()


class Planned(Struct, frozen=True, kw_only=True):
    """A plan: of the log up to a position, what was asked, and the second of asking.

    `found` and `missing` add up to the quantity asked for. `decision` is the body of a decision
    that does all of it, null when there is nothing to do.
    """

    position: int
    asked_at: Instant
    pool: str
    unit: str
    quantity: int
    by: Instant
    ends_at: Instant | None
    request: str | None
    borrowed: bool
    found: int
    missing: int
    moves: tuple[Move, ...]
    limits: tuple[Touched, ...]
    tell: tuple[Affected, ...]
    verdict: Verdict | None
    decision: dict[str, Any] | None
