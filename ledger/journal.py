"""Undo: a decision is tried on the state itself, and taken back when refused or not stored."""

from bisect import bisect_left, insort
from collections.abc import Callable, MutableMapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from ledger.measures import Counted
from ledger.periods import Instant
from ledger.steps import Delta, Steps, net

_ABSENT: Final = object()
_K = TypeVar("_K")
_V = TypeVar("_V")
Item = TypeVar("Item", str, tuple[int, int, str], tuple[str, str])


class Placed(Protocol):
    """What stands at a position of the log."""

    position: int
    recorded_at: Instant


class Journal:
    """Every change of the state goes through here; while `recording`, each can be undone.

    Two levels: a *trial* (`begin` to `keep` or `undo`) is one judgement; while `held`, what
    trials kept can still be taken back, until it is stored and `let_go`.
    """

    __slots__ = ("_mark", "_undo", "added", "counted", "held", "recording", "trying")

    def __init__(self) -> None:
        self.recording = False
        self.trying = False
        self.held = False
        self.added: list[tuple[Steps, Delta]] = []
        """What the trial added to step functions, in order."""
        self.counted: list[Counted] = []
        """What the trial added to the measures of budgets, in order."""
        self._undo: list[tuple[Callable[..., object], tuple[Any, ...]]] = []
        self._mark = 0

    def begin(self) -> None:
        """Start a trial: what follows can be taken back."""
        self._mark = len(self._undo)
        self.added.clear()
        self.counted.clear()
        self.recording = self.trying = True

    def keep(self) -> None:
        """End a trial and keep what it changed."""
        self.recording = self.held
        self.trying = False
        if not self.held:
            self._undo.clear()

    def undo(self) -> None:
        """End a trial and take back, newest first, what it changed."""
        self._back_to(self._mark)
        self.trying = False

    def hold(self) -> None:
        """From here on, what is kept can be taken back until it is let go."""
        self.held = self.recording = True

    def kept(self) -> int:
        """How many changes can be taken back: what `let_go` is told of them later."""
        return len(self._undo)

    def let_go(self, count: int) -> None:
        """The oldest so many changes are stored: they stay."""
        del self._undo[:count]

    def release(self) -> None:
        """Hold no longer: all that was kept stays."""
        self.held = self.recording = False
        self._undo.clear()

    def take_back(self) -> None:
        """Take back, newest first, everything that was held, and hold no longer."""
        self.held = False
        self._back_to(0)

    def _back_to(self, mark: int) -> None:
        self.recording = False
        undo = self._undo
        while len(undo) > mark:
            act, arguments = undo.pop()
            act(*arguments)
        self.recording = self.held

    def on_undo(self, act: Callable[..., object], *arguments: object) -> None:
        """Remember how to take back something that was done elsewhere."""
        if self.recording:
            self._undo.append((act, arguments))

    def put(self, mapping: MutableMapping[_K, _V], key: _K, value: _V) -> None:
        """Set a key of a mapping."""
        if self.recording:
            self._undo.append((_restore, (mapping, key, mapping.get(key, _ABSENT))))
        mapping[key] = value

    def drop(self, mapping: MutableMapping[_K, _V], key: _K) -> None:
        """Have a key no more in a mapping."""
        if key in mapping:
            if self.recording:
                self._undo.append((_restore, (mapping, key, mapping[key])))
            del mapping[key]

    def advance(self, owner: "Placed", position: int, recorded_at: Instant) -> None:
        """Move to a position of the log."""
        if self.recording:
            self._undo.append((_place, (owner, owner.position, owner.recorded_at)))
        owner.position = position
        owner.recorded_at = recorded_at

    def assign(self, owner: object, name: str, value: object) -> None:
        """Set an attribute."""
        if self.recording:
            self._undo.append((setattr, (owner, name, getattr(owner, name))))
        setattr(owner, name, value)

    def add(self, steps: Steps, start: Instant, end: Instant, quantity: int) -> None:
        """Add a quantity to a step function over `[start, end)`."""
        if self.recording:
            self._undo.append((steps.add, (start, end, -quantity)))
            self.added.append((steps, (start, end, quantity)))
        steps.add(start, end, quantity)

    def add_sum(self, steps: Steps, deltas: Sequence[Delta]) -> None:
        """Add the sum of deltas to a step function."""
        for start, end, quantity in deltas if len(deltas) == 1 else net(deltas):
            self.add(steps, start, end, quantity)

    def count(self, steps: Steps, sign: int, counted: Counted) -> None:
        """Add to a measure of a budget, which is kept with a sign."""
        start, end, quantity = counted[2]
        if self.recording:
            self._undo.append((steps.add, (start, end, -sign * quantity)))
            self.counted.append(counted)
        steps.add(start, end, sign * quantity)

    def place(self, ordered: list[Item], item: Item, is_in: bool) -> None:
        """Have an item in a sorted list, or not in it."""
        # Who gives first stands first, and so does mostly who comes last.
        place = bisect_left(ordered, item) if ordered and ordered[0] < item else 0
        if (place < len(ordered) and ordered[place] == item) is is_in:
            return
        if is_in:
            ordered.insert(place, item)
        else:
            del ordered[place]
        if self.recording:
            self._undo.append((discard if is_in else insort, (ordered, item)))


def discard(ordered: list[Item], item: Item) -> None:
    """Have an item no more in a sorted list, from which it may have gone to rest meanwhile."""
    place = bisect_left(ordered, item)
    if place < len(ordered) and ordered[place] == item:
        del ordered[place]


def _place(owner: Placed, position: int, recorded_at: Instant) -> None:
    owner.position = position
    owner.recorded_at = recorded_at


def _restore(mapping: MutableMapping[Any, Any], key: Any, old: Any) -> None:
    if old is _ABSENT:
        del mapping[key]
    else:
        mapping[key] = old
