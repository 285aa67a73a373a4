"""Seals what is appended: the tree over the log, beside whoever appends to it."""

from collections.abc import Iterable, Sequence

from ledger.log import LogUnavailable, Seal, StoredEvent
from ledger.seal.merkle import EMPTY, Frontier, leaf_hash


class WrongSeal(LogUnavailable):
    """A stored seal contradicts itself: nothing may be added behind it."""


class Sealing:
    """The tree over the first `size` events of the log. It grows with the log that it belongs to.

    Whoever appends and fails afterwards lets go of it, as of anything that was folded.
    """

    __slots__ = ("_root", "_tree")

    def __init__(self, last: Seal | None = None) -> None:
        """Go on from a log's newest seal, None in an empty log. Raises WrongSeal."""
        self._tree = EMPTY if last is None else _tree(last)
        self._root = self._tree.root()

    @property
    def size(self) -> int:
        """How many events it covers."""
        return self._tree.size

    @property
    def root(self) -> bytes:
        """The hash that stands for all of them."""
        return self._root

    def copy(self) -> "Sealing":
        """The same tree, to come back to."""
        same = Sealing()
        same._tree, same._root = self._tree, self._root
        return same

    def take_in(self, events: Iterable[StoredEvent]) -> None:
        """Cover what others appended; ValueError unless it follows."""
        self._grow(list(events))

    def seal(self, events: Sequence[StoredEvent]) -> Seal | None:
        """Cover what is about to be appended, and give its seal; None when there is nothing."""
        if not events:
            return None
        previous = self.size or None
        self._grow(events)
        return Seal(size=self.size, previous=previous, root=self._root, frontier=self._tree.pack())

    def _grow(self, events: Sequence[StoredEvent]) -> None:
        if not events:
            return
        if events[0].position != self.size + 1 or events[-1].position != self.size + len(events):
            raise ValueError(f"{events[0].position} does not follow the seal of {self.size}")
        self._tree = self._tree.with_leaves([leaf_hash(event.stored) for event in events])
        self._root = self._tree.root()


def check_history(position: int, root: bytes | None, sealed: bytes | None) -> None:
    """Raise LogUnavailable unless the log's seal at a position is there, and is the one known."""
    if sealed is None:
        raise LogUnavailable(f"no batch ended at {position}: it is not the log that was read")
    if root is not None and root != sealed:
        raise LogUnavailable(f"the log up to {position} is not the log that was read")


def check_covers(seal: Seal | None, head: int | None) -> None:
    """Raise ValueError unless a seal is the one of the log as it is with what is appended."""
    if (None if seal is None else seal.size) != head:
        raise ValueError(f"the seal of {seal and seal.size} is not that of a log up to {head}")


def _tree(seal: Seal) -> Frontier:
    try:
        tree = Frontier.unpacked(seal.size, seal.frontier)
    except ValueError as wrong:
        raise WrongSeal(f"the seal of {seal.size} is damaged: {wrong}") from wrong
    if tree.root() != seal.root:
        raise WrongSeal(f"the seal of {seal.size} is damaged: its root is another")
    return tree
