"""The shapes of what is decided with: budgets, and what waits for a second person."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from api.reads.asked import Org
from api.reads.shapes import Answer
from ledger.periods import Instant
from projections.proposals.read import Status


class BudgetRow(Struct, frozen=True, kw_only=True):
    """What a unit may hold of a pool, and what it holds with all below it.

    `title` is what they own guaranteed, lent or not, `inhand` all they have in hand, of which
    `borrowed` is beyond their budget; `kept` = `title` - `lent`, what is lent outside. `room` is
    what could still be granted guaranteed. `over`: more is owned or in hand than may be;
    `overdue`: the share has ended, and goes on. `promised` is what the next units below that have
    an amount have together, `over_split` that this is more than the amount. `split` is the position
    that says so, over `[since, until)`.
    """

    unit: str
    pool: str
    floor: int | None
    amount: int | None
    cap: int | None
    title: int
    inhand: int
    kept: int
    lent: int
    borrowed: int
    room: int | None
    over: bool
    overdue: bool
    promised: int
    over_split: bool
    since: Instant
    until: Instant | None
    split: int


class BudgetsPage(Answer, frozen=True, kw_only=True):
    """The budgets in force at `valid_at`, by pool and unit; `room` is the least before `until`."""

    valid_at: Instant
    until: Instant | None
    org: Org
    items: tuple[BudgetRow, ...]
    next: str | None


class ProposalRow(Struct, frozen=True, kw_only=True):
    """A command that waits, or waited, for a second person; `ended` is the position that says so.

    A rejected one names who rejected it, a withdrawn one is withdrawn by who made it.
    """

    proposal: str
    command: dict[str, Any]
    by: str
    proposed_at: Instant
    needs: tuple[str, ...]
    expires_at: Instant
    status: Status
    position: int
    confirmed_by: str | UnsetType = UNSET
    rejected_by: str | UnsetType = UNSET
    ended: int | UnsetType = UNSET


class ProposalsPage(Answer, frozen=True, kw_only=True):
    """Proposals in the order made; what waits at `valid_at`, or has lapsed by then."""

    valid_at: Instant
    items: tuple[ProposalRow, ...]
    next: str | None
