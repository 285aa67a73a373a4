"""GET /v1/forecasts: who is about to finish, as said, and as late as that unit usually is."""

from api.reads.ahead import instant
from api.reads.asked import Asked
from api.reads.cursors import Key
from api.reads.expecting import Expected, expected
from api.reads.look import Clocks, Look
from api.reads.reading import Found, paged
from api.reads.shapes_of_outlook import ExpectedStep, ForecastRow, ForecastsPage
from api.reads.tree import members, refuse_unknown
from ledger.periods import Instant


def find(look: Look, asked: Asked) -> Found:
    """Live forecasts. 404 UnknownPool, UnknownUnit."""
    known_at, is_known = look.known_at(asked)
    now, is_given = instant(look, asked)
    clocks = Clocks(valid_at=now, known_at=known_at, is_fixed=is_known and is_given)
    pool, under, until = asked.pool(), asked.unit("under"), asked.instant("until")
    refuse_unknown(look, known_at, pool=pool, units=(under,))
    units = None if under is None else members(look, clocks, "then", under)
    found = expected(look, clocks, pool=pool, units=units) if units != [] else []
    rows = sorted((_row(one, now) for one in found), key=_key)
    wanted = [one for one in rows if until is None or one.expected[0].expected_at <= until]
    items, after = paged(wanted, _key, asked)
    answer = ForecastsPage(
        position=known_at,
        known_at=known_at,
        valid_at=now,
        until=until,
        items=items,
        next=None,
    )
    return Found(answer=answer, is_fixed=clocks.is_fixed, after=after)


def _row(one: Expected, now: Instant) -> ForecastRow:
    said = one.forecast
    return ForecastRow(
        grant=said.grant,
        unit=said.unit,
        pool=said.pool,
        steps=tuple(
            ExpectedStep(quantity=step.quantity, expected_at=step.expected_at)
            for step in said.steps
        ),
        confidence=said.confidence,
        slip_days=one.slip_days,
        revised=said.revised,
        expected=tuple(
            ExpectedStep(
                quantity=step.quantity, expected_at=one.likely_at(step.expected_at, now)
            )
            for step in said.outstanding(now)
        ),
        position=said.position,
    )  # fmt: skip


def _key(row: ForecastRow) -> Key:
    return (row.expected[0].expected_at, row.pool, row.unit, row.grant)
