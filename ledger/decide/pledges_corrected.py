"""A pledge that is corrected: as if it were given today, while nothing later is said of it."""

from ledger.decide.cases import Case, Found
from ledger.decide.existence import pool_at, unit_at
from ledger.decide.judging import Judging
from ledger.decide.pledges import demand_above, demand_sound
from ledger.evolve.pledges import promise_of
from ledger.periods import Instant
from ledger.pledge_facts import PledgeMaking
from ledger.pledges import Promise, is_less
from ledger.refusals import Arithmetic, DependentFacts, Impossible
from ledger.sayings import Saying


def judge_pledge(case: Case) -> Found:
    """What a correction of a pledge changes. Raises DependentFacts when revisions name it."""
    judging = case.judging
    units: dict[str, None] = {}
    pools: dict[str, None] = {}
    for said in case.sayings():
        fact = said.fact
        if isinstance(fact, PledgeMaking):
            for unit in (fact.to_unit, fact.of_unit):
                if unit is not None:
                    unit_at(judging, unit, said.at)
            for pool in fact.pools:
                pool_at(judging, pool, said.at)
            units[fact.to_unit] = None
            pools |= dict.fromkeys(fact.pools)
    for unit in units:
        demand_above(judging, unit, pools)
    was, now = _promise(case.position, case.was), _promise(case.position, case.now)
    if now is not None and case.now is not None and isinstance(case.now.fact, PledgeMaking):
        fact = case.now.fact
        _demand_of_something(judging, fact)
        demand_sound(judging, fact.to_unit, fact.of_unit, fact.pools, (now.start, now.until))
    _demand_no_dependents(case)
    return Found(
        first=_first(was, now) or case.first_said(),
        units=tuple(units),
        pool=next(iter(pools)) if len(pools) == 1 else None,
        takes=now is None or (was is not None and is_less(was, now)),
    )


def _promise(position: int, said: Saying | None) -> Promise | None:
    if said is None or not isinstance(said.fact, PledgeMaking):
        return None
    return promise_of(position, said.at, said.fact)


def _first(was: Promise | None, now: Promise | None) -> Instant | None:
    """The first instant at which another end alone changes anything; None for other changes."""
    if was is None or now is None or (was.start, was.terms[1:]) != (now.start, now.terms[1:]):
        return None
    return min(was.until, now.until)


def _demand_of_something(judging: Judging, fact: PledgeMaking) -> None:
    if (fact.share_bp is None) == (fact.quantity is None) or (
        fact.quantity is not None and fact.of_unit is not None
    ):
        raise Impossible(
            "A pledge promises share_bp, perhaps of_unit, or quantity", leg=judging.leg
        )  # fmt: skip


def _demand_no_dependents(case: Case) -> None:
    """Refuse to take a pledge back, or give it to another, under what was said of it later."""
    if not isinstance(case.original, PledgeMaking):
        return
    record = case.judging.state.pledges[case.original.pledge]
    fact = case.now.fact if case.now is not None else None
    is_same = isinstance(fact, PledgeMaking) and fact.to_unit == record.to_unit
    if record.later and not is_same:
        raise DependentFacts(
            f"Pledge {record.pledge} was revised or withdrawn: position "
            f"{', '.join(map(str, record.later))}",
            arithmetic=Arithmetic(
                measure="facts", unit=record.to_unit, positions=record.later
            ),
            leg=case.judging.leg,
        )  # fmt: skip
