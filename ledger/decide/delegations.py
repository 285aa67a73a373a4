"""Delegations: authority is handed on, always narrower, and taken back (rule 6)."""

from typing import Final

from ledger.authority import DECIDER, STEWARD, for_pools
from ledger.decide.existence import demand_open_unit, demand_unchanged, pool_at, unit_at
from ledger.decide.judging import Judging
from ledger.events import AuthorityDelegated, AuthorityRevoked
from ledger.facts import Delegation, Revocation
from ledger.organising import Delegate, Revoke
from ledger.periods import Instant, open_end, or_null
from ledger.records import DelegationRecord
from ledger.refusals import (
    AlreadyExists,
    Impossible,
    NoDifference,
    NotYoursToDecide,
    UnknownDelegation,
)
from ledger.vocabulary import Role

GIVEN_BY_DECIDERS: Final[frozenset[Role]] = frozenset({"decider", "operator", "lead"})


def delegate(judging: Judging, command: Delegate) -> None:
    """Record that a person may act over a unit's subtree from now on."""
    unit = unit_at(judging, command.unit, judging.now)
    pools = tuple(dict.fromkeys(command.pools)) if command.pools else None
    for pool in pools or ():
        pool_at(judging, pool, judging.now)
    until = open_end(None if command.until is None else Instant(command.until))
    may_give = _may_give(judging, command, unit.unit, pools, until)
    if command.to == judging.actor.person:
        raise NotYoursToDecide("Nobody gives authority to themselves", leg=judging.leg)
    judging.allow_one_of(may_give, unit.unit, None)
    demand_unchanged(judging, command)
    demand_open_unit(judging, unit)
    if until <= judging.now:
        raise Impossible(f"{until} has gone by: a delegation begins now", leg=judging.leg)
    chosen = command.delegation
    if chosen is not None and chosen in judging.state.delegations:
        raise AlreadyExists(f"There is a delegation {chosen} already", leg=judging.leg)
    data = Delegation(
        delegation=chosen or judging.new_id(),
        to=command.to,
        role=command.role,
        unit=unit.unit,
        pools=pools,
        most=command.most,
        until=or_null(until),
    )
    judging.record(AuthorityDelegated, data, judging.now)


def revoke(judging: Judging, command: Revoke) -> None:
    """Record that a delegation holds no longer: by its giver, a steward, or a decider above."""
    given = judging.state.delegations.get(command.delegation)
    if given is None:
        raise UnknownDelegation(f"There is no delegation {command.delegation}", leg=judging.leg)
    judging.allow_one_of(_may_revoke(judging, given), given.unit, None)
    if given.until <= judging.now:
        raise NoDifference(
            f"Delegation {given.delegation} ended at {given.until} already", leg=judging.leg
        )
    judging.record(AuthorityRevoked, Revocation(delegation=given.delegation), judging.now)


def _may_give(
    judging: Judging, command: Delegate, unit: str, pools: tuple[str, ...] | None, until: Instant
) -> tuple[DelegationRecord, ...]:
    """What entitles to give: a steward any role, a decider some; never more than they have."""
    roles = (*STEWARD, *DECIDER) if command.role in GIVEN_BY_DECIDERS else STEWARD
    covered = judging.actor.require(roles, unit, None, judging.leg)
    wide = tuple(own for own in covered if _is_within(own, pools, command.most, until))
    if not wide:
        raise NotYoursToDecide(
            f"{judging.actor.person} may give no more over {unit} than they have: "
            "fewer pools, less at once, or not as long",
            leg=judging.leg,
        )
    return wide


def _is_within(
    own: DelegationRecord, pools: tuple[str, ...] | None, most: int | None, until: Instant
) -> bool:
    in_most = own.most is None or (most is not None and most <= own.most)
    return _covers(own, pools) and in_most and until <= own.until


def _covers(own: DelegationRecord, pools: tuple[str, ...] | None) -> bool:
    """Whether a delegation is of all these pools; None = of every pool."""
    return own.pools is None or (pools is not None and set(pools) <= set(own.pools))


def _may_revoke(judging: Judging, given: DelegationRecord) -> tuple[DelegationRecord, ...]:
    """Delegations that entitle to revoke; for the giver who has none left, the one they gave."""
    actor = judging.actor
    deciders = actor.covering(DECIDER, given.unit, None)
    above = (
        *(one for one in deciders if one.unit != given.unit),
        *actor.covering(STEWARD, given.unit, None),
    )
    entitled = tuple(one for one in above if _covers(one, given.pools))
    if entitled:
        return entitled
    if given.given_by == actor.person:
        return (given,)
    raise actor.lacking(
        f"the giver, a steward over {given.unit} or a decider above it"
        f"{for_pools(given.pools) or ' for every pool'}",
        judging.leg,
    )
