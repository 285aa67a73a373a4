"""By how much events shift what accounts have, and what that has come to at some positions.

What an account has at an instant, as believed at a position, is the sum of its shifts up to both.
A sum of everybody, kept now and then, leaves only those since to be added.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from struct import Struct as Packed
from typing import Final

from ledger.events import Recorded
from ledger.forks import HOUR_US
from ledger.periods import FOREVER, from_micros
from projections.holdings.forks import fork_of_hours
from projections.sheets import EPOCH_2000_US, Cells, Changes, micros_2000

EVERY: Final = 1024
"""Sums are kept after so many positions, or as many as there were quantities in the last ones."""
NEVER: Final = micros_2000(FOREVER)
"""What ends then has no end, and shifts nothing."""

_SHIFT: Final = Packed(">hiqiqiqiqiq").pack
_HINDSIGHT: Final = Packed(">hiqiqiqiqiqiq").pack

Turn = tuple[int, int, int]
"""An instant in microseconds since 2000, an account, and how much more it has from then on."""


class Shifts:
    """Collects what each event shifts, and sums it up to the instants that have passed."""

    def __init__(self, every: int = EVERY) -> None:
        self.due = every
        """The position at which sums are kept next."""
        self.summed_at = 0
        self.summed_up_to = -EPOCH_2000_US
        """Of which position and instant the last sums are."""
        self._every = every
        self._sums: dict[int, int] = {}
        self._ahead: defaultdict[int, list[Turn]] = defaultdict(list)
        self._turns: dict[tuple[int, int], int] = {}
        self._units: dict[int, int] = {}
        self._packed: list[bytes] = []
        self._hindsight: list[bytes] = []
        self._kept: list[Cells] = []

    def begin(self, position: int, at: int, sums: Mapping[int, int]) -> None:
        """Go on behind the sums that were kept last: at a position, up to an instant."""
        self._sums = dict(sums)
        self._summed(position, at)

    def expect(self, turns: Iterable[Turn]) -> None:
        """These turns are what was told so far and is in no sum yet."""
        self._ahead.clear()
        for turn in turns:
            self._ahead[turn[0] // HOUR_US].append(turn)

    def note(self, account: int, unit: int, start: int, until: int, quantity: int) -> None:
        """The event that is folded says: over `[start, until)` so much more, an account of a unit.

        Both are numbers.
        """
        self._units[account] = unit
        turns = self._turns
        first, last = (start, account), (until, account)
        turns[first] = turns.get(first, 0) + quantity
        turns[last] = turns.get(last, 0) - quantity

    def take(self, event: Recorded) -> None:
        """Take in what was noted of an event; nothing is left of what cancels out."""
        position = event.position
        turns = self._turns
        if turns:
            self._turns = {}
            packed, ahead, units = self._packed, self._ahead, self._units
            passed = max(micros_2000(event.recorded_at) - 1, self.summed_up_to)
            late: set[int] = set()
            for (at, account), quantity in turns.items():
                if quantity and at < NEVER:
                    unit = units[account]
                    packed.append(_SHIFT(5, 8, at, 8, position, 8, account, 8, quantity, 8, unit))
                    ahead[at // HOUR_US].append((at, account, quantity))
                    if at <= passed:
                        late.add(account)
            for account in late:
                self._look_back(position, account, turns)
        if position >= self.due:
            # What is recorded from now on, and no earlier than that, begins later.
            self._keep(position, micros_2000(event.recorded_at) - 1)

    def _look_back(
        self, position: int, account: int, turns: Mapping[tuple[int, int], int]
    ) -> None:  # fmt: skip
        """An event changes what an account had before it was recorded."""
        more = 0
        times = sorted(at for at, whose in turns if whose == account)
        for start, until in pairwise([*times, NEVER]):
            more += turns[start, account]
            if more and start < until:
                place = fork_of_hours(start, until)
                self._hindsight.append(
                    _HINDSIGHT(
                        6, 8, position, 8, account, 8, start, 8, until, 8, more, 8, place,
                    )
                )  # fmt: skip

    def _keep(self, position: int, at: int) -> None:
        """Keep the sums up to an instant, as believed at a position."""
        sums = self._sums
        at = max(at, self.summed_up_to)
        for hour in sorted(hour for hour in self._ahead if hour <= at // HOUR_US):
            left: list[Turn] = []
            for turn in self._ahead.pop(hour):
                if turn[0] > at:
                    left.append(turn)
                else:
                    _, account, quantity = turn
                    sums[account] = sums.get(account, 0) + quantity
            if left:
                self._ahead[hour] = left
        self._sums = sums = {account: sums[account] for account in sorted(sums) if sums[account]}
        instant = from_micros(at + EPOCH_2000_US)
        self._kept.append((position, instant, list(sums), list(sums.values())))
        self._summed(position, at)

    def _summed(self, position: int, at: int) -> None:
        self.due = position + max(self._every, len(self._sums))
        self.summed_at, self.summed_up_to = position, at

    def drain(self) -> tuple[Changes, Changes, Changes]:
        """Hand over what was collected."""
        changes = (
            Changes("shifts", packed=self._packed),
            Changes("hindsight", packed=self._hindsight),
            Changes("sums", self._kept),
        )
        self._packed, self._hindsight, self._kept = [], [], []
        return changes
