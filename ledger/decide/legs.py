"""Is what a correction says of grants whole: its legs add up, and name what exists (rule 8)."""

from ledger.acts import advanced
from ledger.decide.existence import (
    demand_granule,
    demand_open_pool,
    demand_open_unit,
    pool_at,
    unit_at,
)
from ledger.decide.extensions import demand_outlived
from ledger.decide.grants import demand_window
from ledger.decide.judging import Judging
from ledger.facts import Extension, GrantMaking, Leg, Reallocation, ReleaseOfGrants
from ledger.periods import Instant, open_end
from ledger.records import GrantRecord, PoolRecord
from ledger.refusals import Arithmetic, DependentFacts, GrantEnded, Impossible, UnknownGrant
from ledger.sayings import Saying


def judge_said(judging: Judging, position: int, now: Saying | None) -> None:
    """Refuse what could not be recorded so at any time, whatever else is corrected."""
    if now is None:
        return
    match now.fact:
        case GrantMaking() as made:
            pool = _held(judging, made.pool, made.unit, now.at, open_end(made.ends_at))
            demand_granule(judging, pool, made.quantity)
        case ReleaseOfGrants() as given:
            pool = pool_at(judging, given.pool, now.at)
            _judge_legs(judging, position, given.legs, pool, now.at, is_late=given.late)
        case Reallocation() as moved:
            _judge_move(judging, position, moved, now.at)
        case Extension() as longer:
            grant = standing(judging, longer.grant)
            end = open_end(longer.ends_at)
            demand_window(judging, grant.start, end)
            if grant.lender is not None:
                demand_outlived(judging, judging.state.grants[grant.lender], end)
        case _:
            pass


def standing(judging: Judging, name: str) -> GrantRecord:
    """The grant of an id, as is believed now. Raises UnknownGrant for one corrected away."""
    found = judging.state.grants.get(name)
    if found is None or not found.first:
        gone = "was corrected away" if found is not None else "is not there"
        raise UnknownGrant(f"Grant {name} {gone}", leg=judging.leg)
    return found


def _held(judging: Judging, name: str, unit: str, at: Instant, end: Instant) -> PoolRecord:
    pool = pool_at(judging, name, at)
    holder = unit_at(judging, unit, at)
    demand_window(judging, at, end)
    demand_open_pool(judging, pool, end)
    demand_open_unit(judging, holder, end)
    return pool


def _judge_move(judging: Judging, position: int, moved: Reallocation, at: Instant) -> None:
    end = open_end(moved.ends_at)
    pool = _held(judging, moved.pool, moved.to_unit, at, end)
    _judge_legs(judging, position, moved.legs, pool, at)
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
    if moved.loan:
        _judge_loan(judging, moved, at, end)


def _judge_loan(judging: Judging, moved: Reallocation, at: Instant, end: Instant) -> None:
    lender = judging.state.grants[moved.legs[0].grant]
    if len(moved.legs) != 1 or moved.grant_class != "borrowed" or moved.legs[0].advances:
        raise Impossible("A loan has one lender grant, and is borrowed", leg=judging.leg)
    if lender.lender is not None or lender.start > at:
        raise Impossible(f"Grant {lender.grant} cannot lend at {at}", leg=judging.leg)
    demand_outlived(judging, lender, end)


def _judge_legs(
    judging: Judging, position: int, legs: tuple[Leg, ...], pool: PoolRecord, at: Instant,
    *, is_late: bool = False,
) -> None:  # fmt: skip
    if not legs:
        raise Impossible("Nothing takes from no grant: correct it to null instead", leg=judging.leg)
    if len({leg.grant for leg in legs}) != len(legs):
        raise Impossible("Each grant stands in one leg: add the quantities up", leg=judging.leg)
    for leg in legs:
        grant = standing(judging, leg.grant)
        if grant.pool != pool.pool:
            raise Impossible(
                f"Grant {grant.grant} is of {grant.pool}, not {pool.pool}", leg=judging.leg
            )
        if not leg.ends:
            demand_granule(judging, pool, leg.quantity)
        if not is_late and at >= grant.end and not _ends_here(grant, position):
            raise GrantEnded(f"Grant {grant.grant} ends at {grant.end}", leg=judging.leg)
        _judge_advances(judging, position, leg, grant)


def _ends_here(grant: GrantRecord, position: int) -> bool:
    """Whether it is this very event that gives a grant its end."""
    return bool(grant.ends) and grant.ends[-1].position == position


def _judge_advances(judging: Judging, position: int, leg: Leg, grant: GrantRecord) -> None:
    """Refuse a leg that advances what is not scheduled, or less than was advanced of it."""
    taken = sum(one.quantity for one in leg.advances)
    scheduled = {draw.position for draw in grant.draws if draw.is_release}
    unknown = [one.position for one in leg.advances if one.position not in scheduled]
    if unknown or taken > leg.quantity:
        raise Impossible(
            f"A leg of {leg.quantity} from grant {grant.grant} advances {taken}"
            + (f", of a release at {unknown[0]} that is not there" if unknown else ""),
            leg=judging.leg,
        )
    of_it, by = advanced(grant, position)
    if of_it > leg.quantity:
        raise DependentFacts(
            f"{of_it} of what is scheduled at {position} were taken before: "
            f"position {', '.join(map(str, by))}",
            arithmetic=Arithmetic(
                measure="advanced", pool=grant.pool, unit=grant.unit, grant=grant.grant,
                asked=leg.quantity, limit=of_it, positions=by,
            ),
            leg=judging.leg,
        )  # fmt: skip
