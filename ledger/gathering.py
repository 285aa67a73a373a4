"""A fold of a long stretch of the log: what decisions ask of the state is built once, at its end.

Between two events nobody asks, so the lists of grants and the step functions need not be right
there. The facts are taken in by the same `ledger.evolve` as ever.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final

from ledger.events import TOPICS, Recorded
from ledger.evolve import FOLDS
from ledger.evolve.counting import measured
from ledger.evolve.proposals import carried_out
from ledger.gists import GISTS
from ledger.journal import Journal
from ledger.measures import Measures
from ledger.periods import Instant, shifted
from ledger.records import GrantRecord
from ledger.resting import AT_HAND, is_over
from ledger.state import State
from ledger.steps import Delta, Steps

_FOLDS: Final = {**FOLDS, **{GISTS[topic]: FOLDS[kind] for topic, kind in TOPICS.items()}}


class Sums(Journal):
    """Takes nothing back, and only counts what is added to each step function at which instant."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        super().__init__()
        self._of: dict[int, tuple[Steps, dict[Instant, int]]] = {}

    def add_sum(self, steps: Steps, deltas: Sequence[Delta]) -> None:
        """Count what deltas change, each at its two ends."""
        found = self._of.get(id(steps))
        if found is None:  # a function that is kept here shares its id with no other
            found = self._of[id(steps)] = steps, {}
        changes = found[1]
        for start, end, quantity in deltas:
            if start < end:
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

    def take_in(self, events: Iterable[Recorded]) -> None:
        """Fold events, or their gists, as `evolve` does.

        Raises ValueError when a position is not the next.
        """
        position = self.position
        for event in events:
            position += 1
            if event.position != position:
                raise ValueError(f"event {event.position} does not follow {position - 1}")
            _FOLDS[type(event)](self, event)
            if event.proposal is not None:
                carried_out(self, event)
            self.position = position
            self.recorded_at = self.ticked = event.recorded_at

    def add_grant(self, grant: GrantRecord) -> None:
        """Take in a grant that is made."""
        self.grants[grant.grant] = grant

    def list_made(self, grant: GrantRecord) -> None:
        """Do nothing: the lists are made of the records."""

    def keep_grant(self, grant: GrantRecord) -> None:
        """Replace the record of a grant."""
        self.grants[grant.grant] = grant

    def list_grant(self, grant: GrantRecord, now: Instant, was: GrantRecord | None = None) -> None:
        """Do nothing: the lists are made of the records."""

    def measure(self, pool: str, unit: str, count: Callable[[State, str, str], Measures]) -> None:
        """Do nothing: what units hold is counted once, at the end."""

    def let_rest(self, at_hand: timedelta = AT_HAND) -> None:
        """Put away the grants that are over, and what the pools had free so long ago."""
        self.sums.spread()
        horizon = shifted(self.recorded_at, -at_hand)
        grants = self.grants
        for grant in grants.at_hand():
            if is_over(grant, horizon) and grants.rest.lay(grant):
                del grants[grant.grant]
        grants.rest.kept.horizon = max(horizon, grants.rest.kept.horizon)
        for free in self.free.values():
            for _ in free.packing(horizon):
                pass

    def gathered(self) -> State:
        """The state with its lists and functions. This one is used up by it."""
        self.sums.spread()
        whole = State()
        # Its journal, and what goes through that, are its own.
        for name in vars(whole).keys() - {"journal", "_awaited"}:
            setattr(whole, name, getattr(self, name))
        _list_all(whole)
        for pool, unit in whole.budgets:
            whole.measure(pool, unit, measured)
        return whole


def _list_all(state: State) -> None:
    """Fill the empty lists of a state with the grants at hand."""
    now = state.recorded_at
    made = state.made
    ended: list[GrantRecord] = []
    for holder in state.grants.rest.holders():
        made[holder] = []
    for grant in state.grants.at_hand():
        place = grant.pool, grant.unit
        names = made.get(place)
        if names is None:
            made[place] = [grant.grant]
        else:
            names.append(grant.grant)
        # Most of a long record is spent, and on no list.
        if grant.end <= now:
            ended.append(grant)
        elif grant.left or (grant.draws and grant.draws[-1].instant > now):
            state.list_grant(grant, now)
    state.list_over(ended)
