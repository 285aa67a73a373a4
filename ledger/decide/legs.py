"""Is what a correction says of grants whole: its legs add up, and name what exists (rule 8)."""

from ledger.acts import without
from ledger.decide.existence import (
    demand_granule,
    grant_named,
    pool_at,
    unit_at,
)
from ledger.decide.extensions import demand_outlived
from ledger.decide.grants import demand_window
from ledger.decide.judging import Judging
from ledger.facts import Extension, GrantMaking, Leg, Reallocation, ReleaseOfGrants
from ledger.periods import BEGINNING, Instant, open_end
from ledger.records import GrantRecord, PoolRecord
from ledger.refusals import Arithmetic, GrantEnded, Impossible, SameUnit
from ledger.sayings import Saying


def judge_said(judging: Judging, position: int, was: Saying | None, now: Saying | None) -> None:
    """Refuse what could not be recorded so at any time, whatever else is corrected."""
    if now is None:
        return
    match now.fact:
        case GrantMaking() as made:
            pool = _held(judging, made.pool, made.unit, now.at, open_end(made.ends_at))
            demand_granule(judging, pool, made.quantity)
        case ReleaseOfGrants() as given:
            pool = pool_at(judging, given.pool, now.at)
            _judge_legs(judging, position, was, now, pool)
        case Reallocation() as moved:
            _judge_move(judging, position, moved, was, now)
        case Extension() as longer:
            grant = grant_named(judging, longer.grant)
            end = open_end(longer.ends_at)
            demand_window(judging, grant.start, end)
            if grant.lender is not None and end > _said_end(was):
                demand_outlived(judging, judging.state.grants[grant.lender], end)
        case _:
            pass


def _said_end(was: Saying | None) -> Instant:
    """The end that the event said until now: to say it again, or an earlier one, prolongs nothing.

    The beginning of time when it said none.
    """
    match was.fact if was is not None else None:
        case Extension(ends_at=end) | Reallocation(ends_at=end):
            return open_end(end)
        case _:
            return BEGINNING


def _held(judging: Judging, name: str, unit: str, at: Instant, end: Instant) -> PoolRecord:
    """The pool, where the pool and the unit were there; what outlives them is judged at the end."""
    pool = pool_at(judging, name, at)
    unit_at(judging, unit, at)
    demand_window(judging, at, end)
    return pool


def _judge_move(
    judging: Judging, position: int, moved: Reallocation, was: Saying | None, now: Saying
) -> None:
    end = open_end(moved.ends_at)
    pool = _held(judging, moved.pool, moved.to_unit, now.at, end)
    _judge_legs(judging, position, was, now, pool)
    total = sum(leg.quantity for leg in moved.legs)
    if total != moved.quantity:
        raise Impossible(
            f"The legs add up to {total}, and {moved.quantity} are moved",
            arithmetic=Arithmetic(
                measure="legs", pool=moved.pool, asked=moved.quantity, available=total
            ),
            leg=judging.leg,
        )
    if any(leg.ends for leg in moved.legs):
        raise Impossible("A move takes a quantity, and ends no grant", leg=judging.leg)
    sources = [grant_named(judging, leg.grant) for leg in moved.legs]
    _demand_apart(judging, moved, sources)
    if moved.loan:
        _judge_loan(judging, moved, was, now.at, end)
    elif any(source.lender is not None for source in sources):
        raise Impossible(
            "A loan goes back to its lender, and is not moved: a move takes nothing from it",
            leg=judging.leg,
        )


def _demand_apart(judging: Judging, moved: Reallocation, sources: list[GrantRecord]) -> None:
    """Refuse with SameUnit a move, or a loan, that changes neither the unit nor the class."""
    for leg, source in zip(moved.legs, sources, strict=True):
        is_same = moved.loan or source.grant_class == moved.grant_class
        if leg.unit == moved.to_unit and is_same:
            raise SameUnit(f"{leg.unit} gives to itself, and no class changes", leg=judging.leg)


