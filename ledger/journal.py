"""Undo for one judgement: a decision is tried on the state itself and taken back when refused."""

from bisect import bisect_left, insort
from collections.abc import Callable, MutableMapping
from typing import Any, Final, TypeVar

from ledger.periods import Instant
from ledger.steps import Delta, Steps

_ABSENT: Final = object()
_K = TypeVar("_K")
_V = TypeVar("_V")
Item = TypeVar("Item", str, tuple[int, int, str], tuple[str, str])


class Journal:
    """Every change of the state goes through here; while `recording`, each can be undone."""

    __slots__ = ("_undo", "added", "recording")

    def __init__(self) -> None:
        self.recording = False
        self.added: list[tuple[Steps, Delta]] = []
        """What the trial added to step functions, in order."""
        self._undo: list[tuple[Callable[..., object], tuple[Any, ...]]] = []

    def begin(self) -> None:
        """Start a trial: what follows can be taken back."""
        self._undo.clear()
        self.added.clear()
        self.recording = True

    def keep(self) -> None:
        """End a trial and keep what it changed."""
        self.recording = False
        self._undo.clear()

    def undo(self) -> None:
        """End a trial and take back, newest first, what it changed."""
        self.recording = False
        for act, arguments in reversed(self._undo):
            act(*arguments)
        self._undo.clear()

    def on_undo(self, act: Callable[..., object], *arguments: object) -> None:
        """Remember how to take back something that was done elsewhere."""
        if self.recording:
            self._undo.append((act, arguments))

    def put(self, mapping: MutableMapping[_K, _V], key: _K, value: _V) -> None:
        """Set a key of a mapping."""
        if self.recording:
            self._undo.append((_restore, (mapping, key, mapping.get(key, _ABSENT))))
        mapping[key] = value

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

    def place(self, ordered: list[Item], item: Item, is_in: bool) -> None:
        """Have an item in a sorted list, or not in it."""
        place = bisect_left(ordered, item)
        if (place < len(ordered) and ordered[place] == item) is is_in:
            return
        if is_in:
            ordered.insert(place, item)
        else:
            del ordered[place]
        if self.recording:
            self._undo.append((_discard if is_in else insort, (ordered, item)))


def _discard(ordered: list[Item], item: Item) -> None:
    del ordered[bisect_left(ordered, item)]


def _restore(mapping: MutableMapping[Any, Any], key: Any, old: Any) -> None:
    if old is _ABSENT:
        del mapping[key]
    else:
        mapping[key] = old
