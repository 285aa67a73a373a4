"""A command that needs a second person waits for one, and is judged anew when they confirm it."""

from datetime import timedelta
from typing import Final

import msgspec
from msgspec import Raw

from ledger.authority import ANY
from ledger.codec import canonical
from ledger.commands import AnyCommand, CloseProposal, Confirm
from ledger.decide.existence import demand_none_changed
from ledger.decide.judging import Judging
from ledger.events import ProposalClosed, Proposed
from ledger.facts import Proposal, ProposalClosing
from ledger.periods import Instant, shifted
from ledger.records import ProposalRecord
from ledger.refusals import NotYoursToDecide, ProposalOver, UnknownProposal
from ledger.state import State

LAPSES_AFTER: Final = timedelta(days=7)
"""So long a proposal waits (domain, rule 6)."""
SECOND_PERSON: Final = "second_person"
_command: Final = msgspec.json.Decoder(AnyCommand)


def propose(judging: Judging, command: AnyCommand) -> tuple[str, Instant]:
    """Record that a command waits for a second person; returns the proposal and until when.

    It was judged already, and all but the second person is there.
    """
    expires_at = shifted(judging.now, LAPSES_AFTER)
    data = Proposal(
        proposal=judging.new_id(),
        command=Raw(canonical(command)),
        needs=(SECOND_PERSON,),
        expires_at=expires_at,
    )
    judging.allow_any()
    judging.record(Proposed, data, judging.now)
    return data.proposal, expires_at


def close_proposal(judging: Judging, command: CloseProposal) -> None:
    """Record that a proposal is not carried out: withdrawn by who made it, or rejected.

    Whoever may give the command may reject it: that is judged where the command is
    (`ledger.answers`), and so is whether what it names has changed since it was seen.
    """
    record = waiting(judging.state, command.proposal, judging.now, judging.leg)
    is_own = record.by == judging.actor.person
    if is_own != (command.outcome == "withdrawn"):
        raise NotYoursToDecide(
            f"{record.by} made it: who made a proposal withdraws it, others reject it",
            leg=judging.leg,
        )
    if command.outcome == "rejected":
        if not judging.actor.held(ANY):
            raise judging.actor.lacking("the right to what was proposed", judging.leg)
        judging.need_words("A rejection takes something away")
    demand_none_changed(judging, judging.stale)
    judging.allow_any()
    data = ProposalClosing(proposal=record.proposal, outcome=command.outcome)
    judging.record(ProposalClosed, data, judging.now)


def waiting(state: State, proposal: str, now: Instant, leg: int) -> ProposalRecord:
    """A proposal that waits. Raises UnknownProposal, ProposalOver."""
    record = state.proposals.get(proposal)
    if record is None:
        raise UnknownProposal(f"There is no proposal {proposal}", leg=leg)
    if record.ended is not None:
        raise ProposalOver(f"It was confirmed or closed at position {record.ended}", leg=leg)
    if record.expires_at <= now:
        raise ProposalOver(f"It lapsed at {record.expires_at}", leg=leg)
    return record


def command_of(record: ProposalRecord) -> AnyCommand:
    """The command that waits."""
    return _command.decode(record.command)


def named_by(state: State, command: AnyCommand) -> AnyCommand:
    """The command that is carried out by one: of a confirmation what was proposed."""
    if isinstance(command, (Confirm, CloseProposal)):
        record = state.proposals.get(command.proposal)
        if record is not None:
            return command_of(record)
    return command
