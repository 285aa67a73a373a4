"""Sentences about who decides: delegations, rules, splits, proposals."""

import msgspec

from ledger.events import (
    AuthorityDelegated,
    AuthorityRevoked,
    ProposalClosed,
    Proposed,
    RulesSet,
    SplitDecided,
)
from ledger.facts import Delegation, Share
from projections.history.phrases import Background, listed, till


def delegated(event: AuthorityDelegated, _: Background) -> str:
    """A person may act over a unit."""
    given = event.data
    pools = "" if given.pools is None else f", for {listed(given.pools)}"
    most = "" if given.most is None else f", up to {given.most:,} at a time"
    return f"{given.to} became {given.role} of {given.unit}{pools}{most}{till(given.until)}"


def revoked(event: AuthorityRevoked, background: Background) -> str:
    """A person may act no more."""
    delegation = event.data.delegation
    match background.makers.get(delegation):
        case Delegation() as given:
            return f"{given.to} is {given.role} of {given.unit} no more"
        case _:
            return f"Delegation {delegation} was revoked"


def split(event: SplitDecided, _: Background) -> str:
    """Units may hold so much of a pool."""
    split = event.data
    shares = [f"{one.unit} {_limits(one)}" for one in split.shares]
    return f"{split.pool} was split below {split.parent}: {'; '.join(shares)}{till(split.until)}"


def _limits(share: Share) -> str:
    """A share in words: its amount, what cannot be taken, and the most it may have in hand."""
    said = [] if share.amount is None else [f"{share.amount:,}"]
    said += [] if share.floor is None else [f"at least {share.floor:,}"]
    said += [] if share.cap is None else [f"at most {share.cap:,}"]
    return ", ".join(said) or "without a budget"


def proposed(event: Proposed, _: Background) -> str:
    """A command waits for a second person."""
    asked = msgspec.json.decode(event.data.command)["do"].replace("_", " ")
    return f"A second person is to confirm: {asked}, {till(event.data.expires_at).strip()}"


def proposal_closed(event: ProposalClosed, _: Background) -> str:
    """A command waits no more."""
    return f"Proposal {event.data.proposal} was {event.data.outcome}"


def ruled(event: RulesSet, _: Background) -> str:
    """Settings that decide were set."""
    rules = event.data
    said: list[str] = []
    if rules.second_person_from is not None:
        said.append(f"from {rules.second_person_from:,} on a second person confirms")
    if rules.backdate_days is not None:
        said.append(f"facts may be dated back {_days(rules.backdate_days)}")
    if rules.notice_days is not None:
        said.append(f"{_days(rules.notice_days)} of notice are due")
    where = "" if rules.pool is None else f" for {rules.pool}"
    return f"Rules were set{where}: {', '.join(said)}" if said else f"Rules were set{where}"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"
