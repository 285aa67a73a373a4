"""GET /v1/flows: who passed how much to whom over a period."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Literal

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.periods import Period, period
from api.reads.reading import Found, paged
from api.reads.shapes import FlowRow, FlowsPage
from api.reads.tree import Belonging, belongings, refuse_unknown
from ledger.periods import Instant
from ledger.quantities import LARGEST
from projections.holdings.flows import flows

Group = Literal["unit", "parent"]
GROUPS: Final[tuple[Group, ...]] = ("unit", "parent")
End = str | None
Flow = tuple[str, End, End]


def find(look: Look, asked: Asked) -> Found:
    """Flows. 404 UnknownPool; 422 for a period without length, or with more than a number holds."""
    known_at, is_known = look.known_at(asked)
    asked_for = period(look, asked, known_at)
    group = asked.one_of("group", GROUPS)
    pool = asked.pool()
    refuse_unknown(look, known_at, pool=pool)
    if group == "unit":
        sums = _summed(look, known_at, pool, asked_for.start, asked_for.end)
    else:
        sums = _of_parents(look, asked, known_at, pool, asked_for)
    _refuse_too_much(sums)
    rows = [
        FlowRow(pool=of_pool, from_unit=source, to_unit=target, quantity=quantity)
        for (of_pool, source, target), quantity in sorted(sums.items(), key=_order)
        if quantity
    ]
    items, after = paged(rows, lambda row: _key(row.pool, row.from_unit, row.to_unit), asked)
    answer = FlowsPage(
        position=known_at,
        known_at=known_at,
        start=asked_for.start,
        end=asked_for.end,
        org=asked.org,
        items=items,
        next=None,
    )
    is_fixed = is_known and asked_for.is_fixed and asked.org == "then"
    return Found(answer=answer, is_fixed=is_fixed, after=after)


def _refuse_too_much(sums: Mapping[Flow, int]) -> None:
    """Raise Problem 422 for a sum that not every reader of JSON would keep exact."""
    for (pool, source, target), quantity in sums.items():
        if quantity > LARGEST:
            giver, taker = source or "the pool", target or "the pool"
            raise invalid(
                f"{quantity} of {pool} passed from {giver} to {taker}, and a quantity is at most "
                f"{LARGEST}: ask for a shorter period.",
                parameter="to",
            )


def _summed(
    look: Look, known_at: int, pool: str | None, start: Instant, end: Instant
) -> dict[Flow, int]:
    if start >= end:
        return {}
    found = flows(look.connection, pool=pool, start=start, end=end, known_at=known_at)
    return {(one.pool, one.from_unit, one.to_unit): one.quantity for one in found}


def _of_parents(
    look: Look, asked: Asked, known_at: int, pool: str | None, asked_for: Period
) -> dict[Flow, int]:
    """Flows between the members of different units: the tree's changes cut the period."""
    above = belongings(look, known_at, asked.org)
    cuts = {asked_for.start, asked_for.end}
    for times in above.values():
        cuts |= {
            at
            for one in times
            for at in (one.start, one.end)
            if asked_for.start < at < asked_for.end
        }
    at = sorted(cuts)
    sums: defaultdict[Flow, int] = defaultdict(int)
    for start, end in pairwise(at):
        for (of_pool, source, target), quantity in _summed(
            look, known_at, pool, start, end
        ).items():
            giver = _parent(above.get(source or "", ()), source, start)
            taker = _parent(above.get(target or "", ()), target, start)
            if giver != taker:
                sums[of_pool, giver, taker] += quantity
    return sums


def _parent(times: Sequence[Belonging], unit: End, at: Instant) -> End:
    """Above the unit at an instant; the root, and the pool (null), stand for themselves."""
    for one in times:
        if one.start <= at < one.end:
            return one.parent or unit
    return unit


def _order(item: tuple[Flow, int]) -> tuple[str, str, str]:
    return _key(*item[0])


def _key(pool: str, source: End, target: End) -> tuple[str, str, str]:
    return (pool, source or "", target or "")
