"""What is long over goes to rest while the state is at work, a little at a time.

A process that judges for months would otherwise keep every grant it ever saw at hand: a thousand
bytes each, where one at rest takes about a hundred.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ledger.measures import Place
from ledger.periods import shifted
from ledger.resting import AT_HAND, is_over
from ledger.state import State

AT_ONCE: Final = 16
"""So many grants at one place are looked at together."""
AGAIN_AFTER: Final = 10_000
"""All are looked at again after so many events, or as many as there were grants to look at."""


class Sweep:
    """Goes through the grants at hand of one state, over and over, and puts away what is over.

    It goes on between two judgements, also while the journal holds facts that are not stored yet:
    what these touched is left for another time, and nothing else is missed when they are taken
    back.
    """

    def __init__(
        self, state: State, *, at_hand: timedelta = AT_HAND, again_after: int = AGAIN_AFTER
    ) -> None:
        """Take how long after its end a grant stays at hand, and the events between two rounds."""
        self._state = state
        self._at_hand = at_hand
        self._again_after = again_after
        self._under_way: Iterator[int] | None = None
        self._stored = 0
        self._seen = 0
        self._next = state.position

    @property
    def is_due(self) -> bool:
        """Whether some grants are to be looked at, once nobody asks for anything."""
        return self._state.position >= self._next

    @property
    def is_late(self) -> bool:
        """Whether they have been for long, because somebody always asks."""
        return self._state.position >= self._next + self._again_after

    def go_on(self, stored: int, looks: int) -> None:
        """Look at so many more grants, or a few more than that, and put away what is over.

        The log is stored up to a position. Until all were looked at it is due.
        """
        if self._under_way is None:
            self._under_way = self._all()
            self._seen = 0
        self._stored = stored
        until = self._seen + looks
        for seen in self._under_way:
            self._seen += seen
            if self._seen >= until:
                return
        self._under_way = None
        self._next = self._state.position + max(self._again_after, self._seen)

    def _all(self) -> Iterator[int]:
        """Everything, with a stop after each few: how many grants, or parts of what was free."""
        state = self._state
        rest = state.grants.rest.kept
        rest.horizon = max(rest.horizon, shifted(state.recorded_at, -self._at_hand))
        for place in list(state.made):
            yield from self._of(place)
        for free in list(state.free.values()):
            for _ in free.packing(rest.horizon):
                yield 1

    def _of(self, place: Place) -> Iterator[int]:
        names = self._state.made[place]
        begin = 0
        while begin < len(names):
            some = names[begin : begin + AT_ONCE]
            left = [name for name in some if not self._rests(name)]
            if len(left) < len(some):
                names[begin : begin + len(some)] = left
            begin += len(left)
            yield len(some)

    def _rests(self, name: str) -> bool:
        """Whether a grant is at rest: from now on, or for longer."""
        grants = self._state.grants
        if not grants.is_at_hand(name):
            return True
        grant = grants[name]
        if grant.touched > self._stored or not is_over(grant, grants.rest.kept.horizon):
            return False
        if not grants.rest.lay(grant):
            return False
        del grants[name]
        self._state.unlist_over(grant)
        return True
