"""A peer under the same crowd as the ledger: the same moves, as often, counted the same way."""

from typing import Protocol

from tests.benchmarks.crowd import Act, crowd
from tests.benchmarks.figures import Beside, Gate, Load, Spread
from tests.benchmarks.moving import WORDS, drawn


class Mover(Protocol):
    """What a peer can do. `conflicts` counts how often it had to try again."""

    conflicts: int

    def reallocate(self, source: str, target: str, quantity: int, reason: str) -> int:
        """Move, durably; a conflict is tried again until there is none."""
        ...

    def stored(self) -> int:
        """How many events there are."""
        ...


class Rival:
    """One peer, and what was measured of it so far."""

    def __init__(
        self, name: str, mover: Mover, clients: int, *, events_each: int, is_apart: bool = False
    ) -> None:
        """Take the peer, how many clients it has, and how many events one move leaves."""
        self.name = name
        self.loads: list[Load] = []
        self._mover = mover
        self._events_each = events_each
        self._opened = mover.stored()
        self._acts = [self._act(client, clients, is_apart=is_apart) for client in range(clients)]

    def run(self, seconds: float) -> None:
        """Let all its clients move for so long; they go on where they stopped."""
        self.loads.append(crowd(len(self._acts), seconds, lambda number: self._acts[number]))

    @property
    def rates(self) -> list[float]:
        """Moves a second, run by run."""
        return [load.rate for load in self.loads]

    def beside(self) -> Beside:
        """The figure for the table."""
        return Beside(name=self.name, figure=Spread.of(self.rates), note=self.tried_again())

    def tried_again(self) -> str:
        """How often it met a conflict, in words."""
        answers = sum(load.answers for load in self.loads)
        return f"{self._mover.conflicts / max(1, answers):.2f} conflicts a move"

    def gate(self) -> Gate:
        """Whether it stored as many events as its answers say."""
        answers = sum(load.answers for load in self.loads)
        stored = self._mover.stored() - self._opened
        return Gate(
            f"{self.name}: {self._events_each} stored for each answer",
            stored == answers * self._events_each and answers > 0,
            f"{answers} answers, {stored} stored, {self.tried_again()}",
        )

    def _act(self, client: int, clients: int, *, is_apart: bool) -> Act:
        source = drawn(client, clients, is_apart=is_apart)

        def act() -> None:
            giver, taker, quantity = next(source)
            self._mover.reallocate(giver, taker, quantity, WORDS)

        return act
