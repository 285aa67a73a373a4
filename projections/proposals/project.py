"""Proposals folded into rows: what waits, and what became of it."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ledger.events import Event, ProposalClosed, Proposed
from ledger.periods import Instant
from projections.memory import KeptWhole
from projections.sheets import Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.proposals", "recall.sql")


class Waiting(NamedTuple):
    """A command that waits, or with an `outcome` waits no more."""

    proposal: str
    position: int
    recorded_at: Instant
    by: str
    command: str
    needs: list[str]
    expires_at: Instant
    outcome: str | None = None
    ended: int | None = None
    ended_by: str | None = None


class ProposalsFold(KeptWhole):
    """Folds proposals; those that wait are kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        super().__init__(is_empty)
        self._sheet = Sheet("proposals")
        self._waiting: dict[str, tuple[int, Waiting]] = {}

    def read_back(self, connection: Connection) -> None:
        """Read back what waits."""
        for row, cells in fetch(connection, SQL["proposals_standing"], {}, _row):
            waits = Waiting(*cells)
            self._waiting[waits.proposal] = (row, waits)

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case Proposed():
                self._propose(event)
            case ProposalClosed(data=fact):
                self._end(fact.proposal, event, fact.outcome, event.by)
            case _ if event.proposal is not None:
                # All events of the decision say so; the first ends it.
                self._end(event.proposal, event, "confirmed", event.confirmed_by)
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        return (self._sheet.drain(),)

    def _propose(self, event: Proposed) -> None:
        fact = event.data
        waits = Waiting(
            fact.proposal, event.position, event.recorded_at, event.by,
            bytes(fact.command).decode(), list(fact.needs), fact.expires_at,
        )  # fmt: skip
        self._waiting[fact.proposal] = (self._sheet.add(event.position, waits), waits)

    def _end(self, name: str, event: Event, outcome: str, by: str | None) -> None:
        row, waits = self._waiting.pop(name, (0, None))
        if waits is None:
            return
        self._sheet.close(row, event.position)
        ended = waits._replace(outcome=outcome, ended=event.position, ended_by=by)
        self._sheet.add(event.position, ended)


def _row(row: int, *cells: Any) -> tuple[int, tuple[Any, ...]]:
    return row, cells
