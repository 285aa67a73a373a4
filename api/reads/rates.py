"""GET /v1/rates: what a unit of each pool counts as when it is shown."""

from api.reads.asked import Asked
from api.reads.look import Look
from api.reads.reading import Found, paged
from api.reads.shapes_of_pledges import RateRow, RatesPage
from api.reads.tree import refuse_unknown
from projections.organisation import read as organisation


def find(look: Look, asked: Asked) -> Found:
    """The rates that count at the instant, by pool. 404 UnknownPool."""
    clocks = look.clocks(asked)
    pool = asked.pool()
    refuse_unknown(look, clocks.known_at, pool=pool)
    found = organisation.rates(
        look.connection, valid_at=clocks.valid_at, known_at=clocks.known_at
    )  # fmt: skip
    rows = [
        RateRow(
            pool=one.pool, h100_milli=one.h100_milli, since=one.since, position=one.position
        )
        for one in sorted(found, key=lambda one: one.pool)
        if pool in (None, one.pool)
    ]  # fmt: skip
    items, after = paged(rows, lambda row: (row.pool,), asked)
    answer = RatesPage(
        position=clocks.known_at,
        valid_at=clocks.valid_at,
        known_at=clocks.known_at,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)
