"""The page of a unit: what it and all below it hold, its grants, its members, who may act."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.web.charts import Figure, Run
from api.web.facts import PoolFacts
from api.web.pools import Link, over_time, ranked
from api.web.record import Record
from api.web.spans import window
from api.web.tree import Node
from ledger.periods import Instant
from projections.holdings.read import GrantFacts, Held

RECENT: Final = 15
SHOWN: Final = 30
LISTED_MAX: Final = 1000
SHOWS: Final = ("soon", "live", "all")
"""Which grants are listed: those that end first, all that are not over, or all there ever were."""


class PoolOfUnit(Struct, frozen=True, kw_only=True):
    """What a subtree holds of one pool, now and over time."""

    pool: str
    unit_label: str
    quantity: int
    guaranteed: int
    borrowed: int
    figure: Figure


class GrantRow(Struct, frozen=True, kw_only=True):
    """One grant: `quantity` is in hand at the instant."""

    grant: str
    pool: str
    unit: str
    name: str
    quantity: int
    first: int
    starts_at: Instant
    ends_at: Instant
    grant_class: str
    state: str


def unit_page(record: Record, node: Node, span: str, shows: str, link: Link) -> dict[str, object]:
    """The page at the record's clocks; `node` may be a unit that exists at another time only."""
    tree = record.tree
    below = record.below(node.unit)
    in_hand = [hold for hold in record.in_hand if hold.unit in below]
    shown = window(span, record.valid_at, record.first_start())
    pools = _pools(record, node, in_hand, shown, link)
    rows = _rows(record.grants(node.unit, ended=shows == "all"), in_hand, record)
    live = [row for row in rows if row.state != "ended"]
    listed = {"soon": live[:SHOWN], "live": live[:LISTED_MAX], "all": rows[:LISTED_MAX]}[shows]
    held: defaultdict[tuple[str, str], int] = defaultdict(int)
    for hold in in_hand:
        held[hold.unit, hold.pool] += hold.quantity
    above = record.lineage.above(node.unit)
    return {
        "title": node.name,
        "unit": node,
        "exists": node.unit in tree.nodes,
        "above": above,
        "pools": pools,
        "span": span,
        "members": tree.members(node.unit, held, tuple(pool.pool for pool in pools)),
        "rows": listed,
        "shows": shows,
        "live": len(live),
        "unlisted": 0 if shows == "soon" else len(live if shows == "live" else rows) - len(listed),
        "delegations": record.delegations([one.unit for one in (*above, node)]),
        "names": record.names,
        "events": record.events.recent(RECENT, under=node.unit),
    }


def _pools(
    record: Record,
    node: Node,
    in_hand: Sequence[Held],
    shown: tuple[Instant, Instant],
    link: Link,
) -> tuple[PoolOfUnit, ...]:
    lineage = record.lineage
    names = record.names
    holds = record.holds_below(shown, node.unit)
    found: list[PoolOfUnit] = []
    for pool in record.pools:
        groups: defaultdict[str, list[Run]] = defaultdict(list)
        for hold in holds:
            if hold.pool == pool.pool:
                run = Run(start=hold.start, end=hold.end, quantity=hold.quantity)
                groups[lineage.branch(node.unit, hold.unit)].append(run)
        if not groups:
            continue
        mine = [hold for hold in in_hand if hold.pool == pool.pool]
        now: defaultdict[str, int] = defaultdict(int)
        for hold in mine:
            now[lineage.branch(node.unit, hold.unit)] += hold.quantity
        figure = over_time(
            f"What {node.name} holds of {pool.pool} over time",
            groups,
            first=ranked(now),
            entry=lambda unit: (names.get(unit, unit), link("/unit", unit=unit)),
            window=shown,
            now=record.valid_at,
        )
        found.append(_of_pool(pool, mine, figure))
    return tuple(found)


def _of_pool(pool: PoolFacts, mine: Sequence[Held], figure: Figure) -> PoolOfUnit:
    quantity = sum(hold.quantity for hold in mine)
    borrowed = sum(hold.quantity for hold in mine if hold.grant_class == "borrowed")
    return PoolOfUnit(
        pool=pool.pool,
        unit_label=pool.unit_label,
        quantity=quantity,
        guaranteed=quantity - borrowed,
        borrowed=borrowed,
        figure=figure,
    )


def _rows(grants: Sequence[GrantFacts], in_hand: Sequence[Held], record: Record) -> list[GrantRow]:
    now: Mapping[str, int] = {hold.grant: hold.quantity for hold in in_hand}
    names = record.names
    rows = [
        GrantRow(
            grant=grant.grant,
            pool=grant.pool,
            unit=grant.unit,
            name=names.get(grant.unit, grant.unit),
            quantity=now.get(grant.grant, 0),
            first=grant.first,
            starts_at=grant.start,
            ends_at=grant.end,
            grant_class=grant.grant_class,
            state=state(grant, now.get(grant.grant, 0), record.valid_at),
        )
        for grant in grants
    ]
    order = ("live", "ahead", "ended")
    return sorted(
        rows, key=lambda row: (order.index(row.state), row.ends_at, row.starts_at, row.grant)
    )


def state(grant: GrantFacts, quantity: int, at: Instant) -> str:
    """Whether a grant is ahead, live, or has nothing in hand any more."""
    if at < grant.start:
        return "ahead"
    return "live" if quantity else "ended"
