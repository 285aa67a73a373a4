"""Events written by hand, as the record would: contiguous positions and a clock that rises."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from ledger.codec import encode
from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    CapacityChanged,
    Corrected,
    DecisionAppealed,
    Event,
    Extended,
    Granted,
    Noted,
    Pledged,
    PledgeRevised,
    PledgeWithdrawn,
    PoolClosed,
    PoolOpened,
    ProposalClosed,
    Proposed,
    RateSet,
    Reallocated,
    Released,
    ReleaseForecast,
    RequestAmended,
    RequestDecided,
    Requested,
    RequestWithdrawn,
    RulesSet,
    SplitDecided,
    UnitClosed,
    UnitCreated,
    UnitMoved,
    UnitRenamed,
)
from ledger.facts import (
    CapacityChange,
    Correction,
    Delegation,
    Extension,
    Fact,
    Forecast,
    ForecastStep,
    GrantMaking,
    Leg,
    NoteText,
    PoolClosing,
    PoolOpening,
    Proposal,
    ProposalClosing,
    Reallocation,
    ReleaseOfGrants,
    Revocation,
    Rules,
    Splitting,
    UnitClosing,
    UnitCreation,
    UnitMove,
    UnitRenaming,
    Via,
)
from ledger.log import StoredEvent
from ledger.periods import Instant, shifted, to_instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision, PledgeWithdrawal, RateSetting
from ledger.request_facts import (
    Appealing,
    RequestAmendment,
    RequestDecision,
    RequestMaking,
    RequestWithdrawal,
)
from ledger.sayings import Saying, replacement
from ledger.vocabulary import Confidence, Override, ReasonCode

EVENTS: dict[type[Fact], type[Event]] = {
    PoolOpening: PoolOpened,
    PoolClosing: PoolClosed,
    CapacityChange: CapacityChanged,
    UnitCreation: UnitCreated,
    UnitRenaming: UnitRenamed,
    UnitMove: UnitMoved,
    UnitClosing: UnitClosed,
    Delegation: AuthorityDelegated,
    Revocation: AuthorityRevoked,
    Rules: RulesSet,
    Splitting: SplitDecided,
    Proposal: Proposed,
    ProposalClosing: ProposalClosed,
    RequestMaking: Requested,
    RequestAmendment: RequestAmended,
    RequestWithdrawal: RequestWithdrawn,
    RequestDecision: RequestDecided,
    Appealing: DecisionAppealed,
    GrantMaking: Granted,
    ReleaseOfGrants: Released,
    Reallocation: Reallocated,
    Extension: Extended,
    NoteText: Noted,
    Forecast: ReleaseForecast,
    PledgeMaking: Pledged,
    PledgeRevision: PledgeRevised,
    PledgeWithdrawal: PledgeWithdrawn,
    RateSetting: RateSet,
    Correction: Corrected,
}


def day(number: int) -> Instant:
    """Midnight of a day counted from 2026-01-01, which is day 0."""
    return shifted(to_instant("2026-01-01T00:00:00Z"), timedelta(days=number))


def named(name: str) -> str:
    """The uuid that a test calls by a short name."""
    return str(uuid5(NAMESPACE_URL, name))


def granted(
    grant: str,
    unit: str,
    quantity: int,
    *,
    ends: Instant | None = None,
    pool: str = "h100",
    borrowed: bool = False,
) -> GrantMaking:
    """A grant by its short name."""
    return GrantMaking(
        grant=named(grant),
        pool=pool,
        unit=unit,
        quantity=quantity,
        ends_at=ends,
        grant_class="borrowed" if borrowed else "guaranteed",
    )


def leg(grant: str, unit: str, quantity: int, *, ends: bool = False) -> Leg:
    """What one grant gives."""
    return Leg(grant=named(grant), unit=unit, quantity=quantity, ends=ends)


def released(*legs: Leg, pool: str = "h100", late: bool = False) -> ReleaseOfGrants:
    """Legs given back by their holders."""
    return ReleaseOfGrants(pool=pool, legs=legs, kind="returned", late=late)


def moved(
    *legs: Leg,
    to: str,
    into: str,
    ends: Instant | None = None,
    pool: str = "h100",
    borrowed: bool = False,
) -> Reallocation:
    """Legs moved to a unit, into a new grant."""
    return Reallocation(
        pool=pool,
        legs=legs,
        to_grant=named(into),
        to_unit=to,
        quantity=sum(one.quantity for one in legs),
        ends_at=ends,
        grant_class="borrowed" if borrowed else "guaranteed",
    )


def lent(
    loan: str, lender: str, of: str, quantity: int, *, to: str, back: Instant, pool: str = "h100"
) -> Reallocation:
    """A loan out of a lender's grant, until a day."""
    return Reallocation(
        pool=pool,
        legs=(leg(lender, of, quantity),),
        to_grant=named(loan),
        to_unit=to,
        quantity=quantity,
        ends_at=back,
        grant_class="borrowed",
        loan=True,
    )


