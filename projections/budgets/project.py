"""Splits folded into rows: what each gives which unit, by itself or by its correction."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ledger.events import Corrected, Event, SplitDecided
from ledger.facts import Splitting
from ledger.periods import Instant, open_end
from ledger.sayings import Saying, saying
from projections.memory import KeptWhole
from projections.sheets import Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.budgets", "recall.sql")


class Share(NamedTuple):
    """What the split at a position gives a unit over `[valid_from, valid_to)`."""

    pool: str
    unit: str
    floor: int | None
    amount: int | None
    cap: int | None
    parent: str
    valid_from: Instant
    valid_to: Instant
    position: int


class BudgetsFold(KeptWhole):
    """Folds splits; few, all kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        super().__init__(is_empty)
        self._sheet = Sheet("shares")
        self._rows: dict[int, list[tuple[int, Share]]] = {}

    def read_back(self, connection: Connection) -> None:
        """Read everything back."""
        for row, cells in fetch(connection, SQL["shares_standing"], {}, _row):
            share = Share(*cells)
            self._rows.setdefault(share.position, []).append((row, share))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case SplitDecided(position=position):
                self._tell(position, position, Saying(event.effective_at, event.data))
            case Corrected(data=fact):
                now = saying(fact.topic, fact.replacement)
                said = now or saying(fact.topic, fact.was)
                if said is not None and isinstance(said.fact, Splitting):
                    self._tell(event.position, fact.corrects, now)
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        return (self._sheet.drain(),)

    def _tell(self, position: int, of: int, now: Saying | None) -> None:
        """From a position on, the split at the position `of` says something, or nothing."""
        standing = self._rows.get(of, [])
        self._rows[of] = self._sheet.restate(standing, shares_of(of, now), position)


def shares_of(position: int, said: Saying | None) -> list[Share]:
    """What the split at a position gives whom; none when it never happened."""
    if said is None or not isinstance(said.fact, Splitting):
        return []
    split = said.fact
    return [
        Share(
            split.pool, one.unit, one.floor, one.amount, one.cap, split.parent, said.at,
            open_end(split.until), position,
        )
        for one in split.shares
    ]  # fmt: skip


def _row(row: int, *cells: Any) -> tuple[int, tuple[Any, ...]]:
    return row, cells
