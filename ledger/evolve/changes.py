"""What every fold may need: note that a unit was touched, change what a pool has free."""

from ledger.state import State
from ledger.steps import Delta


def touch(state: State, unit: str, position: int) -> None:
    """Remember the last event that names a unit."""
    state.journal.put(state.touched, unit, position)


def add(state: State, pool: str, deltas: list[Delta]) -> None:
    """Change what a pool has free by the sum of the deltas."""
    state.journal.add_sum(state.free[pool], deltas)
