"""What units are promised together below one that has an amount: no more than that (rule 4).

Judged on the outcome of the whole decision, at every instant from when on a split says something,
and only where it raises an amount: a lower, cleared or ended budget above is recorded, whatever it
leaves.
"""

from collections.abc import Mapping

from msgspec import Struct

from ledger.budgets import Budget, share_at
from ledger.decide.judging import Judging
from ledger.events import Corrected, SplitDecided
from ledger.evolve.splits import with_share
from ledger.facts import Splitting
from ledger.periods import FOREVER, Instant
from ledger.refusals import Arithmetic, OverAmount
from ledger.sayings import Saying, sayings
from ledger.state import State


class Promising(Struct, frozen=True):
    """A leg says what some units under a parent have of a pool, from an instant on."""

    leg: int
    pool: str
    parent: str
    at: Instant
    units: tuple[str, ...]


def judge_promises(judging: Judging) -> None:
    """Refuse with OverAmount splits that promise more than the unit above has."""
    said = [
        one
        for leg, event in judging.drafts
        if isinstance(event, SplitDecided | Corrected)
        and (one := _promising(leg, event)) is not None
    ]
    if said:
        before = _before(judging)
        for one in said:
            _demand_within(judging, one, before)


def _promising(leg: int, event: SplitDecided | Corrected) -> Promising | None:
    """What a split, or the correction of one, says; None for corrections of all else."""
    told = (
        [Saying(event.effective_at, event.data)]
        if isinstance(event, SplitDecided)
        else [one for one in sayings(event.data) if one is not None]
    )
    splits = [one.fact for one in told if isinstance(one.fact, Splitting)]
    if not splits:
        return None
    units = dict.fromkeys(share.unit for split in splits for share in split.shares)
    first = min(one.at for one in told)
    return Promising(leg, splits[0].pool, splits[0].parent, first, tuple(units))


def _before(judging: Judging) -> dict[tuple[str, str], Budget]:
    """The budgets as they were before the decision."""
    found = {
        place: tuple(share for share in budget if share.position <= judging.head)
        for place, budget in judging.state.budgets.items()
    }
    for _, event in reversed(judging.corrected):
        was, now = sayings(event.data)
        at = None if was is None else was.at
        told = [one.fact for one in (was, now) if one is not None]
        splits = [fact for fact in told if isinstance(fact, Splitting)]
        for split in splits:
            for share in split.shares:
                place = split.pool, share.unit
                found[place] = with_share(
                    found.get(place, ()), event.data.corrects, at, splits[0], share.unit
                )
    return found


def _demand_within(
    judging: Judging, said: Promising, before: Mapping[tuple[str, str], Budget]
) -> None:
    """Refuse with OverAmount what raises the sum below a unit above its amount.

    `before` are the budgets as they were before the decision. Where no unit above has an amount
    and more is promised than there is, a warning says so, of the first such instant.
    """
    state = judging.state
    is_warned = False
    for date in _dates(state, before, said):
        was, now = (_amounts(some, said.pool, date) for some in (before, state.budgets))
        raised = [unit for unit in said.units if now.get(unit, 0) > was.get(unit, 0)]
        above = next((unit for unit in state.path(said.parent) if unit in now), None)
        if raised and above is None and not is_warned:
            is_warned = _warn_of_more(judging, said, date, was, now)
        if not raised or above is None:
            continue
        limit, total, had = now[above], _below(state, above, now), _below(state, above, was)
        if total > max(limit, had):
            raise OverAmount(
                f"{total} of {said.pool} would be promised below {above}, which has {limit} at "
                f"{date}",
                arithmetic=Arithmetic(
                    measure="split", pool=said.pool, unit=above, at=date, limit=limit, before=had,
                    after=total,
                ),
                leg=said.leg,
            )  # fmt: skip


def _warn_of_more(
    judging: Judging,
    said: Promising,
    at: Instant,
    was: Mapping[str, int],
    now: Mapping[str, int],
) -> bool:
    """Warn when units are promised more than can be given out, and more than before."""
    state, pool = judging.state, said.pool
    root = state.path(said.parent)[-1]
    total, had = _below(state, root, now), _below(state, root, was)
    there = state.capacity[pool].at(at).allocatable
    if total <= max(there, had):
        return False
    judging.warn(
        "MoreThanThereIs", f"{total} of {pool} are promised, and {there} can be given out at {at}"
    )
    return True


def _dates(
    state: State, before: Mapping[tuple[str, str], Budget], said: Promising
) -> list[Instant]:
    """The instants from the split on at which any amount of the pool may change."""
    dates = {said.at}
    for budgets in (before, state.budgets):
        for (pool, _), budget in budgets.items():
            if pool == said.pool:
                dates |= {edge for one in budget for edge in (one.start, one.until)}
    return sorted(date for date in dates if said.at <= date < FOREVER)


def _amounts(
    budgets: Mapping[tuple[str, str], Budget], pool: str, at: Instant
) -> Mapping[str, int]:
    """The amounts of a pool at an instant, of the units that have one."""
    shares = {unit: share_at(one, at) for (of, unit), one in budgets.items() if of == pool}
    return {
        unit: share.amount
        for unit, share in shares.items()
        if share is not None and share.amount is not None
    }


def _below(state: State, above: str, amounts: Mapping[str, int]) -> int:
    """The sum of the amounts of the nearest units below that have one."""
    total = 0
    for unit, amount in amounts.items():
        ways_up = state.path(unit)[1:]
        nearest = next((one for one in ways_up if one == above or one in amounts), None)
        total += amount if nearest == above else 0
    return total
