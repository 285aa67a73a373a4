"""A fold of a long stretch of the log: what decisions ask of the state is built once, at its end.

Between two events nobody asks, so the lists of grants and the step functions need not be right
there. The facts are taken in by the same `ledger.evolve` as ever.
"""

from collections.abc import Iterable

from ledger.journal import Journal
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.state import State
from ledger.steps import Steps


class Sums(Journal):
    """Takes nothing back, and only counts what is added to each step function at which instant."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[int, tuple[Steps, dict[Instant, int]]] = {}

    def add(self, steps: Steps, start: Instant, end: Instant, quantity: int) -> None:
        """Count a quantity over `[start, end)`."""
        if start < end and quantity:
            found = self._of.get(id(steps))
            if found is None:  # a function that is kept here shares its id with no other
                found = self._of[id(steps)] = steps, {}
            changes = found[1]
            changes[start] = changes.get(start, 0) + quantity
            changes[end] = changes.get(end, 0) - quantity

    def spread(self) -> None:
        """Change each function by what was counted."""
        for steps, changes in self._of.values():
            steps.take_in(changes)
        self._of.clear()


class Gathering(State):
    """A state that takes in events and answers nothing, until `gathered` makes it a whole one."""

    def __init__(self) -> None:
        super().__init__()
        self.sums = Sums()
        self.journal = self.sums

    def tick(self, now: Instant) -> None:
        """Let time pass: nobody looks at what passes with it."""
        self.ticked = now

    def add_grant(self, grant: GrantRecord) -> None:
        """Do nothing: the grants are in the order made."""

    def keep_grant(self, grant: GrantRecord) -> None:
        """Replace the record of a grant."""
        self.grants[grant.grant] = grant

    def list_grant(self, grant: GrantRecord, now: Instant) -> None:
        """Do nothing: the lists are made of the records."""

    def gathered(self) -> State:
        """The state with its lists and functions. This one is used up by it."""
        whole = State()
        for name in vars(whole).keys() - {"journal"}:
            setattr(whole, name, getattr(self, name))
        self.sums.spread()
        list_all(whole, self.grants.values())
        return whole


def list_all(state: State, grants: Iterable[GrantRecord]) -> None:
    """Fill the empty lists of a state with its grants, given in the order made."""
    now = state.recorded_at
    for grant in grants:
        state.add_grant(grant)
        # Most of a long record is spent, and on no list.
        if grant.left or (grant.draws and grant.draws[-1].instant > now):
            state.list_grant(grant, now)
