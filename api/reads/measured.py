"""What units with a budget hold with all below them, at an instant or over a window (rule 2)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.reads.asked import Org
from api.reads.look import Clocks, Look
from api.reads.tree import Belonging, belongings, memberships
from ledger.budgets import Budget, runs
from ledger.periods import Instant
from ledger.quantities import LARGEST
from ledger.steps import Steps
from projections.budgets.read import Place
from projections.holdings.titles import Part, lent, owned, turns

Stay = tuple[str, Instant, Instant]
"""A unit above (or the unit itself), over `[from, to)`."""


UNLIMITED: Final = 2**62
"""As much as nobody can have."""


class Tree(Struct, frozen=True):
    """Who stands below whom over a window `[start, end)`."""

    runs: Mapping[str, Sequence[Belonging]]
    start: Instant
    end: Instant

    def above(self, unit: str) -> Iterator[Stay]:
        """The unit itself and everyone above it, each with the periods it stands there."""
        yield from self._above(unit, self.start, self.end)

    def at_first(self, unit: str) -> list[str]:
        """The unit itself and everyone above it when the window begins, the nearest first."""
        return [name for name, since, _ in self.above(unit) if since == self.start]

    def _above(self, unit: str, start: Instant, end: Instant) -> Iterator[Stay]:
        for run in self.runs.get(unit, ()):
            since, until = max(start, run.start), min(end, run.end)
            if since < until:
                yield unit, since, until
                if run.parent is not None:
                    yield from self._above(run.parent, since, until)


class Measured(Struct):
    """What one unit and those below it hold of a pool when the window begins, and in it.

    `title` and `in_hand` are the changes of either by instant, from the first one on.
    """

    title: dict[Instant, int]
    in_hand: dict[Instant, int]
    borrowed: int = 0
    lent: int = 0

    def room(self, budget: Budget, start: Instant, end: Instant) -> int | None:
        """The least that the limits leave over the window; None where there is no limit."""
        least = min(some.lowest(start, end) for some in self.left(budget, start, end))
        return None if least > LARGEST else max(0, least)

    def left(self, budget: Budget, start: Instant, end: Instant) -> tuple[Steps, Steps]:
        """What is left over the window of the amount, and of the cap.

        More than LARGEST where there is none, below zero where it is exceeded.
        """
        of_amount = Steps.of((at, -quantity) for at, quantity in self.title.items())
        of_cap = Steps.of((at, -quantity) for at, quantity in self.in_hand.items())
        for since, until, share in runs(budget, start, end):
            for some, limit in (
                (of_amount, None if share is None else share.amount),
                (of_cap, None if share is None else share.cap),
            ):
                some.add(since, until, UNLIMITED if limit is None else limit)
        return of_amount, of_cap


def tree(look: Look, clocks: Clocks, org: Org, end: Instant) -> Tree:
    """Who stands below whom from the instant asked about until another one."""
    return Tree(belongings(look, clocks.known_at, org), clocks.valid_at, end)


def units_within(look: Look, org: Org, under: str | None, known_at: int, over: Tree) -> (
    list[str] | None
):  # fmt: skip
    """The units that are below one at any instant of a window; None for all."""
    if under is None:
        return None
    found = memberships(look, known_at, org, under)
    return sorted({unit for unit, since, to in found if since < over.end and over.start < to})


def below(over: Tree, units: Collection[str]) -> list[str] | None:
    """All that stand below some units at any instant of a window, and these; None for everybody."""
    found = [name for name in over.runs if any(unit in units for unit, _, _ in over.above(name))]
    return None if len(found) == len(over.runs) else sorted(found)


def measured(
    look: Look,
    clocks: Clocks,
    places: Collection[Place],
    over: Tree,
    *,
    pool: str | None,
    units: Sequence[str] | None,
    is_window: bool,
) -> Mapping[Place, Measured]:
    """What units with a budget hold with all below them; `units` are all that may be below one."""
    found = {place: Measured({over.start: 0}, {over.start: 0}) for place in places}
    if units == []:
        return found
    at, known_at = clocks.valid_at, clocks.known_at
    loans = lent(look.connection, pool=pool, units=units, valid_at=at, known_at=known_at)
    parts = owned(look.connection, loans, pool=pool, units=units, valid_at=at, known_at=known_at)
    if is_window:
        parts += turns(
            look.connection, pool=pool, units=units, start=at, end=over.end, known_at=known_at
        )
    for name, some in _by_unit(parts).items():
        for above, since, until in list(over.above(name)):
            for part in some:
                one = found.get((part.pool, above))
                if one is not None:
                    _add(one, part, since, until, over)
    for loan in loans:
        if loan.grant_class == "guaranteed":
            inside = over.at_first(loan.to_unit)
            for above in over.at_first(loan.unit):
                one = found.get((loan.pool, above))
                if one is not None and above not in inside:
                    one.lent += loan.quantity
    return found


def _by_unit(parts: Sequence[Part]) -> Mapping[str, list[Part]]:
    found: defaultdict[str, list[Part]] = defaultdict(list)
    for part in parts:
        found[part.unit].append(part)
    return found


def _add(one: Measured, part: Part, since: Instant, until: Instant, over: Tree) -> None:
    """Count a part for a unit, as long as its own stands below that one."""
    start = max(part.at, since)
    if start >= until:
        return
    changes = one.title if part.what == "title" else one.in_hand
    changes[start] = changes.get(start, 0) + part.quantity
    if until < over.end:
        changes[until] = changes.get(until, 0) - part.quantity
    if part.what == "borrowed" and start == over.start:
        one.borrowed += part.quantity
