"""Whether budgets above the unit that gains leave room for what it would get."""

from collections.abc import Iterator, Sequence
from typing import Final

from ledger.measures import Measure
from ledger.planning.gathering import Gathered, Taken
from ledger.planning.left import losses, to_limit
from ledger.planning.shapes import Touched
from ledger.planning.window import Window
from ledger.state import State
from ledger.steps import Delta, net

OVER: Final[dict[Measure, tuple[str, str]]] = {
    "title": ("OverAmount", "own more of {} than their amount"),
    "in_hand": ("OverCap", "have more of {} in hand than their cap"),
}


def over(
    state: State, window: Window, gathered: Gathered, measure: Measure
) -> Iterator[Touched]:  # fmt: skip
    """The units from the one that gains up to the root of which a measure would be too much.

    Rule 2: it is raised at some instant, and above its limit there.
    """
    pool = window.pool.pool
    of_pool = state.measures.get(pool, {})
    for unit in state.path(window.plan.unit):
        if unit not in of_pool or not of_pool[unit].counts(measure):
            continue
        left = to_limit(state, pool, unit, measure, window.start)
        changes = net(_changes(state, window, gathered, unit, is_title=measure == "title"))
        if any(more > max(0, left.least(since, until)) for since, until, more in changes):
            code, words = OVER[measure]
            detail = f"{unit} and those below would {words.format(pool)}"
            yield Touched(code=code, unit=unit, detail=detail)


def _changes(
    state: State, window: Window, gathered: Gathered, unit: str, *, is_title: bool
) -> Sequence[Delta]:
    """What a unit and those below it would own, or have in hand, more and less, over time."""
    found: list[Delta] = [(window.start, window.end, gathered.given)]
    before: dict[str, int] = {}
    for one in gathered.taken:
        if is_title and (one.source.is_recall or one.source.grant.grant_class == "borrowed"):
            continue  # the unit that lends has owned it all along
        lost = _lost(window, one, before)
        if one.source.is_recall:
            found += lost
        if unit in state.path(one.source.grant.unit):
            found += [(since, until, -less) for since, until, less in lost]
    return found


def _lost(window: Window, one: Taken, before: dict[str, int]) -> list[Delta]:
    """What its holder has less, behind what the plan took of it before."""
    grant = one.source.grant
    so_far = before.get(grant.grant, 0)
    before[grant.grant] = so_far + one.quantity
    return list(losses(grant, window.start, one.quantity, so_far))
