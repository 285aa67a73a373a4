"""The shapes of what is asked for: requests, in the order of their queue."""

from typing import Literal

from msgspec import Struct

from api.reads.shapes import Answer
from ledger.periods import Instant
from ledger.vocabulary import Outcome, Priority, RequestStatus

BlockedBy = Literal["capacity", "budget", "decision"]


class Ahead(Struct, frozen=True, kw_only=True):
    """How many requests stand before one and would take of its pools, and how much they want."""

    requests: int
    quantity: int


class AwardOf(Struct, frozen=True, kw_only=True):
    """What is awarded and what is granted of a pool."""

    pool: str
    awarded: int
    granted: int


class RequestFields(Struct, frozen=True, kw_only=True):
    """What is asked for, where it stands, and from when on it could be had.

    `granted` and `awarded` are totals, `awards` the same by pool. `priority` is the one that
    counts, `asked_priority` the one asked for. `eta` is the earliest instant from which all that is
    still wanted could be had until its end, after those ahead took theirs, by what is recorded,
    `eta_likely` by forecasts as well; null = nothing recorded supports one. Of several pools it is
    that of the first which can give all of it: an award may take of more than one, and be sooner.
    `until` is when the last answer falls due; `deciders` are those who may answer.
    """

    request: str
    unit: str
    pools: tuple[str, ...]
    quantity: int
    least: int
    starts_at: Instant
    ends_at: Instant | None
    granted: int
    awarded: int
    awards: tuple[AwardOf, ...]
    status: RequestStatus
    outcome: Outcome | None
    until: Instant | None
    priority: Priority
    asked_priority: Priority
    justification: str
    asked_by: str
    asked_at: Instant
    ahead: Ahead | None
    eta: Instant | None
    eta_likely: Instant | None
    blocked_by: BlockedBy | None
    deciders: tuple[str, ...]


class RequestsPage(Answer, frozen=True, kw_only=True):
    """Requests in the order of the queue, those that nobody waits for any more behind it."""

    valid_at: Instant
    items: tuple[RequestFields, ...]
    next: str | None


class RequestAnswer(Answer, frozen=True, kw_only=True):
    """One request, as the list tells it."""

    valid_at: Instant
    request: str
    unit: str
    pools: tuple[str, ...]
    quantity: int
    least: int
    starts_at: Instant
    ends_at: Instant | None
    granted: int
    awarded: int
    awards: tuple[AwardOf, ...]
    status: RequestStatus
    outcome: Outcome | None
    until: Instant | None
    priority: Priority
    asked_priority: Priority
    justification: str
    asked_by: str
    asked_at: Instant
    ahead: Ahead | None
    eta: Instant | None
    eta_likely: Instant | None
    blocked_by: BlockedBy | None
    deciders: tuple[str, ...]
