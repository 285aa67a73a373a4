"""What can be taken for a plan without anybody falling below a floor, or a pool being over."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from ledger.holding import hold_at, lowest_hold, takable
from ledger.periods import Instant
from ledger.planning.left import Left, above_amount, losses, of_pool, times, to_limit
from ledger.planning.shapes import Touched
from ledger.planning.window import Window
from ledger.quantities import LARGEST
from ledger.records import GrantRecord
from ledger.state import State
from ledger.steps import Delta


class _Take(Struct, frozen=True):
    """What was taken of a grant, of which so much was taken before."""

    grant: GrantRecord
    before: int
    quantity: int

    def losses(self, start: Instant) -> Iterator[Delta]:
        """How much less the grant owns over time."""
        return losses(self.grant, start, self.quantity, self.before)


class Room:
    """What is left of a pool, of grants and of limits, less what the plan has taken so far.

    What is taken of a grant advances the releases that are scheduled of it: from these on nothing
    is less than it would be. But whoever gets it keeps it until the end of the window, so it has
    to be free from these, and from the grant's end on (rule 1).
    """

    def __init__(self, state: State, window: Window, *, borrowed: bool) -> None:
        self._state: Final = state
        self._window: Final = window
        self._pool: Final = window.pool.pool
        self._free: Final = of_pool(state, self._pool, window.start)
        self._taken: dict[str, int] = {}
        self._takes: list[_Take] = []
        self._floors: dict[str, Left] = {}
        self._amounts: dict[str, Left] = {}
        # What stays below a unit as its own is kept by it, until the end of the window.
        self._keep: Final = frozenset(() if borrowed else state.path(window.plan.unit))
        self.touched: dict[tuple[str, str], Touched] = {}

    def free(self) -> int:
        """What is free all through the window, in whole granules."""
        return self._whole(self._free.least(self._window.start, self._window.end))

    def use(self, quantity: int) -> None:
        """Take of what is free."""
        self._free.take(self._window.start, self._window.end, quantity)

    def of(self, grant: GrantRecord, most: int, over: str | None = None) -> int:
        """How much more can be taken of a grant, `most` at most, in whole granules.

        Of what a unit has `over` its amount no more than that.
        """
        if grant.lender is not None:
            return self._whole(min(most, self._of_loan(grant)))
        most = min(most, self._of_grant(grant))
        bounds = (bound for _, bound in self._bounds(grant, over))
        return self._whole(min(most, *bounds)) if most > 0 else 0

    def touch(self, grant: GrantRecord, most: int, over: str | None = None) -> None:
        """Say what holds back the rest of a grant, of which so much more was wanted.

        Of what a unit has `over` its amount the rest is no more than that.
        """
        rest = min(most, self._of_grant(grant)) if grant.lender is None else 0
        bounds = list(self._bounds(grant, over))
        rest = min([rest, *(bound for touched, bound in bounds if touched is None)])
        for touched, bound in bounds:
            if touched is not None and bound < rest:
                about = grant.grant if touched.code == "NotEnoughFree" else touched.unit
                self.touched[touched.code, about or ""] = touched

    def take(self, grant: GrantRecord, quantity: int) -> None:
        """Take of a grant what `of` allows."""
        take = _Take(grant, self._taken.get(grant.grant, 0), quantity)
        self._taken[grant.grant] = take.before + quantity
        self._takes.append(take)
        if grant.lender is not None:
            return
        start, end = self._window.start, self._window.end
        for since, until, less in take.losses(start):
            self._free.take(since, min(until, end), quantity - less)
        self._free.take(grant.end, end, quantity)
        for limits in (self._floors, self._amounts):
            for unit in self._state.path(grant.unit):
                if unit in limits:
                    self._lose(limits[unit], take)

    def _of_grant(self, grant: GrantRecord) -> int:
        """What a grant can give for good."""
        loans = self._state.loans_of(grant) if grant.loans else ()
        room = takable(grant, self._window.start, self._window.now, loans)
        return room - self._taken.get(grant.grant, 0)

    def _of_loan(self, loan: GrantRecord) -> int:
        """What of a loan comes back and stays, while its lender's grant gives away what it will."""
        window, state = self._window, self._state
        lender = state.grants[loan.lender or ""]
        loans = state.loans_of(lender)
        had = hold_at(lender, window.start, loans)
        others = [one for one in loans if one.grant != loan.grant]
        lowest = [
            lowest_hold(loan, (), window.start, until=window.end),
            lowest_hold(lender, others, window.start, until=window.end),
            lowest_hold(lender, (), window.start, until=window.end),
        ]
        if None in lowest:
            return 0
        of_loan, beside_others, of_all = (one[1] for one in lowest if one is not None)
        back = sum(self._taken.get(one.grant, 0) for one in loans)
        taken = self._taken.get(loan.grant, 0)
        return max(0, min(min(of_loan, beside_others - had) - taken, of_all - had - back))

    def _bounds(
        self, grant: GrantRecord, over: str | None
    ) -> Iterator[tuple[Touched | None, int]]:  # fmt: skip
        """How much more the pool, floors and what is over an amount leave of a grant."""
        taken, window = self._taken.get(grant.grant, 0), self._window
        room = self._free.least(grant.end, window.end)
        for since, until, released in times(grant, window.start, min(grant.end, window.end)):
            spare = max(0, self._free.least(since, until))
            if spare < released - taken:
                room = min(room, spare)
        yield self._promised(grant, taken + max(0, room)), max(0, room)
        if grant.grant_class != "guaranteed":
            return
        for unit in self._floored(grant):
            start = window.end if unit in self._keep else window.start
            yield self._floor_of(unit), self._within(self._floor(unit), grant, start, grant.end)
        if over is not None:
            until = min(grant.end, window.end)
            yield None, self._within(self._amount(over), grant, window.start, until)

    def _within(self, left: Left, grant: GrantRecord, start: Instant, end: Instant) -> int:
        """How much more of a grant a limit leaves room for over a time.

        A release that is scheduled takes its part from then on, whoever gets it.
        """
        taken = self._taken.get(grant.grant, 0)
        return min(
            (
                max(0, left.least(max(since, start), until)) + max(0, released - taken)
                for since, until, released in times(grant, self._window.start, end)
                if until > start
            ),
            default=LARGEST,
        )

    def _floored(self, grant: GrantRecord) -> list[str]:
        """The units above a grant with a floor, which keep less when something is taken of it."""
        measures = self._state.measures.get(grant.pool, {})
        path = self._state.path(grant.unit)
        return [one for one in path if one in measures and measures[one].counts("kept")]

    def _floor(self, unit: str) -> Left:
        left = self._floors.get(unit)
        if left is None:
            made = to_limit(self._state, self._pool, unit, "kept", self._window.start)
            left = self._floors[unit] = self._reduced(made, unit)
        return left

    def _amount(self, unit: str) -> Left:
        left = self._amounts.get(unit)
        if left is None:
            made = above_amount(self._state, self._pool, unit, self._window.start)
            left = self._amounts[unit] = self._reduced(made, unit)
        return left

    def _reduced(self, left: Left, unit: str) -> Left:
        """The same, less what was taken below a unit before anybody asked."""
        for take in self._takes:
            if take.grant.lender is None and unit in self._state.path(take.grant.unit):
                self._lose(left, take)
        return left

    def _lose(self, left: Left, take: _Take) -> None:
        """Take off what a unit owns less as guaranteed."""
        if take.grant.grant_class == "guaranteed":
            for since, until, less in take.losses(self._window.start):
                left.take(since, until, less)

    def _promised(self, grant: GrantRecord, most: int) -> Touched:
        return Touched(
            code="NotEnoughFree",
            unit=grant.unit,
            detail=f"No more than {self._whole(most)} of grant {grant.grant} of {grant.unit}: "
            "what it gives back later anyway is promised to others then",
        )

    def _floor_of(self, unit: str) -> Touched:
        return Touched(
            code="BelowFloor", unit=unit, detail=f"{unit} keeps its floor of {self._pool}"
        )

    def _whole(self, quantity: int) -> int:
        quantity = max(0, quantity)
        return quantity - quantity % self._window.pool.granule
