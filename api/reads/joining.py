"""Units that join a subtree or leave it, with all they hold: entries of its statement."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from msgspec import UNSET, Struct

from api.reads.entries import Counting
from api.reads.look import Look
from api.reads.shapes_of_books import Entry
from ledger.periods import BEGINNING, FOREVER, MICROSECOND, Instant, shifted
from projections.organisation import read as organisation
from projections.organisation.read import Moved
from projections.organisation.tree import Member


class Passage(Struct, frozen=True):
    """A unit joins a subtree at an instant, or leaves it, with so much in hand (signed).

    `others` are those who belonged when it did not: just before it joined, or once it had left.
    """

    at: Instant
    kind: Literal["joined", "left"]
    unit: str
    quantity: int
    others: frozenset[str]

    def entry(self, moved: Moved, counting: Counting, balance: int, under: str) -> Entry:
        """The entry of it, with the move of the unit, or of one above it, that it follows from."""
        verb = "joins" if self.kind == "joined" else "leaves"
        return Entry(
            at=self.at,
            kind=self.kind,
            unit=self.unit,
            quantity=self.quantity,
            balance=balance,
            grant=None,
            position=moved.position,
            corrected_by=UNSET if moved.corrected_by is None else moved.corrected_by,
            sentence=f"{self.unit} {verb} {under} with {counting.amount(self.quantity)}",
        )


class Moves:
    """The moves over a period, and which of them brought whom into a subtree or out of it."""

    def __init__(self, look: Look, known_at: int, start: Instant, end: Instant) -> None:
        self._look = look
        self._known_at = known_at
        found = organisation.moves(look.connection, start=start, end=end, known_at=known_at)
        self._found = {(one.unit, one.at): one for one in found}

    def behind(self, passage: Passage, under: str) -> Moved:
        """The move that a passage follows from: the topmost that changed who belongs."""
        inside = (
            passage.at if passage.kind == "joined" else shifted(passage.at, -MICROSECOND)
        )  # fmt: skip
        way = organisation.path(
            self._look.connection, passage.unit, valid_at=inside, known_at=self._known_at
        )
        names = [one.unit for one in way]
        for unit in names[names.index(under) + 1 :]:
            moved = self._found.get((unit, passage.at))
            if moved is not None and unit not in passage.others:
                return moved
        raise LookupError(f"no move of {names} at {passage.at} is known at {self._known_at}")


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
        before = _at(belonging, shifted(at, -MICROSECOND))
        after = _at(belonging, at)
        for unit, kind in some:
            if held[unit] and kind == "joined":
                found.append(Passage(at, kind, unit, held[unit], before))
            elif held[unit]:
                found.append(Passage(at, kind, unit, -held[unit], after))
    return found


def _at(belonging: Sequence[Member], at: Instant) -> frozenset[str]:
    return frozenset(unit for unit, since, until in belonging if since <= at < until)