def forecast(grant: str, *steps: tuple[int, Instant], confidence: Confidence = "high") -> Forecast:
    """What is expected back of a grant, and when."""
    return Forecast(
        grant=named(grant),
        steps=tuple(ForecastStep(quantity=quantity, expected_at=at) for quantity, at in steps),
        confidence=confidence,
    )


class Book:
    """Events in the order of the log. `tell` records one decision, an hour after the last."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = day(0)

    @property
    def head(self) -> int:
        """The last position."""
        return len(self.events)

    def tell(
        self,
        *facts: Fact,
        on: Instant | None = None,
        recorded: Instant | None = None,
        by: str = "ann",
        behalf: str | None = None,
        code: ReasonCode = "other",
        reason: str | None = None,
        overrides: tuple[Override, ...] = (),
        request: str | None = None,
    ) -> list[Event]:
        """Record facts as one decision, effective `on` or when recorded."""
        self.now = max(recorded or self.now, shifted(self.now, timedelta(hours=1)))
        first = self.head + 1
        decision = named(f"decision {first}")
        told = [
            EVENTS[type(fact)](
                id=named(f"event {first + place}"),
                position=first + place,
                recorded_at=self.now,
                effective_at=on or self.now,
                decision=decision,
                leg=(place, len(facts)),
                by=by,
                on_behalf_of=behalf,
                via=Via(tool="test"),
                authority=(),
                reason_code=code,
                reason=reason,
                request=None if request is None else named(request),
                overrides=overrides,
                key=f"key {first}",
                data=fact,  # pyright: ignore[reportArgumentType] - EVENTS pairs them
            )
            for place, fact in enumerate(facts)
        ]
        self.events += told
        return told

    def correct(
        self,
        position: int,
        fact: Fact | None,
        *,
        on: Instant | None = None,
        recorded: Instant | None = None,
        reason: str | None = "it was typed wrong",
        code: ReasonCode = "correction",
    ) -> int:
        """Record that an event says something else, or (None) never happened; returns where."""
        self.tell(
            self.correction(position, fact, on=on), recorded=recorded, reason=reason, code=code
        )
        return self.head

    def correction(
        self, position: int, fact: Fact | None, *, on: Instant | None = None
    ) -> Correction:
        """A correction of an event, from what it says until now; without `on` it keeps its date."""
        event = self.events[position - 1]
        standing = [
            one
            for one in self.events
            if isinstance(one, Corrected) and one.data.corrects == position
        ]
        was = replacement(Saying(event.effective_at, event.data))
        if standing:
            was = standing[-1].data.replacement
        at = on or (was.effective_at if was is not None else event.effective_at)
        return Correction(
            corrects=position,
            topic=str(type(event).__struct_config__.tag),
            supersedes=standing[-1].position if standing else None,
            was=was,
            replacement=None if fact is None else replacement(Saying(at, fact)),
        )


def stored(events: Sequence[Event]) -> list[StoredEvent]:
    """The events as they lie in the log."""
    return [
        StoredEvent(
            position=event.position,
            topic=str(type(event).__struct_config__.tag),
            stored=encode(event),
        )
        for event in events
    ]
