"""Splits: leadership divides a pool between units that stand under one parent (rule 4)."""

from collections.abc import Iterable
from functools import partial

from ledger.authority import DECIDER
from ledger.budgets import ShareRecord, apportioned, share_at
from ledger.decide.cases import Case, Found
from ledger.decide.existence import demand_open_unit, demand_unchanged, pool_at, unit_at
from ledger.decide.judging import Judging
from ledger.events import SplitDecided
from ledger.facts import Share, Splitting
from ledger.organising import ShareAsk, Split
from ledger.periods import FOREVER, Instant, open_end, or_null
from ledger.refusals import Arithmetic, Impossible, NoDifference, NotYoursToDecide, OverAmount


def split(judging: Judging, command: Split) -> None:
    """Record the budgets of siblings from an instant on. What is held takes no notice of it.

    Refused when it raises what the next units below have been promised together above the amount
    of the unit that has one above them.
    """
    at = judging.begins()
    pool = pool_at(judging, command.pool, at)
    parent = unit_at(judging, command.parent, at)
    judging.allow(DECIDER, parent.unit, pool.pool)
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
    _demand_most(judging, pool.pool, parent.unit, before)
    data = Splitting(pool=pool.pool, parent=parent.unit, shares=shares, until=or_null(until))
    promised = _promised(judging, pool.pool, parent.unit, at)
    judging.record(SplitDecided, data, at)
    _demand_within(judging, pool.pool, parent.unit, at, promised)


def judge_split(case: Case) -> Found:
    """A split that is corrected: as if it were decided today, for the units it names."""
    judging = case.judging
    pool, parent = "", ""
    units: dict[str, None] = {}
    for said in case.sayings():
        fact = said.fact
        if isinstance(fact, Splitting):
            pool, parent = fact.pool, fact.parent
            units |= dict.fromkeys(share.unit for share in fact.shares)
    judging.allow(DECIDER, parent, pool)
    for unit in units:
        unit_at(judging, unit, judging.now)
    now = case.now.fact if case.now is not None else None
    if isinstance(now, Splitting):
        _demand_sound(judging, now, case.now.at if case.now else judging.now)
    first = case.first_said()
    promised = _promised(judging, pool, parent, first)
    return Found(
        first=first,
        units=(parent,),
        pool=pool,
        takes=True,
        afterwards=partial(_demand_within, judging, pool, parent, first, promised),
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


def _demand_most(
    judging: Judging,
    pool: str,
    parent: str,
    before: Iterable[tuple[Share, ShareRecord | None]],
) -> None:
    """Hold the amounts that are raised against `most` of the delegation (rule 6)."""
    raised = sum(
        max(0, (share.amount or 0) - ((old.amount or 0) if old else 0)) for share, old in before
    )
    held = judging.actor.covering(DECIDER, parent, pool)
    if all(one.most is not None and one.most < raised for one in held):
        most = max(one.most or 0 for one in held)
        raise NotYoursToDecide(
            f"{judging.actor.person} may raise amounts by {most} of {pool} in one decision, "
            f"and this one raises them by {raised}",
            arithmetic=Arithmetic(measure="most", pool=pool, unit=parent, asked=raised, limit=most),
            leg=judging.leg,
        )


def _promised(judging: Judging, pool: str, parent: str, at: Instant) -> dict[Instant, int]:
    """What the next units below the one with an amount are promised together, at each date."""
    above = _with_amount(judging, pool, parent, at)
    return {} if above is None else _sums(judging, pool, above, at)


def _sums(judging: Judging, pool: str, above: str, at: Instant) -> dict[Instant, int]:
    budgets = judging.state.budgets
    dates = {at}
    for (of, _), budget in budgets.items():
        if of == pool:
            dates |= {edge for one in budget for edge in (one.start, one.until) if edge > at}
    return {date: _below(judging, pool, above, date) for date in dates if date != FOREVER}


def _with_amount(judging: Judging, pool: str, unit: str, at: Instant) -> str | None:
    """The unit itself, or the next above it, that has an amount."""
    for above in judging.state.path(unit):
        share = _standing(judging, pool, above, at)
        if share is not None and share.amount is not None:
            return above
    return None


def _below(judging: Judging, pool: str, above: str, at: Instant) -> int:
    """The sum of the amounts of the nearest units below that have one."""
    total = 0
    for unit in _children(judging, above):
        share = _standing(judging, pool, unit, at)
        if share is not None and share.amount is not None:
            total += share.amount
        else:
            total += _below(judging, pool, unit, at)
    return total


def _children(judging: Judging, parent: str) -> list[str]:
    return [one.unit for one in judging.state.units.values() if one.parent == parent]


def _demand_within(
    judging: Judging, pool: str, parent: str, at: Instant, promised: dict[Instant, int]
) -> None:
    """Refuse with OverAmount a split that promises more than the unit above has."""
    above = _with_amount(judging, pool, parent, at)
    if above is None:
        return
    for date, total in sorted(_sums(judging, pool, above, at).items()):
        share = _standing(judging, pool, above, date)
        limit = None if share is None else share.amount
        was = promised.get(date, promised.get(at, 0))
        if limit is not None and total > limit and total > was:
            raise OverAmount(
                f"{total} of {pool} would be promised below {above}, which has {limit} at {date}",
                arithmetic=Arithmetic(
                    measure="split", pool=pool, unit=above, at=date, limit=limit, before=was,
                    after=total,
                ),
                leg=judging.leg,
            )  # fmt: skip
