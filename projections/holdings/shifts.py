"""By how much events shift what accounts have, and what that has come to at some positions.

What an account has at an instant, as believed at a position, is the sum of its shifts up to both.
Now and then a balance is kept: the sums of everybody up to an instant, and the outlook, which is
what was to come behind it. Then only what was told since is to be added.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from struct import Struct as Packed
from typing import Final

from ledger.events import Recorded
from ledger.periods import FOREVER, from_micros
from projections.holdings.forks import HOUR_US, fork_of_hours
from projections.sheets import (
    EPOCH_2000_US,
    Cells,
    Changes,
    micros_2000,
    packed_instants,
    packed_numbers,
)

EVERY: Final = 1024
"""A balance is kept after so many positions, or a part of as many as it had quantities."""
PART: Final = 4
NEVER: Final = micros_2000(FOREVER)
"""What ends then has no end, and shifts nothing."""

_SHIFT: Final = Packed(">hiqiqiqiqiq").pack
_OUTLOOK: Final = Packed(">hiqiq").pack
_HINDSIGHT: Final = Packed(">hiqiqiqiqiqiq").pack

Turn = tuple[int, int, int, int]
"""When, in microseconds since 2000, which account has how much more, and the number of its unit."""


class Shifts:
    """Collects what each event shifts, and sums it up to the instants that have passed."""

    def __init__(self, every: int = EVERY) -> None:
        self.due = every
        """The position at which a balance is kept next."""
        self.kept_at = 0
        self.kept_up_to = -EPOCH_2000_US
        """Of which position and instant the last balance is."""
        self._every = every
        self._sums: dict[int, int] = {}
        self._ahead: defaultdict[int, dict[tuple[int, int], int]] = defaultdict(dict)
        self._turns: dict[tuple[int, int], int] = {}
        self._units: dict[int, int] = {}
        self._packed: list[bytes] = []
        self._hindsight: list[bytes] = []
        self._kept: list[Cells] = []
        self._outlook: list[bytes] = []

    def begin(self, position: int, at: int, sums: Mapping[int, int], turns: int) -> None:
        """Go on behind the balance that was kept last: at a position, up to an instant.

        `turns` is how many were to come then.
        """
        self._sums = dict(sums)
        self._balanced(position, at, turns)

    def expect(self, turns: Iterable[Turn]) -> None:
        """These turns are what was told so far and is in no sum yet."""
        self._ahead.clear()
        for at, account, quantity, unit in turns:
            self._units[account] = unit
            self._await((at, account), quantity)

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
            packed, units = self._packed, self._units
            passed = max(micros_2000(event.recorded_at) - 1, self.kept_up_to)
            late: set[int] = set()
            for turn, quantity in turns.items():
                at, account = turn
                if quantity and at < NEVER:
                    unit = units[account]
                    packed.append(_SHIFT(5, 8, at, 8, position, 8, account, 8, quantity, 8, unit))
                    self._await(turn, quantity)
                    if at <= passed:
                        late.add(account)
            for account in late:
                self._look_back(position, account, turns)
        if position >= self.due:
            # What is recorded from now on, and no earlier than that, begins later.
            self._keep(position, micros_2000(event.recorded_at) - 1)

    def _await(self, turn: tuple[int, int], quantity: int) -> None:
        """So much more is to come of an account at an instant; what cancels out is forgotten."""
        of_hour = self._ahead[turn[0] // HOUR_US]
        quantity += of_hour.get(turn, 0)
        if quantity:
            of_hour[turn] = quantity
        else:
            of_hour.pop(turn, None)

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
        """Keep a balance up to an instant, as believed at a position."""
        sums = self._sums
        at = max(at, self.kept_up_to)
        for hour in sorted(hour for hour in self._ahead if hour <= at // HOUR_US):
            left: dict[tuple[int, int], int] = {}
            for turn, quantity in self._ahead.pop(hour).items():
                if turn[0] > at:
                    left[turn] = quantity
                else:
                    account = turn[1]
                    sums[account] = sums.get(account, 0) + quantity
            if left:
                self._ahead[hour] = left
        self._sums = sums = {account: sums[account] for account in sorted(sums) if sums[account]}
        instant = from_micros(at + EPOCH_2000_US)
        self._kept.append((position, instant, list(sums), list(sums.values())))
        self._balanced(position, at, self._look_out(position))

    def _look_out(self, position: int) -> int:
        """Keep what is to come, unit by unit in the order of time; returns how many turns."""
        units = self._units
        of_units: defaultdict[int, tuple[list[int], list[int], list[int]]] = defaultdict(
            lambda: ([], [], [])
        )
        count = 0
        for hour in sorted(self._ahead):
            turns = self._ahead[hour]
            count += len(turns)
            for turn in sorted(turns):
                at, account = turn
                times, accounts, quantities = of_units[units[account]]
                times.append(at)
                accounts.append(account)
                quantities.append(turns[turn])
        for unit, (times, accounts, quantities) in of_units.items():
            self._outlook.append(
                _OUTLOOK(5, 8, position, 8, unit)
                + packed_instants(times) + packed_numbers(accounts) + packed_numbers(quantities)
            )  # fmt: skip
        return count

    def _balanced(self, position: int, at: int, turns: int) -> None:
        self.due = position + max(self._every, (len(self._sums) + turns) // PART)
        self.kept_at, self.kept_up_to = position, at

    def drain(self) -> tuple[Changes, ...]:
        """Hand over what was collected."""
        changes = (
            Changes("shifts", packed=self._packed),
            Changes("hindsight", packed=self._hindsight),
            Changes("sums", self._kept),
            Changes("outlook", packed=self._outlook),
        )
        self._packed, self._hindsight, self._kept, self._outlook = [], [], [], []
        return changes
