"""Whatever a lead puts together alone, what they lead never has more than it had."""

import random
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.support.correcting import instead, never, quantity
from tests.support.division import SPEECH, VISION, give, tree
from tests.support.in_memory import InMemory, day

LED: Final = ("research", VISION, SPEECH)
UNITS: Final = (*LED, "products/app")
POOL: Final = "h100"
SOME: Final = (2, 2, 2, 4, 4, 8, "all")
INSTANTS: Final = tuple(day(half / 2) for half in range(-14, 90))
Ask = tuple[str, dict[str, Any]]


class Scheming:
    """A lead who tries what comes to mind, and what was had before they began."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.ledger = tree()
        give(self.ledger, "ann", "lead", "research")
        self.ledger.grant(SPEECH, 24, ends_at=day(20))
        self.ledger.grant(SPEECH, 16, starts_at=day(10), ends_at=day(30))
        self.ledger.grant(VISION, 8, borrowed=True)
        self.had = held(self.ledger)
        self.passed = 0

    def try_something(self) -> None:
        """Ask for one thing, or several at once; most of it is refused."""
        legs = [self.one() for _ in range(self.rng.choice((1, 1, 1, 2)))]
        if len(legs) == 1:
            given = self.ledger.ask(legs[0][0], by="ann", **legs[0][1])
        else:
            named = [{"do": do, **{name.rstrip("_"): value for name, value in fields.items()}}
                     for do, fields in legs]  # fmt: skip
            given = self.ledger.ask("decision", by="ann", legs=named)
        self.passed += given.status == 201
        self.ledger.go_to(day(self.rng.choice((0, 0, 0, 0, 1, 2, 6))))

    def one(self) -> Ask:
        """One thing to ask for."""
        ways: tuple[Callable[[], Ask], ...] = (
            self.release, self.move, self.lend, self.extend, self.correct, self.correct,
        )  # fmt: skip
        return self.rng.choice(ways)()

    def release(self) -> Ask:
        """Give back, now or at another date."""
        kind = self.rng.choice(("returned", "reclaimed"))
        return "release", {"pool": POOL, "unit": self.rng.choice(LED), "kind": kind, "reason": "r",
                           "quantity": self.rng.choice(SOME), **self.dated()}  # fmt: skip

    def move(self) -> Ask:
        """Move inside or outside, for any time and class."""
        taken = {
            "unit": self.rng.choice(LED),
            "quantity": self.rng.choice(SOME),
        }
        if self.rng.random() < 0.5:
            taken = {"grant": self.grant(), "quantity": self.rng.choice((2, 4, 8))}
        return "reallocate", {"pool": POOL, "from_": [taken], "to": self.rng.choice(UNITS),
                              "borrowed": self.rng.random() < 0.5, "reason": "r",
                              "advance": self.rng.random() < 0.5,
                              "ends_at": self.end(), **self.dated()}  # fmt: skip

    def lend(self) -> Ask:
        """Lend, inside or outside."""
        return "lend", {"pool": POOL, "from_": {"unit": self.rng.choice(LED)}, "quantity": 4,
                        "to": self.rng.choice(UNITS), "returns_at": day(18)}  # fmt: skip

    def extend(self) -> Ask:
        """Another end."""
        return "extend", {"grant": self.grant(), "ends_at": self.end(), "reason": "r"}

    def correct(self) -> Ask:
        """Say that something never happened, was more, or was at another time, of another unit."""
        last = len(self.ledger.events)
        position = self.rng.randrange(max(1, last - 5), last + 1)
        fact = self.ledger.facts()[position - 1]
        way = self.rng.randrange(4)
        if way == 0:
            return "correct", never(self.ledger, position)
        if way == 1 and {"quantity", "legs"} & fact["data"].keys():
            return "correct", quantity(self.ledger, position, self.rng.choice((2, 8, 32)))
        if way == 2 and "ends_at" in fact["data"]:
            return "correct", instead(self.ledger, position, ends_at=self.end())
        return "correct", instead(self.ledger, position, day(self.rng.choice((-3, 0, 5, 15))))

    def grant(self) -> str:
        """Any grant there is."""
        return self.rng.choice(list(self.ledger.state.grants))

    def end(self) -> str | None:
        """Any end."""
        number = self.rng.choice((None, 16, 18, 20, 30, 40))
        return None if number is None else day(number)

    def dated(self) -> dict[str, Any]:
        """Now, or at another date."""
        number = self.rng.choice((None, None, -2, 5, 15))
        return {} if number is None else {"effective_at": day(number)}


def held(ledger: InMemory) -> list[int]:
    """What those who are led have in hand together, at every instant."""
    return [sum(ledger.holds(unit, at) for unit in LED) for at in INSTANTS]


@pytest.mark.parametrize("seeds", [range(part, part + 20) for part in (0, 20, 40)], ids=str)
def test_a_lead_alone_gains_nothing(seeds: range) -> None:
    passed = 0
    for seed in seeds:
        scheming = Scheming(seed)
        for _ in range(12):
            scheming.try_something()
            now = held(scheming.ledger)
            more = [(at, had, has) for at, had, has in zip(INSTANTS, scheming.had, now, strict=True)
                    if has > had]  # fmt: skip
            assert more == [], scheming.ledger.facts()[-3:]
        passed += scheming.passed
    assert passed > 2 * len(seeds), "too little of it passes to tell anything"
