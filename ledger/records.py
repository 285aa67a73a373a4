"""What the state keeps of each noun: immutable records, replaced when a fact changes them."""

from msgspec import Struct

from ledger.periods import FOREVER, Instant
from ledger.vocabulary import GrantClass, Role, UnitKind


class PoolRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A pool over `[since, closed_at)`."""

    pool: str
    title: str
    unit_label: str
    granule: int
    since: Instant
    closed_at: Instant = FOREVER


class UnitRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A unit over `[since, closed_at)` and its parent as of the last fact."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None
    since: Instant
    closed_at: Instant = FOREVER


class DelegationRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A person's authority; `until` is exclusive and becomes the moment of a revocation."""

    delegation: str
    to: str
    role: Role
    unit: str
    pools: tuple[str, ...] | None
    most: int | None
    until: Instant
    given_by: str
    position: int


class Draw(Struct, frozen=True, array_like=True, gc=False):
    """What one leg takes from a grant from `instant` on, less what later legs advanced of it."""

    instant: Instant
    quantity: int
    position: int
    is_release: bool


class GrantRecord(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A grant: `first` units over `[start, end)` less its draws, ordered by instant, position.

    `left` = first less all draws before `end`: the least it holds at any instant, since what
    leaves a grant never comes back. `began` = the start in microseconds since 1970, by which lists
    are ordered. `ended` marks one that a leg ended for good. `made` and `touched` are the
    positions of its maker and of the last event about it.
    """

    grant: str
    pool: str
    unit: str
    start: Instant
    end: Instant
    first: int
    grant_class: GrantClass
    left: int
    made: int
    touched: int
    began: int
    draws: tuple[Draw, ...] = ()
    ended: bool = False


class RulesRecord(Struct, frozen=True, kw_only=True, gc=False):
    """Settings in force for a pool, or for all pools."""

    second_person_from: int | None = None
    backdate_days: int | None = None
    notice_days: int | None = None
