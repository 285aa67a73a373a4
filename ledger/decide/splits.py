"""Splits: leadership divides a pool between units that stand under one parent (rule 4)."""

from collections.abc import Iterable
from functools import partial

from ledger.authority import DECIDER
from ledger.budgets import Budget, ShareRecord, apportioned, share_at
from ledger.decide.cases import Case, Found
from ledger.decide.existence import demand_open_unit, demand_unchanged, pool_at, unit_at
from ledger.decide.judging import Judging
from ledger.decide.notice import entitle
from ledger.decide.promises import Promising, demand_within
from ledger.events import SplitDecided
from ledger.evolve.splits import with_share
from ledger.facts import Share, Splitting
from ledger.organising import ShareAsk, Split
from ledger.periods import FOREVER, Instant, open_end, or_null
from ledger.refusals import Impossible, NoDifference


def split(judging: Judging, command: Split) -> None:
    """Record the budgets of siblings from an instant on. What is held takes no notice of it.

    What the next units below are promised together is judged on the whole decision (`promises`).
    """
    at = judging.begins()
    pool = pool_at(judging, command.pool, at)
    parent = unit_at(judging, command.parent, at)
    judging.actor.require(DECIDER, parent.unit, pool.pool, judging.leg)
    demand_unchanged(judging, command)
    demand_open_unit(judging, parent)
    until = open_end(None if command.until is None else Instant(command.until))
    if until <= at:
        raise Impossible(f"A split from {at} to {until} holds no instant", leg=judging.leg)
    for share in command.shares:
        unit = unit_at(judging, share.unit, judging.now)
        demand_open_unit(judging, unit)
        if unit.parent != parent.unit:
            raise Impossible(f"{unit.unit} does not stand under {parent.unit}", leg=judging.leg)
    shares = _shares(judging, command, at)
    judging.date_back(at, pool.pool, [parent.unit])
    before = [(share, _standing(judging, pool.pool, share.unit, at)) for share in shares]
    if all(_says(share, old) for share, old in before) and until == FOREVER:
        raise NoDifference("Every share is that already", leg=judging.leg)
    if any(_is_less(share, old) for share, old in before):
        judging.need_words("A smaller budget takes something away")
    entitle(judging, parent.unit, pool.pool, _raised(before))
    data = Splitting(pool=pool.pool, parent=parent.unit, shares=shares, until=or_null(until))
    judging.record(SplitDecided, data, at)


def judge_split(case: Case) -> Found:
    """A split that is corrected: as if it were decided today, for the units it names.

    Who corrects it decides over its parent, and over the parents that these units have by now.
    """
    judging = case.judging
    original = case.original
    if not isinstance(original, Splitting):
        raise TypeError(f"{type(original).__name__} is no split")
    pool, parent = original.pool, original.parent
    units = _named(case)
    for unit in units:
        unit_at(judging, unit, judging.now)
    first = case.first_said()
    state = judging.state
    above = dict.fromkeys(state.units[unit].parent or unit for unit in units)
    for other in above:
        judging.actor.require(DECIDER, other, pool, judging.leg)
    entitle(judging, parent, pool, _raised_by(case, units, first))
    for other in above:
        if other != parent:
            judging.allow(DECIDER, other, pool)
    if case.now is not None and isinstance(case.now.fact, Splitting):
        _demand_sound(judging, case.now.fact, case.now.at)
        _demand_below(case, case.now.fact)
    return Found(
        first=first,
        units=(parent,),
        pool=pool,
        takes=True,
        afterwards=partial(
            demand_within,
            judging,
            Promising(judging.leg, pool, parent, first, tuple(units)),
            dict(judging.state.budgets),
        ),
    )


def _named(case: Case) -> list[str]:
    """The units that a split names, until now and from now on."""
    facts = [said.fact for said in case.sayings()]
    shares = [share for fact in facts if isinstance(fact, Splitting) for share in fact.shares]
    return list(dict.fromkeys(share.unit for share in shares))


def _demand_below(case: Case, fact: Splitting) -> None:
    """Refuse with Impossible other shares than were said of units that stand elsewhere."""
    was = case.was.fact if case.was is not None else None
    said = was.shares if isinstance(was, Splitting) else ()
    for share in fact.shares:
        is_below = case.judging.state.units[share.unit].parent == fact.parent
        if not is_below and share not in said:
            raise Impossible(
                f"{share.unit} does not stand under {fact.parent}", leg=case.judging.leg
            )


