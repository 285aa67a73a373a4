"""Grants: units of a pool go to a unit for a period; and a grant's end moves."""

from ledger.authority import HOLDERS, SHAPERS
from ledger.commands import Extend, Grant
from ledger.decide.existence import (
    demand_granule,
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    grant_named,
    pool_at,
    unit_at,
)
from ledger.decide.judging import Judging
from ledger.events import Extended, Extension, Granted, GrantMaking
from ledger.holding import left_until
from ledger.periods import BEGINNING, Instant, open_end, or_null
from ledger.records import GrantRecord
from ledger.refusals import (
    AlreadyExists,
    Arithmetic,
    DependentFacts,
    GrantEnded,
    Impossible,
    NegativeHolding,
    NoDifference,
    NotYoursToDecide,
)


def grant(judging: Judging, command: Grant) -> None:
    """Record a grant over `[start, ends_at)`. The pool's limit is judged on the whole decision."""
    start = judging.begins()
    pool = pool_at(judging, command.pool, start)
    unit = unit_at(judging, command.unit, start)
    judging.allow(SHAPERS, unit.unit, pool.pool)
    refuse_self_dealing(judging, unit.unit, (), pool.pool)
    demand_unchanged(judging, command)
    end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    demand_window(judging, start, end)
    demand_open_pool(judging, pool, end)
    demand_open_unit(judging, unit, end)
    demand_granule(judging, pool, command.quantity)
    judging.date_back(start, pool.pool, [unit.unit])
    making = GrantMaking(
        grant=new_grant(judging, command.grant),
        pool=pool.pool,
        unit=unit.unit,
        quantity=command.quantity,
        ends_at=or_null(end),
        grant_class="borrowed" if command.borrowed else "guaranteed",
    )
    judging.record(Granted, making, start)


def extend(judging: Judging, command: Extend) -> None:
    """Record another end of a grant: later, earlier, or none.

    Its effective_at is the first instant at which something changes when that lies in the past,
    so that it counts as backdated.
    """
    given = grant_named(judging, command.grant)
    end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    is_later = end > given.end
    changed = min(given.end, end)
    judging.allow(SHAPERS if is_later else HOLDERS, given.unit, given.pool)
    if is_later:
        refuse_self_dealing(judging, given.unit, (), given.pool)
    demand_unchanged(judging, command)
    if given.ended:
        raise GrantEnded(
            f"Grant {given.grant} was ended at {given.end} by a release of all", leg=judging.leg
        )
    if end == given.end:
        raise NoDifference(
            f"Grant {given.grant} ends at {or_null(end) or 'no date'} already", leg=judging.leg
        )
    demand_window(judging, given.start, end)
    if is_later:
        demand_open_pool(judging, judging.state.pools[given.pool], end)
        demand_open_unit(judging, judging.state.units[given.unit], end)
        _demand_enough(judging, given, end)
    else:
        judging.need_words("An earlier end takes something away")
        demand_no_promises(judging, given, end)
    at = min(judging.begins(), changed)
    judging.date_back(at, given.pool, [given.unit])
    data = Extension(grant=given.grant, ends_at=or_null(end), was_ends_at=or_null(given.end))
    judging.record(Extended, data, at)


def demand_window(judging: Judging, start: Instant, end: Instant) -> None:
    """Refuse with Impossible a period that holds no instant."""
    if end <= start:
        raise Impossible(
            f"A period from {start} to {end} holds no instant",
            arithmetic=Arithmetic(measure="period", at=start),
            leg=judging.leg,
        )


def demand_no_promises(judging: Judging, given: GrantRecord, end: Instant) -> None:
    """Refuse with DependentFacts an end before what already left the grant, or is promised.

    Scheduled releases fall away with the end. Moves are promises, and what was released by now
    was released.
    """
    standing = [
        draw
        for draw in given.draws
        if end <= draw.instant < given.end
        and draw.quantity
        and (not draw.is_release or draw.instant <= judging.now)
    ]
    if standing:
        positions = tuple(dict.fromkeys(draw.position for draw in standing))
        raise DependentFacts(
            f"Grant {given.grant} of {given.unit} cannot end at {end}: "
            f"position {', '.join(map(str, positions))} takes from it later",
            arithmetic=Arithmetic(
                measure="own", pool=given.pool, unit=given.unit, grant=given.grant,
                at=standing[0].instant, positions=positions,
            ),
            leg=judging.leg,
        )  # fmt: skip


def refuse_self_dealing(judging: Judging, gaining: str, losing: tuple[str, ...], pool: str) -> None:
    """Refuse with NotYoursToDecide what leads give to what they lead: it needs a second person."""
    if judging.actor.is_self_dealing(gaining, losing, pool):
        raise NotYoursToDecide(
            f"{judging.actor.person} leads {gaining}, or a unit above or below it: "
            "giving to it needs a second person",
            leg=judging.leg,
        )


def new_grant(judging: Judging, chosen: str | None) -> str:
    """The id of a grant to be made: the caller's, unless it is taken (AlreadyExists), or new."""
    if chosen is None:
        return judging.new_id()
    if chosen in judging.state.grants:
        raise AlreadyExists(f"There is a grant {chosen} already", leg=judging.leg)
    return chosen


def _demand_enough(judging: Judging, given: GrantRecord, end: Instant) -> None:
    """Refuse with NegativeHolding a later end at which idle draws would count again, too many."""
    if left_until(given, end) >= 0:
        return
    own = given.first
    positions: list[int] = []
    at = BEGINNING
    for draw in given.draws:
        own -= draw.quantity
        at = draw.instant
        if draw.instant >= given.end:
            positions.append(draw.position)
        if own < 0:
            break
    raise NegativeHolding(
        f"Grant {given.grant} of {given.unit} would hold {own} at {at}: "
        f"position {', '.join(map(str, positions))} would count again",
        arithmetic=Arithmetic(
            measure="own", pool=given.pool, unit=given.unit, grant=given.grant, at=at, after=own,
            positions=tuple(positions),
        ),
        leg=judging.leg,
    )  # fmt: skip
