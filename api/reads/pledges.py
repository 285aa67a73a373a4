"""GET /v1/pledges: what units were promised, and what came of it, exactly."""

from typing import Final

from api.reads.asked import Asked
from api.reads.look import Clocks, Look
from api.reads.promised import DIGITS, Sums, Surroundings, surroundings, together
from api.reads.reading import Found, paged
from api.reads.shapes_of_pledges import (
    PLEDGE_STATUSES,
    PledgeRow,
    PledgesPage,
    PledgeStatus,
    QuarterRow,
)
from api.reads.stretches import in_seconds
from api.reads.tree import members, refuse_unknown
from ledger.periods import Instant
from ledger.pledges import Promise, promise_at
from projections.pledges.read import Pledge, pledges

ANY: Final = "any"


def find(look: Look, asked: Asked) -> Found:
    """Pledges in the order given. 404 UnknownPool, UnknownUnit."""
    clocks = look.clocks(asked)
    found = _wanted(look, clocks, asked)
    page, after = paged(found, lambda one: (one.made,), asked)
    answer = PledgesPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        measure="unit_seconds",
        items=tuple(rows_of(look, clocks, page)),
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)


def rows_of(look: Look, clocks: Clocks, some: tuple[Pledge, ...]) -> list[PledgeRow]:
    """Pledges as they stand at an instant, measured until then."""
    if not some:
        return []
    around = surroundings(look, clocks.known_at)
    return [_row(around, one, clocks.valid_at) for one in some]


def status(pledge: Pledge, at: Instant) -> PledgeStatus:
    """Where a pledge stands at an instant: `ahead` when something will be promised, or again."""
    if promise_at(pledge.said, at) is not None:
        return "running"
    if _next(pledge, at) is not None:
        return "ahead"
    return "withdrawn" if pledge.said[-1].is_withdrawal else "ended"


def _wanted(look: Look, clocks: Clocks, asked: Asked) -> list[Pledge]:
    pool, unit, under = asked.pool(), asked.unit(), asked.unit("under")
    wished = asked.one_of("status", (ANY, *PLEDGE_STATUSES))
    refuse_unknown(look, clocks.known_at, pool=pool, units=(unit, under))
    units = None if unit is None else [unit]
    if under is not None:
        below = members(look, clocks, "then", under)
        units = below if units is None else [one for one in units if one in below]
    return [
        one
        for one in pledges(look.connection, known_at=clocks.known_at, units=units)
        if (pool is None or any(pool in said.pools for said in one.said))
        and wished in (ANY, status(one, clocks.valid_at))
    ]


def _row(around: Surroundings, pledge: Pledge, at: Instant) -> PledgeRow:
    by_quarter = around.of(pledge, at)
    whole = together(by_quarter, pledge.start)
    terms = _terms(pledge, at)
    return PledgeRow(
        pledge=pledge.pledge,
        to_unit=pledge.to_unit,
        of_unit=terms.of_unit,
        pools=terms.pools,
        share_bp=terms.share_bp,
        quantity=terms.quantity,
        start=pledge.start,
        until=pledge.until,
        status=status(pledge, at),
        measured_until=whole.end,
        promised=in_seconds(whole.promised, digits=DIGITS),
        budgeted=in_seconds(whole.budgeted),
        granted=in_seconds(whole.granted),
        held=in_seconds(whole.held),
        ahead=in_seconds(max(0, whole.over), digits=DIGITS),
        behind=in_seconds(max(0, -whole.over), digits=DIGITS),
        kept=whole.kept,
        quarters=tuple(_quarter(one) for one in by_quarter),
        by=pledge.by,
        pledged_at=pledge.recorded_at,
        position=pledge.made,
        revised=tuple(one.position for one in pledge.said[1:]),
    )


def _terms(pledge: Pledge, at: Instant) -> Promise:
    """What is promised at an instant; else what will be first, or was last."""
    now = promise_at(pledge.said, at)
    if now is not None:
        return now
    later = _next(pledge, at)
    return later or [one for one in pledge.said if not one.is_withdrawal][-1]


def _next(pledge: Pledge, at: Instant) -> Promise | None:
    """What will be promised first after an instant at which nothing is.

    What was recorded last counts from where it begins, also where it has ended (rules.md): so
    a promise begins only where a fact begins, and no newer one has begun by then.
    """
    later = sorted(one.start for one in pledge.said if at < one.start)
    return next(filter(None, (promise_at(pledge.said, start) for start in later)), None)


def _quarter(one: Sums) -> QuarterRow:
    year, month = one.start[:4], int(one.start[5:7])
    return QuarterRow(
        quarter=f"{year}-Q{(month + 2) // 3}",
        start=one.start,
        end=one.end,
        promised=in_seconds(one.promised, digits=DIGITS),
        budgeted=in_seconds(one.budgeted),
        granted=in_seconds(one.granted),
        held=in_seconds(one.held),
        kept=one.kept,
    )
