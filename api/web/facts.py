"""What a page says about pools, delegations and events, in the words of the page."""

from msgspec import Struct

from api.web.links import Ref
from ledger.periods import Instant


class PoolFacts(Struct, frozen=True, kw_only=True):
    """A pool as it was opened."""

    pool: str
    title: str
    unit_label: str
    granule: int
    closed_at: Instant | None = None


class DelegationFacts(Struct, frozen=True, kw_only=True):
    """A delegation: `limits` says in words what narrows it, empty when nothing does."""

    to: str
    role: str
    unit: str
    limits: str
    since: Instant


class EventRow(Struct, frozen=True, kw_only=True):
    """One event as a row; `counts` are what units had in hand before and after it.

    `corrected_by` is the position of the correction that stands in its place.
    """

    position: int
    topic: str
    recorded_at: Instant
    effective_at: Instant
    decision: str
    sentence: str
    by: str
    reason_code: str
    on_behalf_of: str | None
    reason: str | None
    counts: str
    flags: tuple[str, ...]
    authority: tuple[str, ...]
    refs: tuple[Ref, ...] = ()
    corrected_by: int | None = None

    @property
    def because(self) -> str:
        """The reason in words, after its code where that says something."""
        code = "" if self.reason_code == "other" else self.reason_code.replace("_", " ")
        return ": ".join(part for part in (code, self.reason) if part)

    @property
    def decision_query(self) -> str:
        """The search that finds the whole decision."""
        return f"decision:{self.decision}"


class Found(Struct, frozen=True, kw_only=True):
    """A page of a search, newest first; older events stand before the position `older`."""

    events: tuple[EventRow, ...]
    older: int | None
