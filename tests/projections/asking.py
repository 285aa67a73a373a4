"""Random things to ask for, among them loans, plans and corrections, of a ledger in memory."""

from collections.abc import Callable
from random import Random
from typing import Any

from ledger.events import Extended, Granted, Reallocated, Released
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import InMemory, day, lab

UNITS = ("alpha", "beta", "gamma")
Fields = dict[str, Any]
Act = Callable[[], tuple[str, Fields]]


class Asking:
    """Asks for random things; what is refused leaves nothing."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.ledger = lab(*UNITS, total=60, since=day(-30), backdate_days=90)
        self.today = 0

    def ask(self, times: int) -> InMemory:
        """So many asks, one behind the other, some as one decision."""
        acts = self.acts()
        for _ in range(times):
            self.today += self.random.choice((0, 0, 1, 2))
            self.ledger.go_to(day(self.today))
            legs = [self.random.choice(acts)() for _ in range(self.random.choice((1, 1, 1, 2)))]
            made = [{"do": do, **fields} for do, fields in legs if do]
            if len(made) > 1:
                self.ledger.ask("decision", reason="because", legs=made)
            elif made:
                fields: Fields = {"reason": "because", **made[0]}
                self.ledger.ask(fields.pop("do"), **fields)
        return self.ledger

    def acts(self) -> tuple[Act, ...]:
        """What may be asked for, the frequent things more than once."""
        return (
            self._grant, self._grant, self._lend, self._lend, self._release, self._schedule,
            self._move, self._extend, self._end, self._correct, self._correct, self._correct,
        )  # fmt: skip

    def _at(self) -> str:
        return day(self.today + self.random.choice((-6, -2, 0, 0, 3, 8)))

    def _unit(self) -> str:
        return self.random.choice(UNITS)

    def _grants(self) -> list[str]:
        return [
            event.data.grant if isinstance(event, Granted) else event.data.to_grant
            for event in self.ledger.events
            if isinstance(event, Granted | Reallocated)
        ]

    def _grant(self) -> tuple[str, Fields]:
        ends = self.random.choice((None, day(self.today + self.random.randint(9, 40))))
        return "grant", {"pool": "h100", "unit": self._unit(), "effective_at": self._at(),
                         "quantity": self.random.randint(4, 16), "ends_at": ends}  # fmt: skip

    def _lend(self) -> tuple[str, Fields]:
        start = self.today + self.random.choice((-3, 0, 4))
        return "lend", {"pool": "h100", "from": {"unit": self._unit()}, "to": self._unit(),
                        "quantity": self.random.randint(1, 9), "effective_at": day(start),
                        "returns_at": day(start + self.random.randint(1, 12))}  # fmt: skip

    def _release(self) -> tuple[str, Fields]:
        grants = self._grants()
        if not grants:
            return "", {}
        one = {"grant": self.random.choice(grants), "quantity": self.random.randint(1, 5)}
        return "release", {"grants": [one], "effective_at": self._at()}

    def _schedule(self) -> tuple[str, Fields]:
        ahead = day(self.today + self.random.randint(1, 15))
        return "release", {"pool": "h100", "unit": self._unit(), "effective_at": ahead,
                           "quantity": self.random.randint(1, 9)}  # fmt: skip

    def _move(self) -> tuple[str, Fields]:
        source = {"unit": self._unit(), "quantity": self.random.choice((2, 5, "all"))}
        return "reallocate", {"pool": "h100", "from": [source], "to": self._unit(),
                              "effective_at": self._at()}  # fmt: skip

    def _extend(self) -> tuple[str, Fields]:
        grants = self._grants()
        if not grants:
            return "", {}
        ends = self.random.choice((None, day(self.today + self.random.randint(-4, 30))))
        return "extend", {"grant": self.random.choice(grants), "ends_at": ends}

    def _end(self) -> tuple[str, Fields]:
        return "release", {"pool": "h100", "unit": self._unit(), "quantity": "all",
                           "effective_at": self._at()}  # fmt: skip

    def _correct(self) -> tuple[str, Fields]:
        facts = [
            event
            for event in self.ledger.events
            if isinstance(event, Granted | Released | Reallocated | Extended)
        ]
        if not facts:
            return "", {}
        event = self.random.choice(facts)
        match self.random.choice(("never", "quantity", "quantity", "when", "end", "unit")):
            case "never":
                fields = never(self.ledger, event.position)
            case "quantity" if not isinstance(event, Extended):
                fields = quantity(self.ledger, event.position, self.random.randint(1, 16))
            case "end" if not isinstance(event, Released):
                ends = day(self.today + self.random.randint(-5, 30))
                fields = instead(self.ledger, event.position, ends_at=ends)
            case "unit" if isinstance(event, Granted):
                fields = instead(self.ledger, event.position, unit=self._unit())
            case _:
                fields = instead(self.ledger, event.position, at=self._at())
        return "correct", fields