def _judge_loan(
    judging: Judging, moved: Reallocation, was: Saying | None, at: Instant, end: Instant
) -> None:
    lender = judging.state.grants[moved.legs[0].grant]
    if len(moved.legs) != 1 or moved.grant_class != "borrowed" or moved.legs[0].advances:
        raise Impossible("A loan has one lender grant, and is borrowed", leg=judging.leg)
    if lender.lender is not None or lender.start > at:
        raise Impossible(f"Grant {lender.grant} cannot lend at {at}", leg=judging.leg)
    is_lender = (
        was is not None
        and isinstance(was.fact, Reallocation)
        and was.fact.legs[0].grant == lender.grant
    )
    if not is_lender or end > _said_end(was):
        demand_outlived(judging, lender, end)


def _judge_legs(
    judging: Judging, position: int, was: Saying | None, now: Saying, pool: PoolRecord
) -> None:
    legs = _legs(now)
    if not legs:
        raise Impossible("Nothing takes from no grant: correct it to null instead", leg=judging.leg)
    if len({leg.grant for leg in legs}) != len(legs):
        raise Impossible("Each grant stands in one leg: add the quantities up", leg=judging.leg)
    for leg in legs:
        grant = grant_named(judging, leg.grant)
        if grant.pool != pool.pool:
            raise Impossible(
                f"Grant {grant.grant} is of {grant.pool}, not {pool.pool}", leg=judging.leg
            )
        if grant.made >= position:
            raise Impossible(
                f"Position {position} takes from what was made before it, and grant {grant.grant} "
                f"was made at {grant.made}: correct it to null, and record anew what happened in "
                "the same decision",
                leg=judging.leg,
            )
        if not leg.ends:
            demand_granule(judging, pool, leg.quantity)
        _demand_not_ended(judging, position, was, now, leg)
        if leg.advances:
            at = None if was is not None and was.at == now.at and leg in _legs(was) else now.at
            _judge_advances(judging, position, leg, grant, at)


def _legs(said: Saying | None) -> tuple[Leg, ...]:
    match said.fact if said is not None else None:
        case ReleaseOfGrants(legs=legs) | Reallocation(legs=legs):
            return legs
        case _:
            return ()


def _demand_not_ended(
    judging: Judging, position: int, was: Saying | None, now: Saying, leg: Leg
) -> None:
    """Refuse with GrantEnded a leg on what has ended by then, unless it came to nothing before."""
    if isinstance(now.fact, ReleaseOfGrants) and now.fact.late:
        if now.at > judging.now:
            raise Impossible(f"What comes back at {now.at} has not yet", leg=judging.leg)
        return  # whether it had ended by then is judged on the outcome
    grant = without(judging.state.grants[leg.grant], position)
    was_idle = was is not None and max(was.at, grant.start) >= grant.end and leg in _legs(was)
    if max(now.at, grant.start) >= grant.end and not was_idle:
        raise GrantEnded(f"Grant {grant.grant} ends at {grant.end}", leg=judging.leg)


def _judge_advances(
    judging: Judging, position: int, leg: Leg, grant: GrantRecord, at: Instant | None
) -> None:
    """Refuse with Impossible a leg that advances what was not scheduled, or more than it takes.

    `at` is when it takes where that is said anew: what had left by then is not taken early.
    """
    taken = sum(one.quantity for one in leg.advances)
    named = [one.position for one in leg.advances]
    scheduled = {
        draw.position
        for draw in grant.draws
        if draw.is_release
        and draw.position < position
        and (at is None or draw.instant > max(at, grant.start))
    }
    unknown = [one for one in named if one not in scheduled]
    if leg.ends or unknown or taken > leg.quantity or len(set(named)) != len(named):
        raise Impossible(
            f"A leg of {leg.quantity} from grant {grant.grant} advances {taken}"
            + (f", of a release at {unknown[0]} that is not to come" if unknown else ""),
            leg=judging.leg,
        )
