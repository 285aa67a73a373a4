"""A correction names what the event is about that it corrects: it is refused once that changed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.correcting import Fields, instead, never, quantity
from tests.support.in_memory import InMemory, day, lab

POOL = "h100"
WORDS = {"reason": "As agreed"}


def told(do: str, **fields: Any) -> Callable[[InMemory], int]:
    """Tell something; returns its last position."""
    return lambda ledger: ledger.tell(do, **fields)[-1]["position"]


def a_grant(ledger: InMemory) -> int:
    """A grant to beta."""
    ledger.grant("beta", 16)
    return ledger.state.position


def a_move(ledger: InMemory) -> int:
    """A move from alpha to beta."""
    source = ledger.grant("alpha", 64)
    some = [{"grant": source, "quantity": 8}]
    moved = ledger.tell("reallocate", pool=POOL, to="beta", from_=some, **WORDS)
    return moved[-1]["position"]


SPLIT = {"pool": POOL, "parent": "lab", "shares": [{"unit": "alpha", "amount": 32}], **WORDS}
CASES: dict[str, tuple[Callable[[InMemory], int], Callable[[InMemory, int], Fields],
                       Callable[[InMemory], int]]] = {
    "a grant, after a release": (
        a_grant, lambda ledger, at: quantity(ledger, at, 24),
        told("release", pool=POOL, unit="beta", quantity=1, **WORDS),
    ),
    "a move, after a release of what it gave": (
        a_move, lambda ledger, at: quantity(ledger, at, 4),
        told("release", pool=POOL, unit="beta", quantity=1, **WORDS),
    ),
    "a move, after a release of what it took from": (
        a_move, lambda ledger, at: quantity(ledger, at, 4),
        told("release", pool=POOL, unit="alpha", quantity=1, **WORDS),
    ),
    "a unit, after a note about it": (
        told("create_unit", unit="gamma", parent="lab"),
        lambda ledger, at: instead(ledger, at, name="Gamma rays"),
        told("note", about={"unit": "gamma"}, text="words"),
    ),
    "a split, after a rename of who has a share": (
        told("split", **SPLIT),
        lambda ledger, at: instead(ledger, at, shares=[{"unit": "alpha", "amount": 48}]),
        told("rename_unit", unit="alpha", name="Alpha Centauri"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_correction_is_stale_once_what_it_corrects_is_about_has_changed(case: str) -> None:
    begin, correction, change = CASES[case]
    ledger = lab("alpha", "beta", "delta", total=512)
    ledger.go_to(day(3))
    at = begin(ledger)
    seen = ledger.state.position
    ledger.grant("delta", 8)
    unseen: Fields = {"seen": seen, "if_unchanged": True}
    assert ledger.ask("correct", dry_run=True, **correction(ledger, at), **unseen).status == 200
    change(ledger)
    said = ledger.refusal("correct", **correction(ledger, at), **unseen)
    assert said["code"] == "Stale"
    ledger.tell("correct", **correction(ledger, at), seen=ledger.state.position, if_unchanged=True)


def test_a_leg_that_corrects_something_else_is_not_stale() -> None:
    ledger = lab("alpha", "beta", total=512)
    one, _ = (ledger.grant("alpha", 8), ledger.grant("beta", 8))
    at = ledger.state.position
    ledger.tell("note", about={"grant": one}, text="words")
    ledger.tell("correct", **never(ledger, at), seen=at, if_unchanged=True)
