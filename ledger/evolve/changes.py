"""What every fold may need: note that a unit was touched, change what a pool has free."""

from msgspec.structs import replace

from ledger.state import State
from ledger.steps import Delta


def touch(state: State, unit: str, position: int) -> None:
    """Remember the last event that names a unit."""
    state.journal.put(state.touched, unit, position)


def touch_lender(state: State, grant: str, position: int) -> None:
    """Note that something concerned a lender as well, where a grant is a loan."""
    lender = state.grants[grant].lender
    if lender is not None:
        lending = state.grants[lender]
        state.keep_grant(replace(lending, touched=position))
        touch(state, lending.unit, position)


def add(state: State, pool: str, deltas: list[Delta]) -> None:
    """Change what a pool has free by the sum of the deltas."""
    state.journal.add_sum(state.free[pool], deltas)
