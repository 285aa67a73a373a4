"""Splits: leadership divides a pool between units that stand under one parent (rule 4)."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from ledger.authority import DECIDER
from ledger.budgets import ShareRecord, apportioned, share_at
from ledger.decide.cases import Case, Found
from ledger.decide.existence import (
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    pool_at,
    unit_at,
)
from ledger.decide.judging import Judging
from ledger.decide.notice import entitle
from ledger.events import SplitDecided
from ledger.evolve.splits import with_share
from ledger.facts import Fact, Share, Splitting
from ledger.organising import ShareAsk, Split
from ledger.periods import FOREVER, Instant, open_end, or_null
from ledger.quantities import LARGEST
from ledger.refusals import Impossible, NoDifference
from ledger.steps import Delta

Pair = tuple[ShareRecord | None, ShareRecord | None]
"""What a unit has before and after."""
Turn = tuple[Instant, Instant, list[Pair]]
"""What each unit has before and after, over `[from, to)`."""


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
    demand_open_pool(judging, pool, until)
    for share in command.shares:
        unit = unit_at(judging, share.unit, at)
        demand_open_unit(judging, unit)
        if unit.parent != parent.unit:
            raise Impossible(f"{unit.unit} does not stand under {parent.unit}", leg=judging.leg)
    shares = _shares(judging, command, at)
    judging.date_back(at, pool.pool, [parent.unit])
    data = Splitting(pool=pool.pool, parent=parent.unit, shares=shares, until=or_null(until))
    units = [share.unit for share in shares]
    turns = _turns(judging, data, units, position=judging.state.position + 1, at=at, first=at)
    if all(_terms(old) == _terms(new) for _, _, pairs in turns for old, new in pairs):
        raise NoDifference("Every share is that already", leg=judging.leg)
    if any(_is_less(old, new) for _, _, pairs in turns for old, new in pairs):
        judging.need_words("A smaller budget takes something away")
    entitle(judging, parent.unit, pool.pool, _raised(turns))
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
    above = dict.fromkeys(judging.state.units[unit].parent or unit for unit in units)
    for other in above:
        judging.actor.require(DECIDER, other, pool, judging.leg)
    at = None if case.now is None else case.now.at
    said = case.now.fact if case.now is not None else original
    turns = _turns(judging, said, units, position=case.position, at=at, first=first)
    entitle(judging, parent, pool, _raised(turns))
    for other in above:
        if other != parent:
            judging.allow(DECIDER, other, pool)
    if case.now is not None and isinstance(case.now.fact, Splitting):
        _demand_sound(judging, case.now.fact, case.now.at)
        _demand_there(judging, case.now.fact, case.now.at)
        _demand_below(case, case.now.fact)
    takes = any(_is_less(old, new) for _, _, pairs in turns for old, new in pairs)
    return Found(first=first, units=(parent,), pool=pool, takes=takes)


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


def _demand_there(judging: Judging, fact: Splitting, at: Instant) -> None:
    """Refuse a split that begins before what it names was there, or after it was closed."""
    pool = pool_at(judging, fact.pool, at)
    if at >= pool.closed_at:
        demand_open_pool(judging, pool)
    for name in (fact.parent, *(share.unit for share in fact.shares)):
        unit = unit_at(judging, name, at)
        if at >= unit.closed_at:
            demand_open_unit(judging, unit)


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


def _turns(
    judging: Judging,
    split: Fact,
    units: Sequence[str],
    *,
    position: int,
    at: Instant | None,
    first: Instant,
) -> list[Turn]:
    """What these units have before and after a split says this, wherever that changes in time.

    `position` is the split's, `at` when it begins, None for never, `first` from when to look on.
    """
    if not isinstance(split, Splitting):
        raise TypeError(f"{type(split).__name__} is no split")
    budgets = judging.state.budgets
    old = {unit: budgets.get((split.pool, unit), ()) for unit in units}
    new = {unit: with_share(old[unit], position, at, split, unit) for unit in units}
    dates = {first, FOREVER}
    for budget in (*old.values(), *new.values()):
        dates |= {edge for one in budget for edge in (one.start, one.until) if edge > first}
    return [
        (since, until, [(share_at(old[unit], since), share_at(new[unit], since)) for unit in units])
        for since, until in pairwise(sorted(dates))
    ]


def _terms(share: ShareRecord | None) -> tuple[int | Instant | None, ...] | None:
    if share is None or share.limits_nothing:
        return None
    return share.floor, share.amount, share.cap, share.until


def _is_less(old: ShareRecord | None, new: ShareRecord | None) -> bool:
    """Whether a unit has less of anything than it had, or nothing any more: words are due."""
    if old is None:
        return False
    if (new.floor or 0 if new else 0) < (old.floor or 0):
        return True
    amount, cap = (new.amount, new.cap) if new else (None, None)
    is_capped = old.cap is not None and cap is not None and cap < old.cap
    return is_capped or (old.amount is not None and (amount is None or amount < old.amount))


def _raised(turns: Iterable[Turn]) -> list[Delta]:
    """By how much the amounts are more than they were, in sum, and when.

    What is cleared is raised beyond any bound: LARGEST.
    """
    return [
        (since, until, more)
        for since, until, pairs in turns
        if (more := min(LARGEST, sum(_more(old, new) for old, new in pairs)))
    ]


def _more(old: ShareRecord | None, new: ShareRecord | None) -> int:
    had = None if old is None else old.amount
    has = None if new is None else new.amount
    if has is None:
        return 0 if had is None else LARGEST
    return max(0, has - (had or 0))
