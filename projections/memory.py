"""Folds of few facts: all of them are kept in memory, and read back once after a restart."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from ledger.events import Event
from projections.statements import Connection


class KeptWhole(ABC):
    """What such a fold has in common: it recalls everything, the first time that it is asked."""

    def __init__(self, is_empty: bool) -> None:
        self._is_recalled = is_empty

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether everything has still to be recalled."""
        del events
        return not self._is_recalled

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read everything back once."""
        del events
        if not self._is_recalled:
            self._is_recalled = True
            self.read_back(connection)

    @abstractmethod
    def read_back(self, connection: Connection) -> None:
        """Read back from the model's own tables all that later events build on."""
