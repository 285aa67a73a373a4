"""What a process knows of the log: the state folded from it, and the tree over the same bytes."""

from collections.abc import Callable, Sequence

from ledger.codec import decode
from ledger.evolve import evolve
from ledger.folding import READ_AT_ONCE, load
from ledger.log import Log, LogUnavailable, StoredEvent
from ledger.seal.sealing import Sealing
from ledger.state import State
from ledger.sweeping import Sweep


class Known:
    """State and tree at one position, and what puts to rest there. They are let go of together."""

    __slots__ = ("sealing", "state", "sweep")

    def __init__(self, state: State, sealing: Sealing) -> None:
        """Take both; they are at the same position."""
        self.state = state
        self.sealing = sealing
        self.sweep = Sweep(state)

    def take_in(self, events: Sequence[StoredEvent]) -> None:
        """Take in what others appended."""
        for one in events:
            evolve(self.state, decode(one.stored))
        self.sealing.take_in(events)

    def let_rest(self, stored: int, looks: int) -> None:
        """Look at some grants though somebody asks, where it is late; `stored` as for a sweep."""
        if self.sweep.is_late:
            self.sweep.go_on(stored, looks)

    def take_back(self, sealing: Sealing) -> None:
        """Be again as before what the journal holds, where the tree was this one."""
        self.state.take_back()
        self.sealing = sealing

    def read_on(self, log: Log) -> None:
        """Take in what is committed by now. Nothing of one's own may be on its way."""
        self.state.journal.release()
        while page := log.read(self.state.position, READ_AT_ONCE):
            self.take_in(page)


def learn(log: Log, is_needed: Callable[[], bool] = lambda: True) -> Known:
    """Everything up to the head: the tree goes on from the newest seal, and is not made anew.

    Raises Unneeded when it is needed no longer before that is known.
    """
    sealing = Sealing(log.seal())
    state = load(log, is_needed)
    while (missing := state.position - sealing.size) > 0:
        sealing.take_in(log.read(sealing.size, min(missing, READ_AT_ONCE)))
    if missing < 0:
        raise LogUnavailable(f"the log ends at {state.position}, and its seal at {sealing.size}")
    return Known(state, sealing)
