"""Facts: every event of the record, past tense, immutable, one topic each (domain: Facts)."""

from msgspec import Struct

from ledger.facts import (
    CapacityChange,
    Correction,
    Delegation,
    Extension,
    Forecast,
    GrantMaking,
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
from ledger.periods import Instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision, PledgeWithdrawal, RateSetting
from ledger.request_facts import (
    Appealing,
    RequestAmendment,
    RequestDecision,
    RequestMaking,
    RequestWithdrawal,
)
from ledger.vocabulary import Override, ReasonCode


class Recorded(
    Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True,
    tag_field="topic", gc=False,
):  # fmt: skip
    """The envelope of every event: what, when in both clocks, by whom, by what right, and why."""

    id: str
    position: int
    recorded_at: Instant
    effective_at: Instant
    decision: str
    leg: tuple[int, int]
    by: str
    via: Via
    authority: tuple[str, ...]
    reason_code: ReasonCode
    key: str
    on_behalf_of: str | None = None
    reason: str | None = None
    request: str | None = None
    refs: tuple[str, ...] = ()
    seen: int | None = None
    overrides: tuple[Override, ...] = ()
    confirmed_by: str | None = None
    proposal: str | None = None


def given_by(event: Recorded) -> tuple[str, ...]:
    """Who gave it: who asked and, where it waited for a second person, who confirmed it."""
    return (event.by,) if event.confirmed_by is None else (event.by, event.confirmed_by)


class PoolOpened(Recorded, frozen=True, kw_only=True, tag="pool-opened.v1"):
    """A pool was opened."""

    data: PoolOpening


class PoolClosed(Recorded, frozen=True, kw_only=True, tag="pool-closed.v1"):
    """A pool was closed."""

    data: PoolClosing


class CapacityChanged(Recorded, frozen=True, kw_only=True, tag="capacity-changed.v1"):
    """A pool's installed, lost or held-back quantity changed."""

    data: CapacityChange


class UnitCreated(Recorded, frozen=True, kw_only=True, tag="unit-created.v1"):
    """A unit was created."""

    data: UnitCreation


class UnitRenamed(Recorded, frozen=True, kw_only=True, tag="unit-renamed.v1"):
    """A unit was renamed."""

    data: UnitRenaming


class UnitMoved(Recorded, frozen=True, kw_only=True, tag="unit-moved.v1"):
    """A unit was moved under another parent."""

    data: UnitMove


class UnitClosed(Recorded, frozen=True, kw_only=True, tag="unit-closed.v1"):
    """A unit was closed."""

    data: UnitClosing


class AuthorityDelegated(Recorded, frozen=True, kw_only=True, tag="authority-delegated.v1"):
    """A person received a role over a unit."""

    data: Delegation


class AuthorityRevoked(Recorded, frozen=True, kw_only=True, tag="authority-revoked.v1"):
    """A delegation was revoked."""

    data: Revocation


class RulesSet(Recorded, frozen=True, kw_only=True, tag="rules-set.v1"):
    """Settings that decide were set."""

    data: Rules


class SplitDecided(Recorded, frozen=True, kw_only=True, tag="split-decided.v1"):
    """A pool was split between units that stand under one parent."""

    data: Splitting


class Requested(Recorded, frozen=True, kw_only=True, tag="requested.v1"):
    """A unit asks for something."""

    data: RequestMaking


class RequestAmended(Recorded, frozen=True, kw_only=True, tag="request-amended.v1"):
    """Something else is asked for."""

    data: RequestAmendment


class RequestWithdrawn(Recorded, frozen=True, kw_only=True, tag="request-withdrawn.v1"):
    """A request was withdrawn."""

    data: RequestWithdrawal


class RequestDecided(Recorded, frozen=True, kw_only=True, tag="request-decided.v1"):
    """A request was answered. An award holds nothing; only a grant does."""

    data: RequestDecision


class DecisionAppealed(Recorded, frozen=True, kw_only=True, tag="decision-appealed.v1"):
    """The last decision on a request was appealed."""

    data: Appealing


class Granted(Recorded, frozen=True, kw_only=True, tag="granted.v1"):
    """A unit received a grant from the pool."""

    data: GrantMaking


class Released(Recorded, frozen=True, kw_only=True, tag="released.v1"):
    """Grants, or parts of them, went back to their pool. Never edited: corrected by a new event."""

    data: ReleaseOfGrants


class Reallocated(Recorded, frozen=True, kw_only=True, tag="reallocated.v1"):
    """Quantity passed from one or more holders to another: one event with all legs."""

    data: Reallocation


class Extended(Recorded, frozen=True, kw_only=True, tag="extended.v1"):
    """A grant's end moved."""

    data: Extension


class ReleaseForecast(Recorded, frozen=True, kw_only=True, tag="release-forecast.v1"):
    """Somebody expects a grant to give something back. Binds nobody."""

    data: Forecast


class Pledged(Recorded, frozen=True, kw_only=True, tag="pledged.v1"):
    """A unit is promised compute. Measured, and changes no holding."""

    data: PledgeMaking


class PledgeRevised(Recorded, frozen=True, kw_only=True, tag="pledge-revised.v1"):
    """Something else is promised."""

    data: PledgeRevision


class PledgeWithdrawn(Recorded, frozen=True, kw_only=True, tag="pledge-withdrawn.v1"):
    """Nothing is promised any more."""

    data: PledgeWithdrawal


class RateSet(Recorded, frozen=True, kw_only=True, tag="rate-set.v1"):
    """What a unit of a pool counts as was set, for display."""

    data: RateSetting


class Corrected(Recorded, frozen=True, kw_only=True, tag="corrected.v1"):
    """What an earlier event said was wrong (rule 8)."""

    data: Correction


class Proposed(Recorded, frozen=True, kw_only=True, tag="proposed.v1"):
    """A command waits for a second person; nothing is held for it."""

    data: Proposal


class ProposalClosed(Recorded, frozen=True, kw_only=True, tag="proposal-closed.v1"):
    """A command that waited was rejected, or withdrawn."""

    data: ProposalClosing


class Noted(Recorded, frozen=True, kw_only=True, tag="noted.v1"):
    """A note was put beside the record."""

    data: NoteText


Event = (
    PoolOpened | PoolClosed | CapacityChanged
    | UnitCreated | UnitRenamed | UnitMoved | UnitClosed
    | AuthorityDelegated | AuthorityRevoked | RulesSet | SplitDecided
    | Requested | RequestAmended | RequestWithdrawn | RequestDecided | DecisionAppealed
    | Granted | Released | Reallocated | Extended
    | Pledged | PledgeRevised | PledgeWithdrawn | RateSet
    | ReleaseForecast | Corrected | Proposed | ProposalClosed | Noted
)  # fmt: skip

TOPICS: dict[str, type[Recorded]] = {
    str(kind.__struct_config__.tag): kind for kind in Recorded.__subclasses__()
}
"""Every topic ever stored and the class that reads it."""
