"""Whose grants could be taken from, tier by tier, least harm first (domain: Plan)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from ledger.budgets import share_at
from ledger.holding import own_at, scheduled_releases
from ledger.periods import Instant, shifted
from ledger.planning.shapes import Harm
from ledger.planning.window import Window
from ledger.plans import Foreseen
from ledger.quantities import LARGEST
from ledger.records import GrantRecord
from ledger.requests import RANKS, counted_priority
from ledger.state import State
from ledger.vocabulary import Priority

SOON: Final = timedelta(days=30)
"""Who gives back so soon after the date is winding down, and is asked before others are."""


class Source(Struct, frozen=True):
    """A grant of which so much at most could be taken, and why it is one of the first to go.

    `rank` orders sources that are not taken the largest first. Of what a unit has `over` its
    amount no more than that is taken.
    """

    grant: GrantRecord
    most: int
    harm: Harm
    why: str
    rank: int = 0
    over: str | None = None

    @property
    def is_recall(self) -> bool:
        """Whether it is a loan of the unit itself, which comes back."""
        return self.harm == "recall"


class Sources:
    """The sources of a plan. Each tier is looked for only when the ones before do not suffice."""

    def __init__(self, state: State, window: Window, foreseen: Iterable[Foreseen]) -> None:
        self._state: Final = state
        self._window: Final = window
        self._foreseen: Final = tuple(foreseen)

    def tiers(self) -> Sequence[Callable[[], Iterator[Source]]]:
        """The tiers behind what is free, each as what finds its sources."""
        return self._lent, self._winding_down, self._borrowed, self._above_amount, self._lower

    def _lent(self) -> Iterator[Source]:
        """What the unit itself has lent: it comes back earlier than was promised.

        Not of a grant that ends within the window: what comes back would not stay.
        """
        window, state = self._window, self._state
        for lender in state.live_of(window.pool.pool, window.plan.unit):
            if lender.end < window.end:
                continue
            for loan in state.loans_of(lender):
                spared = window.is_avoided(state, loan)
                if loan.start <= window.start < loan.end and not spared:
                    until = f"until {day(loan.end)}"
                    yield Source(loan, LARGEST, "recall", f"is lent to {loan.unit} {until}")

    def _winding_down(self) -> Iterator[Source]:
        """What is forecast to be back by the date; behind that, what leaves soon after it anyway.

        A forecast that was replaced since it was told counts no more.
        """
        back: defaultdict[str, list[Foreseen]] = defaultdict(list)
        for one in self._foreseen:
            if (
                one.at <= self._window.start
                and self._state.forecasts.get(one.grant) == one.position
            ):
                back[one.grant].append(one)
        for name, ones in back.items():
            grant = self._state.grants.get(name)
            if grant is not None and self._may_give(grant):
                count, last = sum(one.quantity for one in ones), max(one.at for one in ones)
                sure = ones[0].confidence
                why = f"is forecast to give back {count} by {day(last)}, with {sure} confidence"
                yield Source(grant, count, "winding_down", why)
        until = shifted(self._window.start, SOON)
        pool = self._window.pool.pool
        for grant in self._state.changing_between(pool, self._window.start, until):
            if not self._may_give(grant):
                continue
            if grant.end <= until:
                why = f"ends on {day(grant.end)}"
                yield Source(grant, LARGEST, "winding_down", why, rank=1)
                continue
            leaving = [
                draw
                for draw in scheduled_releases(grant, self._window.start)
                if draw.instant <= until
            ]
            # What is taken sooner is the first of it that was to leave (rule 5).
            sooner = sum(one.quantity for one in back.get(grant.grant, ()))
            count = sum(draw.quantity for draw in leaving) - sooner
            if count > 0:
                last, more = leaving[-1], " more" if sooner else ""
                why = f"gives back {count}{more} by {day(last.instant)} (position {last.position})"
                yield Source(grant, count, "winding_down", why, rank=1)

    def _borrowed(self) -> Iterator[Source]:
        """What is held beyond budgets, the newest first."""
        for unit in self._others():
            for grant in self._live(unit):
                if grant.grant_class != "borrowed":
                    break  # in the order in which they are drawn on these come first
                if self._may_give(grant):
                    of = day(grant.start)
                    has_begun = grant.start <= self._window.now
                    why = f"is borrowed since {of}" if has_begun else f"is borrowed from {of} on"
                    yield Source(grant, LARGEST, "borrowed", why, rank=-grant.began)

    def _above_amount(self) -> Iterator[Source]:
        """What units own beyond the amount of the nearest budget above them."""
        amounts = dict(self._amounts())
        for unit in self._others() if any(more > 0 for more in amounts.values()) else ():
            nearest = next((one for one in self._state.path(unit) if one in amounts), None)
            if nearest is None or amounts[nearest] <= 0:
                continue
            why = f"is of the {amounts[nearest]} by which {nearest} is above its amount"
            for grant in self._live(unit):
                if grant.grant_class == "guaranteed" and self._may_give(grant):
                    yield Source(grant, LARGEST, "above_amount", why, over=nearest)

    def _lower(self) -> Iterator[Source]:
        """What was granted for requests that a decider ranked lower."""
        mine = _priority(self._window)
        for asked in self._state.requests.values():
            ranked = asked.decided_priority
            if not asked.decided:
                continue
            counted = counted_priority(asked.priority, ranked)
            if RANKS[counted] <= RANKS[mine]:
                continue
            for name in asked.grants:
                grant = self._state.grants.get(name)
                if grant is None or grant.grant_class != "guaranteed" or not self._may_give(grant):
                    continue
                why = f"answers request {asked.request}, of {counted} priority"
                yield Source(grant, LARGEST, "lower_priority", why)

    def _others(self) -> Iterator[str]:
        """The units that have something of the pool, in the order of their ids."""
        return iter(sorted(self._state.live.get(self._window.pool.pool, {})))

    def _live(self, unit: str) -> list[GrantRecord]:
        return self._state.live_of(self._window.pool.pool, unit)

    def _may_give(self, grant: GrantRecord) -> bool:
        """Whether a grant holds something at the date, and is to be looked at."""
        window = self._window
        if grant.pool != window.pool.pool or grant.lender is not None:
            return False
        has = own_at(grant, window.start) > 0
        return has and not window.is_avoided(self._state, grant)

    def _amounts(self) -> Iterator[tuple[str, int]]:
        """The units with an amount at the date, and how much more than that they own then."""
        pool, start = self._window.pool.pool, self._window.start
        for unit, measures in self._state.measures.get(pool, {}).items():
            share = share_at(self._state.budgets[pool, unit], start)
            if share is not None and share.amount is not None:
                steps, sign = measures.of("title")
                yield unit, sign * steps.at(start) - share.amount


def _priority(window: Window) -> Priority:
    """The priority of what is planned for: that of its request, else the usual one."""
    asked = window.request
    return "normal" if asked is None else counted_priority(asked.priority, asked.decided_priority)


def day(instant: Instant) -> str:
    """An instant as it is said: a day of UTC, with the time unless that is midnight."""
    date, time = instant[:10], instant[11:16]
    return date if instant[11:26] == "00:00:00.000000" else f"{date} {time}"
