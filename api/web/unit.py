"""The page of a unit: what it and all below it hold, its grants, its members, who may act."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.reads.shapes_of_grants import Takeable
from api.web import budgets
from api.web.charts import Figure
from api.web.due import finishing
from api.web.listing import GrantRow, Listing, ending_first
from api.web.loans import loans_of
from api.web.pledges import pledges_of
from api.web.pools import Link, is_short, over_time, ranked
from api.web.record import Record
from api.web.requests import rows as rows_of
from api.web.statement import Statement, period, statement, usual
from api.web.tree import Node
from projections.holdings.accounts import Sum

RECENT: Final = 15
SHOWN: Final = 30
LISTED_MAX: Final = 1000
MEMBERS_MAX: Final = 300
"""Members are listed down to the level with which they are more; those right below always."""
CHARTED: Final = 12
"""So many pools are drawn over time: those that most is held of, and the one chosen."""
SHOWS: Final = ("soon", "live", "all")
"""Which grants are listed: those that end first, all that are not over, or all there ever were."""


class PoolOfUnit(Struct, frozen=True, kw_only=True):
    """What a subtree holds of one pool, now and over time, and what of it can be used now."""

    pool: str
    unit_label: str
    quantity: int
    guaranteed: int
    borrowed: int
    lent: int
    borrowed_in: int
    deliverable: int
    takeable: Takeable
    figure: Figure | None


class Chosen(Struct, frozen=True, kw_only=True):
    """What is chosen on the page: the chart's span, the grants listed, the statement asked for."""

    span: str | None
    shows: str
    pool: str | None
    start: str
    end: str


def unit_page(record: Record, node: Node, asked: Chosen, link: Link) -> dict[str, object]:
    """The page at the record's clocks; `node` may be a unit that exists at another time only."""
    shows = asked.shows
    tree = record.tree
    below = record.below(node.unit)
    own = [hold for hold in record.held if hold.unit in below]
    of_pools = _by_pool(own)
    span, figures = _figures(record, node, of_pools, asked, link)
    pools = _pools(record, node, of_pools, figures)
    listed, live, unlisted = _listed(record, node, shows)
    held: defaultdict[tuple[str, str], int] = defaultdict(int)
    for hold in own:
        held[hold.unit, hold.pool] += hold.quantity
    above = record.lineage.above(node.unit)
    levels = tree.levels(node.unit, MEMBERS_MAX)
    members = tree.members(node.unit, held, tuple(pool.pool for pool in pools), levels)
    return {
        "title": node.name,
        "unit": node,
        "exists": node.unit in tree.nodes,
        "above": above,
        "pools": pools,
        "span": span,
        "members": members,
        "deeper": len(below) - len(members) if members else 0,
        "rows": listed,
        "with_lent": any(row.lent for row in listed),
        "shows": shows,
        "live": live,
        "unlisted": unlisted,
        "finishing": finishing(
            record.reads.forecasts(under=node.unit).items, record.names, record.valid_at
        ),
        "loans": loans_of(record, below),
        "splits": budgets.budgets_of(record, node),
        "pledges": pledges_of(record, node),
        "asked": rows_of(record.reads.requests("waiting", under=node.unit)[0].items, record.names),
        "statement": _statement(record, node, asked, pools),
        "delegations": record.delegations([one.unit for one in (*above, node)]),
        "names": record.names,
        "events": record.events.recent(RECENT, under=node.unit),
    }


def _listed(record: Record, node: Node, shows: str) -> tuple[Sequence[GrantRow], int | None, int]:
    """The grants to show, how many are live or ahead if known, and how many are left out."""
    if shows == "soon":
        return ending_first(record, node.unit, SHOWN), None, 0
    now = {hold.grant: hold.quantity for hold in record.in_hand(record.below(node.unit))}
    listing = Listing(record.grants(node.unit, ended=shows == "all"), now, record)
    of_these = len(listing.grants) if shows == "all" else listing.live
    listed = listing.rows(min(of_these, LISTED_MAX))
    return listed, listing.live, of_these - len(listed)


