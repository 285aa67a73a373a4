"""How each fact changes the state: one fold an event, no rule is judged here."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    CapacityChanged,
    Corrected,
    DecisionAppealed,
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
    Recorded,
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
from ledger.evolve import (
    corrections,
    delegations,
    grants,
    organisation,
    pledges,
    pools,
    proposals,
    requests,
    splits,
)
from ledger.evolve.changes import touch
from ledger.evolve.counting import counting
from ledger.state import State


def evolve(state: State, event: Recorded) -> None:
    """Fold one event into the state. Raises ValueError when its position is not the next."""
    if event.position != state.position + 1:
        raise ValueError(f"event {event.position} does not follow {state.position}")
    state.tick(event.recorded_at)
    apply(state, event)


def apply(state: State, event: Recorded) -> None:
    """Fold one event of the decision at hand, once the state has ticked to its time."""
    fold = FOLDS[type(event)]
    if state.measures:
        counting(state, event, fold)
    else:
        fold(state, event)
    if event.proposal is not None:
        proposals.carried_out(state, event)
    state.journal.advance(state, event.position, event.recorded_at)


def _noted(state: State, event: Noted) -> None:
    about = event.data.about
    if about.unit is not None:
        touch(state, about.unit, event.position)
    if about.request is not None:
        touch(state, about.request, event.position)
    if about.grant is not None:
        grant = state.grants[about.grant]
        state.keep_grant(replace(grant, touched=event.position))


FOLDS: Final[dict[type[Recorded], Callable[[State, Any], None]]] = {
    PoolOpened: pools.pool_opened,
    PoolClosed: pools.pool_closed,
    CapacityChanged: pools.capacity_changed,
    UnitCreated: organisation.unit_created,
    UnitRenamed: organisation.unit_renamed,
    UnitMoved: organisation.unit_moved,
    UnitClosed: organisation.unit_closed,
    AuthorityDelegated: delegations.authority_delegated,
    AuthorityRevoked: delegations.authority_revoked,
    RulesSet: delegations.rules_set,
    SplitDecided: splits.split_decided,
    Requested: requests.requested,
    RequestAmended: requests.request_amended,
    RequestWithdrawn: requests.request_withdrawn,
    RequestDecided: requests.request_decided,
    DecisionAppealed: requests.decision_appealed,
    Granted: grants.granted,
    Released: grants.released,
    Reallocated: grants.reallocated,
    Extended: grants.extended,
    ReleaseForecast: grants.release_forecast,
    Pledged: pledges.pledged,
    PledgeRevised: pledges.pledge_revised,
    PledgeWithdrawn: pledges.pledge_withdrawn,
    RateSet: pledges.rate_set,
    Corrected: corrections.corrected,
    Proposed: proposals.proposed,
    ProposalClosed: proposals.proposal_closed,
    Noted: _noted,
}
"""The fold of every topic. A topic without one cannot be followed, and a test says so."""
