"""Loans and corrections of what is long over and at rest: judged like a log folded in turn."""

import random
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from ledger.evolve import evolve
from ledger.periods import Instant, shifted
from ledger.snapshot import from_bytes, to_bytes
from tests.ledger.test_gathering import DAYS, UNITS, act, books, folded, gathered
from tests.support.correcting import WORDS, never, standing
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"
SAID = ("granted.v1", "released.v1", "reallocated.v1", "extended.v1")


class Lived:
    """Most of a year of grants, loans, and second thoughts about any of them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.ledger = lab(*UNITS, total=400, backdate_days=3650)
        self.made: list[str] = []
        self.said: list[int] = []
        self.passed: set[str] = set()
        for number in range(DAYS * 2):
            self.ledger.go_to(day(1 + number / 2))
            self.tell(number / 2)

    def tell(self, today: float) -> None:
        do, fields = self.ask(today)
        asked: dict[str, Any] = {"reason": "as agreed"} | fields
        given = self.ledger.ask(do, **asked)
        if given.status != 201:
            return
        self.passed.add(do)
        for event in msgspec.json.decode(given.body)["events"]:
            data = event["data"]
            if event["topic"] in ("granted.v1", "reallocated.v1"):
                self.made.append(data.get("grant") or data["to_grant"])
            if event["topic"] in SAID:
                self.said.append(event["position"])

    def ask(self, today: float) -> tuple[str, dict[str, Any]]:
        """Some command; a third of them correct an event of any age."""
        kind = self.rng.choice(("act", "act", "short", "lend", "correct", "correct"))
        if kind == "short":
            return "grant", {
                "pool": POOL, "unit": self.rng.choice(UNITS), "quantity": 2,
                "ends_at": day(today + self.rng.randrange(3, 12)),
            }  # fmt: skip
        if kind == "lend" and self.made:
            to = self.rng.choice(UNITS)
            return "lend", {
                "pool": POOL, "from": {"grant": self.rng.choice(self.made[-9:])}, "to": to,
                "quantity": self.rng.randrange(1, 4),
                "returns_at": day(today + self.rng.randrange(3, 40)),
            }  # fmt: skip
        if kind == "correct" and self.said:
            return "correct", self.correction()
        return act(self.rng, today, self.made)

    def correction(self) -> dict[str, Any]:
        position = self.rng.choice(self.said[-20:] if self.rng.random() < 0.4 else self.said)
        supersedes, said = standing(self.ledger, position)
        if said is None or self.rng.random() < 0.2:
            return never(self.ledger, position)
        data, at = said["data"], said["effective_at"]
        way = self.rng.choice(("unit", "unit", "quantity", "shift", "end"))
        if way == "unit":
            name = "to_unit" if "to_unit" in data else "unit"
            data = data | ({name: self.rng.choice(UNITS)} if name in data else {})
        elif way == "quantity" and "legs" not in data and "quantity" in data:
            data = data | {"quantity": max(1, data["quantity"] + self.rng.randrange(-2, 3))}
        elif way == "end" and "ends_at" in data:
            data = data | {"ends_at": shifted(Instant(data["ends_at"] or day(DAYS)), _days(-9))}
        else:
            at = shifted(Instant(at), _days(self.rng.choice((-3, 3, 20))))
        replacement = {"effective_at": at, "data": data}
        return {"corrects": position, "supersedes": supersedes, "replacement": replacement,
                "reason": WORDS}  # fmt: skip


def _days(number: int) -> timedelta:
    return timedelta(days=number)


@pytest.fixture(scope="module", params=[1, 2, 3])
def lived(request: pytest.FixtureRequest) -> Lived:
    return Lived(request.param)


def test_what_is_at_rest_is_corrected_and_lent_out_among_what_is_tried(lived: Lived) -> None:
    assert {"grant", "lend", "correct", "extend", "reallocate"} <= lived.passed
    events = lived.ledger.events
    half = len(events) // 2
    state = gathered(events[:half], 40)
    units = {name: grant.unit for name, grant in state.grants.items()}
    resting = {name for name in units if state.grants.rest.holds(name)}
    for event in events[half:]:
        evolve(state, event)
    assert any(state.grants[name].unit != units[name] for name in resting)
    assert any(not state.grants[name].first for name in resting)
    assert any(state.grants[name].loans or state.grants[name].lender for name in resting)


@pytest.mark.parametrize("rest_every", [1, 40, 10_000])
def test_gathered_corrections_make_the_state_that_they_fold_to(
    lived: Lived, rest_every: int
) -> None:
    events = lived.ledger.events
    for count in (60, len(events) // 2, len(events)):
        assert books(gathered(events[:count], rest_every)) == books(folded(events[:count]))


def test_corrections_follow_alike_on_what_is_at_rest(lived: Lived) -> None:
    events = lived.ledger.events
    half = len(events) // 2
    state = from_bytes(to_bytes(gathered(events[:half], 40)))
    for event in events[half:]:
        evolve(state, event)
    assert books(state) == books(folded(events))
    kept = from_bytes(to_bytes(state))
    assert books(kept) == books(state)


def test_corrections_are_judged_alike_whatever_is_at_rest(lived: Lived) -> None:
    events = lived.ledger.events
    resting, awake = InMemory(), InMemory()
    resting.state, awake.state = gathered(events, 40), folded(events)
    for one in (resting, awake):
        one.events, one.now = list(events), day(DAYS + 2)
    given: set[int] = set()
    for _ in range(120):
        do, fields = lived.ask(DAYS + 1)
        asked: dict[str, Any] = {"reason": "as agreed"} | fields
        answer = resting.ask(do, **asked)
        assert answer == awake.ask(do, **asked), (do, asked)
        given.add(answer.status)
    assert {201, 409} <= given
    assert books(resting.state) == books(awake.state)
