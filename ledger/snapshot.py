"""The state to bytes and back, so that a start need not fold the whole log."""

from typing import Final

import msgspec
from msgspec import Struct

from ledger.blocks import Parts
from ledger.budgets import Budget
from ledger.capacity import CapacityBook, Change
from ledger.gathering import Gathering
from ledger.measures import Place
from ledger.periods import Instant
from ledger.pledges import PledgeRecord
from ledger.rates import RateRecord
from ledger.records import (
    DelegationRecord,
    GrantRecord,
    PoolRecord,
    ProposalRecord,
    RequestRecord,
    RulesRecord,
    UnitRecord,
)
from ledger.resting import Grants, Kept
from ledger.state import State
from ledger.steps import Steps


class _Kept(Struct, frozen=True, array_like=True):
    """What cannot be derived from the rest. Lists are built anew."""

    position: int
    recorded_at: Instant
    root: str | None
    pools: dict[str, PoolRecord]
    units: dict[str, UnitRecord]
    folded: dict[str, str]
    open_children: dict[str, int]
    delegations: dict[str, DelegationRecord]
    of_person: dict[str, tuple[str, ...]]
    rules: list[tuple[str | None, tuple[RulesRecord, ...]]]
    grants: list[GrantRecord]
    touched: dict[str, int]
    forecasts: dict[str, int]
    corrections: dict[int, int]
    proposals: dict[str, ProposalRecord]
    budgets: list[tuple[Place, Budget]]
    requests: dict[str, RequestRecord]
    pledges: dict[str, PledgeRecord]
    rates: dict[str, tuple[RateRecord, ...]]
    capacity: dict[str, list[Change]]
    free: dict[str, list[tuple[Instant, Parts]]]
    rest: Kept


DERIVED: Final = frozenset(
    {
        "journal",
        "live",
        "made",
        "measures",
        "over",
        "ticked",
        "_awaited",
        "in_hand",
        "_children",
        "_lineages",
        "_standings",
    }
)
"""What `Gathering.gathered` and the passing of time make of the rest."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_Kept)


def to_bytes(state: State) -> bytes:
    """The state at its position. Only the code that wrote them reads the bytes."""
    return _encoder.encode(
        _Kept(
            state.position,
            state.recorded_at,
            state.root,
            state.pools,
            state.units,
            state.folded,
            state.open_children,
            state.delegations,
            state.of_person,
            list(state.rules.items()),
            state.grants.at_hand(),
            state.touched,
            state.forecasts,
            state.corrections,
            state.proposals,
            list(state.budgets.items()),
            state.requests,
            state.pledges,
            state.rates,
            {pool: book.changes for pool, book in state.capacity.items()},
            {pool: free.packed() for pool, free in state.free.items()},
            state.grants.rest.kept,
        )
    )


def from_bytes(kept: bytes) -> State:
    """The state that was written; msgspec.ValidationError when other code wrote it."""
    return opened(kept).gathered()


def opened(kept: bytes) -> Gathering:
    """The same, ready to take in what was recorded since."""
    read = _decoder.decode(kept)
    state = Gathering()
    state.position = read.position
    state.recorded_at = state.ticked = read.recorded_at
    state.root = read.root
    state.pools = read.pools
    state.units = read.units
    state.folded = read.folded
    state.open_children = read.open_children
    state.delegations = read.delegations
    state.of_person = read.of_person
    state.rules = dict(read.rules)
    state.grants = Grants(read.rest)
    state.grants.update((grant.grant, grant) for grant in read.grants)
    state.touched = read.touched
    state.forecasts = read.forecasts
    state.corrections = read.corrections
    state.proposals = read.proposals
    state.budgets = dict(read.budgets)
    state.requests = read.requests
    state.pledges = read.pledges
    state.rates = read.rates
    for pool, changes in read.capacity.items():
        book = state.capacity[pool] = CapacityBook()
        for change in changes:
            book.insert(change)
    for pool, packed in read.free.items():
        state.free[pool] = Steps.unpacked(packed)
    return state
