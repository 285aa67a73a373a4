"""Random histories in which units ask for compute, too, and are answered."""

from collections.abc import Callable

from msgspec.structs import replace

from ledger.events import Event, Granted, Reallocated
from ledger.periods import Instant
from ledger.request_facts import Appealing, RequestAmendment, RequestMaking, RequestWithdrawal
from tests.projections.deciding import Decider
from tests.projections.histories import POOLS, UNITS
from tests.support.facts import day
from tests.support.request_facts import amended, answered, wanted


class Asker(Decider):
    """Writes what a decider does, and asks, amends, answers and appeals."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.asked: dict[str, RequestMaking] = {}
        self.answered: set[str] = set()

    def acts(self) -> tuple[Callable[[], None], ...]:
        """What may be done."""
        return (
            *super().acts(), self._ask, self._ask, self._ask, self._amend, self._answer,
            self._answer, self._answer, self._appeal, self._appeal, self._withdraw,
            self._give, self._give, self._give,
        )  # fmt: skip

    def _some(self) -> str | None:
        return self.random.choice([*self.asked]) if self.asked else None

    def _ends(self) -> Instant | None:
        return self.random.choice((None, day(self.today + self.random.randint(2, 40))))

    def _ask(self) -> None:
        self.made += 1
        pools = self.random.sample(POOLS, self.random.randint(1, len(POOLS)))
        fact = wanted(
            f"r{self.made}", self.random.choice(UNITS), self.random.randint(1, 60), *pools,
            ends=self._ends(), priority=self.random.choice(("low", "normal", "critical")),
        )  # fmt: skip
        self.asked[f"r{self.made}"] = fact
        self.told(fact)

    def _amend(self) -> None:
        name = self._some()
        if name is not None:
            words = self.random.choice((None, "It is needed sooner"))
            fact: RequestAmendment = amended(
                self.asked[name], self.random.randint(1, 60), ends=self._ends(),
                justification=words,
            )  # fmt: skip
            self.told(fact)

    def _answer(self) -> None:
        name = self._some()
        if name is None:
            return
        outcome = self.random.choice(("approved", "partly", "denied", "deferred"))
        awards = [(pool, self.random.randint(1, 30)) for pool in self.asked[name].pools]
        self.answered.add(name)
        self.told(
            answered(
                name, outcome, *awards[: 0 if outcome in {"denied", "deferred"} else 2],
                rest="waits" if outcome == "deferred" else self.random.choice(("waits", "closed")),
                priority=self.random.choice((None, "high")),
            )
        )  # fmt: skip

    def _appeal(self) -> None:
        names = [name for name in self.asked if name in self.answered]
        if names:
            name = self.random.choice(names)
            self.told(Appealing(request=self.asked[name].request))

    def _withdraw(self) -> None:
        name = self._some()
        if name is not None and self.random.random() < 0.3:
            self.told(RequestWithdrawal(request=self.asked.pop(name).request))

    def _give(self) -> None:
        """What is granted or moved next is for a request."""
        name = self._some()
        if name is None:
            return
        first = self.book.head
        self.random.choice((self._grant, self._grant, self._move, self._lend))()
        told: list[Event] = [
            replace(event, request=self.asked[name].request)
            if isinstance(event, Granted | Reallocated)
            else event
            for event in self.book.events[first:]
        ]
        self.book.events[first:] = told
