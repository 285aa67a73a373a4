"""What random asks are made of, drawn by a seed: who, how much, which grant, and when."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar

from ledger.events import Recorded
from ledger.periods import Instant, from_datetime
from ledger.state import State

T = TypeVar("T")
DAY: Final = 86_400
NOBODY: Final = "01890000-0000-7000-8000-000000000000"
"""An id that nothing has."""
POOLS: Final = ("h100", "a100")
UNITS: Final = ("east", "west", "alpha", "beta", "gamma")


class Draw:
    """Draws from a state, and from the events it was made of, at a moment."""

    def __init__(
        self, random: Random, state: State, events: Sequence[Recorded], moment: datetime
    ) -> None:
        self.random = random
        self.state = state
        self.events = events
        self._moment = moment
        self.seconds = 0
        """How far from the moment the leg that is drawn takes effect."""

    def turn(self) -> None:
        """Begin the next leg, at a time of its own."""
        self.seconds = self.offset()

    def chance(self, of_one: float) -> bool:
        """Whether what happens so often happens now."""
        return self.random.random() < of_one

    def perhaps(self, value: T) -> T | None:
        return value if self.chance(0.6) else None

    def of(self, some: Iterable[Any]) -> Any:
        """One of these; of none, an id that nothing has."""
        found = list(some)
        return self.random.choice(found) if found else NOBODY

    def some(self, names: Sequence[str]) -> list[str]:
        """Up to three of these."""
        return self.random.sample(names, min(len(names), self.of((1, 2, 3))))

    def up_to(self, number: int) -> int:
        """A number below this one, 0 or more."""
        return self.random.randrange(number)

    def few(self) -> int:
        """A quantity."""
        return self.of((1, 1, 2, 3, 5, 8, 20))

    def offset(self) -> int:
        """Seconds from the moment: none, or few, which is where limits meet; or hours, or days."""
        return self.of((
            0,
            self.of((-3, -2, -1, 1, 2, 3, 5, 8, 13)),
            self.of((-1, 1)) * self.random.randrange(60, 4000),
            self.random.randrange(-6, 10) * DAY,
        ))  # fmt: skip

    def at(self, seconds: int | None = None) -> Instant:
        """An instant so many seconds from the moment; unsaid, when the leg takes effect."""
        seconds = self.seconds if seconds is None else seconds
        return from_datetime(self._moment + timedelta(seconds=seconds))

    def end(self) -> Instant:
        """An instant behind that at which the leg takes effect."""
        return self.at(self.seconds + abs(self.offset()) + 1)

    def name(self) -> str:
        """A new name, mostly."""
        return f"n{self.up_to(10_000)}"

    def pool(self) -> str:
        return "h100" if self.chance(0.85) else self.of(self.state.pools)

    def unit(self) -> str:
        return self.of(UNITS if self.chance(0.9) else self.state.units)

    def request(self) -> str:
        return self.of(self.state.requests)

    def pledge(self) -> str:
        return self.of(self.state.pledges)

    def grant(self) -> str:
        """A grant by name: mostly a late one, of those at hand or of all that ever were."""
        grants = self.state.grants
        at_hand = [one.grant for one in grants.at_hand()]
        names = at_hand if self.chance(0.7) else list(grants)
        return self.of(names[-8:] if self.chance(0.7) else names)

    def of_grant(self) -> dict[str, Any]:
        """A named grant and a quantity, mostly one that it has in hand."""
        now = self.at(max(self.seconds, 0))
        held = [(one.grant, self.state.hold_at(one, now)) for one in self.state.grants.at_hand()]
        held = [one for one in held if one[1] > 0]
        if not held or self.chance(0.3):
            return {"grant": self.grant(), "quantity": self.few()}
        name, hold = self.random.choice(held)
        return {"grant": name, "quantity": self.random.randint(1, hold)}
