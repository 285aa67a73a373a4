"""What the state keeps of each noun: immutable records, replaced when a fact changes them."""

from msgspec import Struct

from ledger.periods import FOREVER, Instant
from ledger.vocabulary import GrantClass, Outcome, Priority, Rest, Role, UnitKind


class PoolRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A pool over `[since, closed_at)`."""

    pool: str
    title: str
    unit_label: str
    granule: int
    since: Instant
    closed_at: Instant = FOREVER


class Said(Struct, frozen=True, array_like=True, gc=False):
    """What one fact said of a unit: its `name`, `kind`, `parent`, `since` or `closed` from `at`."""

    position: int
    at: Instant
    what: str
    value: str | None


class UnitRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A unit over `[since, closed_at)` as of its last facts; `said` is what they said, by log."""

    unit: str
    name: str
    kind: UnitKind
    parent: str | None
    since: Instant
    closed_at: Instant = FOREVER
    said: tuple[Said, ...] = ()


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
    """What one leg takes from a grant from `instant` on, less what later legs advanced of it.

    `advances` is what it took itself of scheduled releases, (position, quantity) each; `at` its
    effective_at where that lies before the grant's start.
    """

    instant: Instant
    quantity: int
    position: int
    is_release: bool
    advances: tuple[tuple[int, int], ...] = ()
    at: Instant | None = None


class End(Struct, frozen=True, array_like=True, gc=False):
    """What one fact said of a grant's end; a final one is a leg's that ended it."""

    position: int
    at: Instant
    is_final: bool = False


class GrantRecord(Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """A grant: `first` units over `[start, end)` less its draws, ordered by instant, position.

    `left` = first less all draws before `end`: the least it holds at any instant, since what
    leaves a grant never comes back. `began` = the start in microseconds since 1970, by which lists
    are ordered. `ended` marks one that a leg ended for good. `made` and `touched` are the
    positions of its maker and of the last event about it. `ends` lists what was said of its end,
    the maker's first, once that is more than one; `lender` is the grant that a loan was made out
    of, `loans` those made out of this one. `late` tells what came back after its end, (position,
    quantity, instant) each. A grant of which `first` is 0 was corrected away.
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
    ends: tuple[End, ...] = ()
    lender: str | None = None
    loans: tuple[str, ...] = ()
    late: tuple[tuple[int, int, Instant], ...] = ()


class ProposalRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A command that waits for a second person, until it lapses or `ended` at a position."""

    proposal: str
    by: str
    command: bytes
    expires_at: Instant
    position: int
    ended: int | None = None


class RulesRecord(Struct, frozen=True, kw_only=True, gc=False):
    """Settings of a pool, or of all pools, from an instant on; None = as it was."""

    since: Instant
    position: int
    second_person_from: int | None = None
    backdate_days: int | None = None
    notice_days: int | None = None


class RequestRecord(Struct, frozen=True, kw_only=True, gc=False):
    """A request as it was last amended, with what was decided on it and the grants that name it.

    `askers` are the requester and whoever amended it for more; `since` is the position of the
    last fact that asked for more. `decided` and `appealed` are positions, 0 before there is one;
    `answered_by` gave the last answer, or confirmed it; `awarded` is the total so far by pool.
    """

    request: str
    unit: str
    pools: tuple[str, ...]
    quantity: int
    least: int
    start: Instant
    end: Instant
    priority: Priority
    askers: tuple[str, ...]
    made: int
    since: int
    outcome: Outcome | None = None
    awarded: tuple[tuple[str, int], ...] = ()
    rest: Rest = "waits"
    decided: int = 0
    answered_by: tuple[str, ...] = ()
    decided_priority: Priority | None = None
    appealed: int = 0
    withdrawn: bool = False
    grants: tuple[str, ...] = ()
