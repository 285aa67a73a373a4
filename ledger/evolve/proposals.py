"""How commands that wait for a second person change the state."""

from msgspec.structs import replace

from ledger.events import ProposalClosed, Proposed, Recorded
from ledger.records import ProposalRecord
from ledger.state import State


def proposed(state: State, event: Proposed) -> None:
    """A command waits; nothing is held for it."""
    fact = event.data
    record = ProposalRecord(
        proposal=fact.proposal,
        by=event.by,
        command=bytes(fact.command),
        expires_at=fact.expires_at,
        position=event.position,
    )
    state.journal.put(state.proposals, fact.proposal, record)


def proposal_closed(state: State, event: ProposalClosed) -> None:
    """A command waits no more, and was not carried out."""
    _end(state, event.data.proposal, event)


def carried_out(state: State, event: Recorded) -> None:
    """An event that a second person confirmed ends the proposal it carries out."""
    if event.proposal is not None:
        _end(state, event.proposal, event)


def _end(state: State, name: str, event: Recorded) -> None:
    record = state.proposals[name]
    if record.ended is None:
        state.journal.put(state.proposals, name, replace(record, ended=event.position))