def _demand_sound(judging: Judging, fact: Splitting, at: Instant) -> None:
    """Refuse with Impossible shares that make no sense, or a period that holds no instant."""
    named = [share.unit for share in fact.shares]
    for share in fact.shares:
        given = [one for one in (share.floor, share.amount, share.cap) if one is not None]
        if given != sorted(given):
            raise Impossible(f"{share.unit}: floor <= amount <= cap", leg=judging.leg)
    if not named or len(set(named)) != len(named):
        raise Impossible("A split has a share for each unit, one", leg=judging.leg)
    if open_end(fact.until) <= at:
        raise Impossible(f"A split from {at} to {fact.until} holds no instant", leg=judging.leg)


def _shares(judging: Judging, command: Split, at: Instant) -> tuple[Share, ...]:
    """The shares to record: percentages become amounts by largest remainder."""
    parts = [(one.unit, one.percent_bp) for one in command.shares if one.percent_bp is not None]
    amounts: dict[str, int] = {}
    if parts:
        amounts = apportioned(_base(judging, command.pool, command.parent, at), parts)
    return tuple(_share(one, amounts.get(one.unit)) for one in command.shares)


def _share(asked: ShareAsk, amount: int | None) -> Share:
    if asked.percent_bp is not None:
        return Share(unit=asked.unit, amount=amount)
    return Share(unit=asked.unit, floor=asked.floor, amount=asked.amount, cap=asked.cap)


def _base(judging: Judging, pool: str, parent: str, at: Instant) -> int:
    """What percentages are of: the parent's amount; at the root without one what there is."""
    own = _standing(judging, pool, parent, at)
    if own is not None and own.amount is not None:
        return own.amount
    if judging.state.units[parent].parent is None:
        return judging.state.capacity[pool].at(at).allocatable
    raise Impossible(
        f"{parent} has no amount of {pool} that a percentage could be of", leg=judging.leg
    )


def _standing(judging: Judging, pool: str, unit: str, at: Instant) -> ShareRecord | None:
    return share_at(judging.state.budgets.get((pool, unit), ()), at)


def _says(share: Share, old: ShareRecord | None) -> bool:
    new = (share.floor, share.amount, share.cap)
    if old is None:
        return new == (None, None, None)
    return new == (old.floor, old.amount, old.cap) and old.until == FOREVER


def _is_less(share: Share, old: ShareRecord | None) -> bool:
    """Whether a unit has less of anything than it had: words are due."""
    if old is None:
        return False
    return any(
        had is not None and has is not None and has < had
        for has, had in ((share.floor, old.floor), (share.amount, old.amount), (share.cap, old.cap))
    ) or (old.amount is not None and share.amount is None and share.cap == 0)


def _raised(before: Iterable[tuple[Share, ShareRecord | None]]) -> int:
    """By how much the amounts of a split are more than they were, in sum."""
    return sum(
        max(0, (share.amount or 0) - ((old.amount or 0) if old else 0)) for share, old in before
    )


def _raised_by(case: Case, units: Iterable[str], first: Instant) -> int:
    """By how much a correction raises the amounts of units in sum, at the worst instant."""
    split = case.now.fact if case.now is not None else case.original
    if not isinstance(split, Splitting):
        raise TypeError(f"{type(split).__name__} is no split")
    at = None if case.now is None else case.now.at
    budgets = case.judging.state.budgets
    old = {unit: budgets.get((split.pool, unit), ()) for unit in units}
    new = {unit: with_share(old[unit], case.position, at, split, unit) for unit in units}
    dates = {first}
    for budget in (*old.values(), *new.values()):
        dates |= {edge for one in budget for edge in (one.start, one.until) if edge > first}
    return max(
        sum(max(0, _amount(new[unit], date) - _amount(old[unit], date)) for unit in units)
        for date in dates - {FOREVER}
    )


def _amount(budget: Budget, at: Instant) -> int:
    share = share_at(budget, at)
    return (share.amount or 0) if share is not None else 0
