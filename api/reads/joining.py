"""Units that join a subtree or leave it, with all they hold: entries of its statement."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final, Literal

from msgspec import UNSET, Struct

from api.reads.entries import Counting
from api.reads.look import Look
from api.reads.shapes_of_books import Entry
from ledger.events import Corrected, UnitMoved
from ledger.facts import Fact, UnitMove
from ledger.periods import BEGINNING, FOREVER, Instant, shifted
from ledger.sayings import saying
from projections.history.read import page
from projections.history.search import Named, Search, Within
from projections.organisation import read as organisation
from projections.organisation.tree import Member

JUST: Final = timedelta(microseconds=1)
MOVES: Final = "unit-moved.v1"
CORRECTIONS: Final = "corrected.v1"
MOVES_MAX: Final = 1000


class Passage(Struct, frozen=True):
    """A unit joins a subtree at an instant, or leaves it, with so much in hand (signed)."""

    at: Instant
    kind: Literal["joined", "left"]
    unit: str
    quantity: int

    def entry(
        self, look: Look, known_at: int, counting: Counting, balance: int, under: str
    ) -> Entry:  # fmt: skip
        """The entry of it, with the move of the unit, or of one above it, that it follows from."""
        position, corrected_by = self._moved(look, known_at)
        verb = "joins" if self.kind == "joined" else "leaves"
        return Entry(
            at=self.at,
            kind=self.kind,
            unit=self.unit,
            quantity=self.quantity,
            balance=balance,
            grant=None,
            position=position,
            corrected_by=UNSET if corrected_by is None else corrected_by,
            sentence=f"{self.unit} {verb} {under} with {counting.amount(self.quantity)}",
        )

    def _moved(self, look: Look, known_at: int) -> tuple[int, int | None]:
        """The position of the move, and of the correction of it that stands."""
        above = {
            one.unit
            for at in (self.at, shifted(self.at, -JUST))
            for one in organisation.path(
                look.connection, self.unit, valid_at=at, known_at=known_at
            )
        }  # fmt: skip
        for unit in sorted(above):
            found = _move_of(look, known_at, unit, self.at)
            if found is not None:
                return found
        raise LookupError(f"no move of {sorted(above)} at {self.at} is known at {known_at}")


def _move_of(
    look: Look, known_at: int, unit: str, at: Instant
) -> tuple[int, int | None] | None:  # fmt: skip
    """The position of a unit's move at an instant as believed, and its correction."""
    anew: dict[int, tuple[int, bool]] = {}
    of_unit = Search().also(Named("unit", unit))
    corrections = of_unit.also(Named("topic", CORRECTIONS))
    for one in page(look.connection, corrections, known_at=known_at, limit=MOVES_MAX):
        if isinstance(one.event, Corrected) and one.event.data.topic == MOVES:
            said = saying(MOVES, one.event.data.replacement)
            is_it = said is not None and said.at == at and _names(said.fact, unit)
            anew[one.event.data.corrects] = (one.position, is_it)
    for position, (by, is_it) in anew.items():
        if is_it:
            return position, by
    moves = of_unit.also(Named("topic", MOVES), Within("effective", at, shifted(at, JUST)))
    for one in page(look.connection, moves, known_at=known_at, limit=MOVES_MAX):
        is_it = isinstance(one.event, UnitMoved) and _names(one.event.data, unit)
        if is_it and one.position not in anew:
            return one.position, None
    return None


def _names(fact: Fact, unit: str) -> bool:
    return isinstance(fact, UnitMove) and fact.unit == unit


def passages(
    belonging: Sequence[Member],
    start: Instant,
    end: Instant,
    held_before: Callable[[Instant, Sequence[str]], Mapping[str, int]],
) -> list[Passage]:
    """Who joins and leaves over `[start, end)` with something in hand.

    `held_before` tells what units have just before an instant.
    """
    edges: defaultdict[Instant, list[tuple[str, Literal["joined", "left"]]]] = defaultdict(list)
    for unit, since, until in belonging:
        if since > BEGINNING and start <= since < end:
            edges[since].append((unit, "joined"))
        if until < FOREVER and start <= until < end:
            edges[until].append((unit, "left"))
    found: list[Passage] = []
    for at, some in edges.items():
        held = held_before(at, sorted({unit for unit, _ in some}))
        for unit, kind in some:
            if held[unit]:
                found.append(
                    Passage(at, kind, unit, held[unit] if kind == "joined" else -held[unit])
                )
    return found
