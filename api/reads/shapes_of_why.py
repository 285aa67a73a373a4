"""The shapes of why: what led to a grant or a request, link by link, in sentences and as data."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from api.reads.shapes import Answer
from ledger.periods import Instant
from ledger.vocabulary import Outcome, ReasonCode, RequestStatus

What = Literal[
    "grant", "decision", "request", "budget", "split", "delegation", "source", "instead", "queue"
]  # fmt: skip


class Link(Struct, frozen=True, kw_only=True):
    """One link: `position` is the event that says so, `by` who decided it, `at` when it was.

    Of the grant itself and of a budget, `at` is from when on it is so. A decision names the
    delegations it was made by, its `authority`; each follows as a link of its own once. `later`:
    it came after what is asked about. `instead` is what others were given of a pool that is asked
    for, `queue` where a request stands (`at` is its eta). What does not apply is left out.
    """

    what: What
    sentence: str
    position: int | UnsetType = UNSET
    grant: str | UnsetType = UNSET
    request: str | UnsetType = UNSET
    delegation: str | UnsetType = UNSET
    unit: str | UnsetType = UNSET
    quantity: int | UnsetType = UNSET
    outcome: Outcome | UnsetType = UNSET
    by: str | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    confirmed_by: str | UnsetType = UNSET
    proposal: str | UnsetType = UNSET
    at: Instant | UnsetType = UNSET
    reason_code: ReasonCode | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    authority: tuple[str, ...] | UnsetType = UNSET
    corrected_by: int | UnsetType = UNSET
    later: bool = False


class GrantWhy(Answer, frozen=True, kw_only=True):
    """Why a grant is as it is: back from it to who gave the right, and what came of it since."""

    valid_at: Instant
    grant: str
    sentences: tuple[str, ...]
    chain: tuple[Link, ...]


class RequestWhy(Answer, frozen=True, kw_only=True):
    """Why a request stands as it does: who answered, by what right, what came of it, who got it."""

    valid_at: Instant
    request: str
    status: RequestStatus
    sentences: tuple[str, ...]
    chain: tuple[Link, ...]
