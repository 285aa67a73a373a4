"""Forecasts: what a grant is expected to give back, and when. They bind nobody."""

from ledger.authority import HOLDERS
from ledger.commands import ForecastRelease
from ledger.decide.existence import demand_unchanged, grant_named, pool_at, unit_at
from ledger.decide.judging import Judging
from ledger.events import ReleaseForecast
from ledger.facts import Forecast, ForecastStep
from ledger.holding import own_at
from ledger.periods import Instant
from ledger.records import GrantRecord
from ledger.refusals import Arithmetic, GrantEnded, Impossible, MoreThanHeld, NoDifference

Steps = list[tuple[Instant, int]]


def forecast(judging: Judging, command: ForecastRelease) -> None:
    """Record what is expected back of a grant, or of what a unit holds of a pool.

    Of a unit, each step is spread over its own live grants in the order they would be drawn
    (rule 5), one event a grant; what was expected of its other grants is withdrawn.
    """
    steps = [(Instant(step.expected_at), step.quantity) for step in command.steps]
    if command.grant is not None:
        given = grant_named(judging, command.grant)
        _allow(judging, given.unit, given.pool)
        demand_unchanged(judging, command)
        if given.end <= judging.now:
            raise GrantEnded(f"Grant {given.grant} ended at {given.end}", leg=judging.leg)
        _demand_ahead(judging, steps)
        # By now, or when it begins; what it lends comes back.
        at = max(judging.now, given.start)
        _demand_held(
            judging, steps, given.pool, given.unit, own_at(given, at), at=at, grant=given.grant
        )
        _record(judging, command, given, steps)
    elif command.pool is not None and command.unit is not None:
        _of_unit(judging, command, command.pool, command.unit, steps)


def _of_unit(
    judging: Judging, command: ForecastRelease, name: str, holder: str, steps: Steps
) -> None:  # fmt: skip
    pool = pool_at(judging, name, judging.now).pool
    unit = unit_at(judging, holder, judging.now).unit
    _allow(judging, unit, pool)
    demand_unchanged(judging, command)
    _demand_ahead(judging, steps)
    state = judging.state
    grants = [
        grant
        for grant in state.live_of(pool, unit)
        if grant.lender is None and grant.start <= judging.now
    ]
    in_hand = {grant.grant: state.hold_at(grant, judging.now) for grant in grants}
    _demand_held(judging, steps, pool, unit, sum(in_hand.values()), at=judging.now)
    spread: dict[str, Steps] = {grant.grant: [] for grant in grants}
    for date, quantity in steps:
        left = quantity
        for grant in grants:
            part = min(left, in_hand[grant.grant])
            if part:
                spread[grant.grant].append((date, part))
                in_hand[grant.grant] -= part
                left -= part
    told = [grant for grant in grants if spread[grant.grant] or grant.grant in state.forecasts]
    if not told:
        raise NoDifference(f"Nothing is expected back of {unit} already", leg=judging.leg)
    for index, grant in enumerate(told):
        if index:
            _allow(judging, unit, pool)
        _record(judging, command, grant, spread[grant.grant] or [(steps[0][0], 0)])


def _allow(judging: Judging, unit: str, pool: str) -> None:
    judging.allow(HOLDERS, unit, pool)


def _demand_ahead(judging: Judging, steps: Steps) -> None:
    gone = [date for date, quantity in steps if quantity and date <= judging.now]
    if gone:
        raise Impossible(f"{gone[0]} has gone by: nothing is expected then", leg=judging.leg)


def _demand_held(
    judging: Judging, steps: Steps, pool: str, unit: str, held: int, *, at: Instant,
    grant: str | None = None,
) -> None:  # fmt: skip
    wanted = sum(quantity for _, quantity in steps)
    if wanted > held:
        of = f"{unit}, which holds" if grant is None else f"grant {grant}, which owns"
        raise MoreThanHeld(
            f"{wanted} expected back of {of} {held} of {pool}",
            arithmetic=Arithmetic(
                measure="in_hand" if grant is None else "own", pool=pool, unit=unit, grant=grant,
                at=at, asked=wanted, available=held,
            ),
            leg=judging.leg,
        )  # fmt: skip


def _record(
    judging: Judging, command: ForecastRelease, given: GrantRecord, steps: Steps
) -> None:  # fmt: skip
    is_withdrawn = not any(quantity for _, quantity in steps)
    if is_withdrawn and given.grant not in judging.state.forecasts:
        raise NoDifference(
            f"Nothing is expected back of grant {given.grant} already", leg=judging.leg
        )
    data = Forecast(
        grant=given.grant,
        steps=tuple(ForecastStep(quantity=quantity, expected_at=date) for date, quantity in steps),
        confidence=command.confidence,
    )
    judging.record(ReleaseForecast, data, judging.now)
