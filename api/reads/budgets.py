"""GET /v1/budgets: what units may hold, what they hold with all below them, what room is left."""

from collections import defaultdict
from collections.abc import Mapping

from api.problems import invalid
from api.reads.asked import Asked
from api.reads.look import Clocks, Look
from api.reads.measured import Measured, Tree, measured, tree, units_within
from api.reads.reading import Found, paged
from api.reads.shapes_of_deciding import BudgetRow, BudgetsPage
from api.reads.tree import members, refuse_unknown
from ledger.budgets import Budget, ShareRecord, is_overdue, share_at
from ledger.periods import MICROSECOND, or_null, shifted
from projections.budgets.read import Place, budgets
from projections.organisation import read as organisation


def find(look: Look, asked: Asked) -> Found:
    """The budgets in force at the instant. 404 UnknownPool, UnknownUnit; 422 for no window."""
    clocks = look.clocks(asked)
    pool, under, until = asked.pool(), asked.unit("under"), asked.instant("until")
    refuse_unknown(look, clocks.known_at, pool=pool, units=(under,))
    if until is not None and until <= clocks.valid_at:
        raise invalid(f"until {until} is not after {clocks.valid_at}.", parameter="until")
    rows = _rows(look, clocks, asked)
    items, after = paged(rows, lambda row: (row.pool, row.unit), asked)
    answer = BudgetsPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        until=until,
        org=asked.org,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed and asked.org == "then", after=after)


def _rows(look: Look, clocks: Clocks, asked: Asked) -> list[BudgetRow]:
    pool, under, until = asked.pool(), asked.unit("under"), asked.instant("until")
    at, known_at = clocks.valid_at, clocks.known_at
    there = _there(look, clocks)
    all_budgets = budgets(look.connection, known_at=known_at, pool=pool)
    standing = {
        place: share
        for place, budget in all_budgets.items()
        if place[1] in there
        and (share := share_at(budget, at)) is not None
        and not share.limits_nothing
    }
    if not standing:
        return []
    over = tree(look, clocks, asked.org, until or shifted(at, MICROSECOND))
    inside = None if under is None else set(members(look, clocks, asked.org, under))
    wanted = sorted(place for place in standing if inside is None or place[1] in inside)
    found = measured(
        look, clocks, wanted, over, pool=pool, is_window=until is not None,
        units=units_within(look, asked.org, under, known_at, over),
    )  # fmt: skip
    promised = _promised(standing, over)
    return [
        _row(place, all_budgets[place], found[place], over, promised[place]) for place in wanted
    ]


def _there(look: Look, clocks: Clocks) -> set[str]:
    """The units that exist at the instant."""
    units = organisation.units(look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at)
    return {one.unit for one in units}


def _promised(standing: Mapping[Place, ShareRecord], over: Tree) -> Mapping[Place, int]:
    """What the next units below each that have an amount have together."""
    found: defaultdict[Place, int] = defaultdict(int)
    for (pool, unit), share in standing.items():
        if share.amount is not None:
            for above in over.at_first(unit)[1:]:
                nearest = standing.get((pool, above))
                if nearest is not None:
                    found[pool, above] += share.amount
                    if nearest.amount is not None:
                        break
    return found


def _row(place: Place, budget: Budget, held: Measured, over: Tree, promised: int) -> BudgetRow:
    share = share_at(budget, over.start)
    if share is None:
        raise LookupError(f"{place} has no share at {over.start}")
    title, in_hand = held.title[over.start], held.in_hand[over.start]
    amount, cap = share.amount, share.cap
    return BudgetRow(
        unit=place[1],
        pool=place[0],
        floor=share.floor,
        amount=amount,
        cap=cap,
        title=title,
        inhand=in_hand,
        kept=title - held.lent,
        lent=held.lent,
        borrowed=held.borrowed,
        room=held.room(budget, over.start, over.end),
        over=(amount is not None and title > amount) or (cap is not None and in_hand > cap),
        overdue=is_overdue(share, over.start),
        promised=promised,
        over_split=amount is not None and promised > amount,
        since=share.start,
        until=or_null(share.until),
        split=share.position,
    )
