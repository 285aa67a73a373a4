"""Rates: what a unit of a pool counts as when it is shown; nothing is decided by them."""

from ledger.authority import STEWARD
from ledger.decide.cases import Case, Found
from ledger.decide.existence import pool_at
from ledger.decide.judging import Judging
from ledger.events import RateSet
from ledger.pledge_facts import RateSetting
from ledger.pledging import SetRate
from ledger.rates import rate_at
from ledger.refusals import NoDifference


def set_rate(judging: Judging, command: SetRate) -> None:
    """Record what a unit of a pool counts as from an instant on, until the next rate in time."""
    at = judging.begins()
    pool = pool_at(judging, command.pool, at)
    root = judging.root()
    judging.allow(STEWARD, root, pool.pool)
    standing = rate_at(judging.state.rates.get(pool.pool, ()), at)
    if standing is not None and standing.h100_milli == command.h100_milli:
        raise NoDifference(f"{pool.pool} counts as that already at {at}", leg=judging.leg)
    judging.date_back(at, pool.pool, [root])
    judging.record(RateSet, RateSetting(pool=pool.pool, h100_milli=command.h100_milli), at)


def judge_rate(case: Case) -> Found:
    """A rate that is corrected: as if it were set today."""
    judging = case.judging
    root = judging.root()
    pool = ""
    for said in case.sayings():
        if isinstance(said.fact, RateSetting):
            pool = pool_at(judging, said.fact.pool, said.at).pool
    judging.allow(STEWARD, root, pool)
    return Found(first=case.first_said(), units=(root,), pool=pool)
