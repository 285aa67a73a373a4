"""What can be taken for a plan without anybody falling below a floor, or a pool being over."""

from collections.abc import Iterator
from typing import Final

from ledger.budgets import runs
from ledger.holding import lowest_hold, scheduled_releases, takable
from ledger.periods import FOREVER, Instant
from ledger.planning.shapes import Touched
from ledger.planning.window import Window
from ledger.quantities import LARGEST
from ledger.records import Draw, GrantRecord
from ledger.state import State
from ledger.steps import Steps


class Room:
    """What is left of a pool, of grants and above floors, less what the plan has taken so far.

    A grant that is taken from would have given its units back at its end, or by releases that
    are scheduled; whoever gets them keeps them until the end of the window. So much more is
    held from then on, and has to be free then (rule 1).
    """

    def __init__(self, state: State, window: Window, *, borrowed: bool) -> None:
        self._state: Final = state
        self._window: Final = window
        self._free: Final = state.free[window.pool.pool]
        self._granule: Final = window.pool.granule
        self._left: Steps | None = None
        self._taken: dict[str, int] = {}
        self._of_floor: dict[str, int] = {}
        # What stays below a unit as its own is kept by it, until the end of the window.
        self._keep: Final = frozenset(() if borrowed else state.path(window.plan.unit))
        self.touched: dict[tuple[str, str], Touched] = {}

    def free(self) -> int:
        """What is free all through the window, in whole granules."""
        return self._whole(self._spare(self._window.start, self._window.end))

    def use(self, quantity: int) -> None:
        """Take of what is free."""
        self._use(self._window.start, self._window.end, quantity)

    def of(self, grant: GrantRecord, most: int) -> int:
        """How much more can be taken of a grant, `most` at most, in whole granules."""
        taken = self._taken.get(grant.grant, 0)
        if grant.lender is not None:
            lowest = lowest_hold(grant, (), self._window.start, until=self._window.end)
            return min(most, (lowest[1] if lowest else 0) - taken)
        loans = self._state.loans_of(grant) if grant.loans else ()
        room = takable(grant, self._window.start, self._window.now, loans) - taken
        room = min(most, room)
        if room > 0:
            room = self._of_pool(grant, room, taken)
        if room > 0 and grant.grant_class == "guaranteed":
            room = self._above_floors(grant, room)
        return max(0, self._whole(room))

    def take(self, grant: GrantRecord, quantity: int) -> None:
        """Take of a grant what `of` allows."""
        before = self._taken.get(grant.grant, 0)
        self._taken[grant.grant] = before + quantity
        if grant.lender is not None:
            return
        released = used = 0
        end = self._window.end
        for draw in self._leaving(grant):
            released += draw.quantity
            more = min(before + quantity, released) - min(before, released)
            self._use(draw.instant, min(grant.end, end), more - used)
            used = more
        self._use(grant.end, end, quantity)
        if grant.grant_class == "guaranteed":
            for above in self._floored(grant):
                self._of_floor[above] = self._of_floor.get(above, 0) + quantity

    def _of_pool(self, grant: GrantRecord, most: int, taken: int) -> int:
        """How much is free when the grant would have given it back."""
        room, released, end = most, 0, self._window.end
        for draw in self._leaving(grant):
            released += draw.quantity
            spare = self._spare(draw.instant, min(grant.end, end))
            if spare < released - taken:
                room = min(room, spare)
        if grant.end < end:
            room = min(room, self._spare(grant.end, end))
        if room < most:
            self._touch(
                "NotEnoughFree",
                grant.unit,
                f"Only {self._whole(room)} of grant {grant.grant} of {grant.unit}: when it gives "
                f"back what it has, the rest is promised to others",
            )
        return room

    def _above_floors(self, grant: GrantRecord, most: int) -> int:
        room = most
        for above in self._floored(grant):
            left = self._above_floor(above, grant.end) - self._of_floor.get(above, 0)
            if left < room:
                room = max(0, left)
                self._touch(
                    "BelowFloor", above, f"{above} keeps its floor of {self._window.pool.pool}"
                )
        return room

    def _floored(self, grant: GrantRecord) -> list[str]:
        """The units above a grant with a floor, which keep less when something is taken of it."""
        measures = self._state.measures.get(grant.pool, {})
        return [
            above
            for above in self._state.path(grant.unit)
            if above in measures and measures[above].counts("kept")
        ]

    def _above_floor(self, unit: str, until: Instant) -> int:
        """The least by which what a unit keeps is above its floor until an instant."""
        pool, start = self._window.pool.pool, self._window.start
        if unit in self._keep:
            start = self._window.end
            if start >= until:
                return LARGEST
        kept = self._state.measures[pool][unit].kept
        return min(
            (
                kept.lowest(since, to) - share.floor
                for since, to, share in runs(self._state.budgets[pool, unit], start, until)
                if share is not None and share.floor is not None
            ),
            default=LARGEST,
        )

    def _leaving(self, grant: GrantRecord) -> list[Draw]:
        """The releases scheduled in the window, soonest first."""
        start = max(self._window.start, self._window.now)
        return [one for one in scheduled_releases(grant, start) if one.instant < self._window.end]

    def _spare(self, start: Instant, end: Instant) -> int:
        """The least that is free over a time, less what the plan uses."""
        if start >= end:
            return LARGEST
        return max(0, (self._left or self._free).lowest(start, end))

    def _use(self, start: Instant, end: Instant, quantity: int) -> None:
        """Have so much less free over a time: what is free is copied once, from the window on."""
        if start >= end or not quantity:
            return
        if self._left is None:
            self._left = Steps.of(_changes(self._free, self._window.start))
        self._left.add(start, end, -quantity)

    def _whole(self, quantity: int) -> int:
        return quantity - quantity % self._granule

    def _touch(self, code: str, unit: str, detail: str) -> None:
        self.touched[code, unit] = Touched(code=code, unit=unit, detail=detail)


def _changes(steps: Steps, start: Instant) -> Iterator[tuple[Instant, int]]:
    """How a function changes from an instant on, as if it were zero before."""
    before = 0
    for since, _, value in steps.runs(start, FOREVER):
        yield since, value - before
        before = value