def _statement(
    record: Record, node: Node, asked: Chosen, pools: Sequence[PoolOfUnit]
) -> Statement | None:
    """Of the pool chosen, else of the one it has most of; None where it never had anything."""
    held = max(pools, key=lambda one: one.quantity, default=None)
    pool = asked.pool or (held and held.pool)
    if pool is None:
        return None
    is_typed = asked.start or asked.end
    step = "month" if is_typed else usual(record, node.unit, record.valid_at)
    chosen = period(asked.start, asked.end, record.valid_at, step=step)
    return statement(record, node.unit, record.pool(pool).pool, chosen)


def _figures(
    record: Record, node: Node, held: Mapping[str, Sequence[Sum]], asked: Chosen, link: Link
) -> tuple[str, Mapping[str, Figure | None]]:
    """The span that is shown, and by pool what the unit had over it; None where it is not drawn."""
    span, shown = record.shown(asked.span)
    lineage, names = record.lineage, record.names
    graphs = {
        pool: graph
        for pool, graph in record.graphs.below(
            node.unit, shown, lambda unit: lineage.branch(node.unit, unit)
        ).items()
        if any(graph.groups.values())
    }
    most = ranked({pool: sum(one.quantity for one in held.get(pool, ())) for pool in graphs})
    drawn = {asked.pool, *[*most, *sorted(graphs.keys() - most)][:CHARTED]}
    found: dict[str, Figure | None] = dict.fromkeys(graphs)
    for pool in graphs.keys() & drawn:
        now: defaultdict[str, int] = defaultdict(int)
        for hold in held.get(pool, ()):
            now[lineage.branch(node.unit, hold.unit)] += hold.quantity
        found[pool] = over_time(
            f"What {node.name} holds of {pool} over time",
            graphs[pool].groups,
            first=ranked(now),
            entry=lambda unit: (names.get(unit, unit), link("/unit", unit=unit)),
            lines=budgets.lines(record, pool, node.unit, shown),
            window=shown,
            now=record.valid_at,
            is_sampled=graphs[pool].is_sampled,
        )
    return span, found


def _pools(
    record: Record,
    node: Node,
    held: Mapping[str, Sequence[Sum]],
    figures: Mapping[str, Figure | None],
) -> tuple[PoolOfUnit, ...]:
    """The pools that a unit had something of, by id: those that are drawn before the others."""
    below = record.below(node.unit)
    loaned = [one for one in record.loaned if one.unit in below]
    found: list[PoolOfUnit] = []
    for pool in record.pools:
        if pool.pool not in figures:
            continue
        mine = held.get(pool.pool, ())
        lending = [one for one in loaned if one.pool == pool.pool]
        quantity = sum(hold.quantity for hold in mine)
        borrowed = sum(hold.quantity for hold in mine if hold.grant_class == "borrowed")
        found.append(
            PoolOfUnit(
                pool=pool.pool,
                unit_label=pool.unit_label,
                quantity=quantity,
                guaranteed=quantity - borrowed,
                borrowed=borrowed,
                lent=sum(one.lent for one in lending),
                borrowed_in=sum(one.borrowed_in for one in lending),
                deliverable=_deliverable(record, pool.pool, mine),
                takeable=record.reads.takeable(pool.pool, node.unit, quantity, borrowed),
                figure=figures[pool.pool],
            )
        )
    return tuple(sorted(found, key=lambda one: one.figure is None))


def _by_pool(own: Sequence[Sum]) -> Mapping[str, Sequence[Sum]]:
    found: defaultdict[str, list[Sum]] = defaultdict(list)
    for hold in own:
        found[hold.pool].append(hold)
    return found


def _deliverable(record: Record, pool: str, mine: Sequence[Sum]) -> int:
    if not is_short(record.numbers, pool):
        return sum(hold.quantity for hold in mine)
    found = record.reads.deliverable(pool)
    return sum(found.get(unit, 0) for unit in {hold.unit for hold in mine})
