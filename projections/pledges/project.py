"""Pledges folded into rows: what each fact about one promises, by itself or by its correction."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct

from ledger.events import Corrected, Event, Pledged, PledgeRevised, PledgeWithdrawn
from ledger.periods import Instant
from ledger.pledge_facts import PledgeMaking, PledgeRevision
from ledger.sayings import saying
from projections.memory import KeptWhole
from projections.sheets import Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.pledges", "recall.sql")


class Given(Struct, frozen=True):
    """To whom a pledge is, and which event gave it, by whom and when."""

    pledge: str
    to_unit: str
    made: int
    by: str
    recorded_at: Instant


class Promise(NamedTuple):
    """A row without its id and what is known when."""

    pledge: str
    to_unit: str
    position: int
    made: int
    by_person: str
    recorded_at: Instant
    valid_from: Instant
    valid_to: Instant
    pools: list[str]
    of_unit: str | None
    share_bp: int | None
    quantity: int | None


class PledgesFold(KeptWhole):
    """Folds pledges; few, all kept in memory."""

    def __init__(self, is_empty: bool) -> None:
        super().__init__(is_empty)
        self._sheet = Sheet("promises")
        self._given: dict[str, Given] = {}
        self._rows: dict[int, int] = {}

    def read_back(self, connection: Connection) -> None:
        """Read everything back."""
        for given in fetch(connection, SQL["pledges_ever"], {}, Given):
            self._given[given.pledge] = given
        for row, cells in fetch(connection, SQL["promises_standing"], {}, _row):
            self._rows[Promise(*cells).position] = row

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        match event:
            case Pledged(data=fact):
                given = Given(
                    fact.pledge, fact.to_unit, event.position, event.by, event.recorded_at
                )  # fmt: skip
                self._given[fact.pledge] = given
                self._add(event.position, given, event, event.effective_at, fact)
            case PledgeRevised(data=fact):
                given = self._given[fact.pledge]
                self._add(event.position, given, event, event.effective_at, fact)
            case PledgeWithdrawn():
                given = self._given[event.data.pledge]
                self._add(event.position, given, event, event.effective_at, None)
            case Corrected():
                self._correct(event)
            case _:
                pass

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        return (self._sheet.drain(),)

    def _correct(self, event: Corrected) -> None:
        now = saying(event.data.topic, event.data.replacement)
        was = saying(event.data.topic, event.data.was)
        said = now or was
        if said is None or not isinstance(said.fact, PledgeMaking):
            return
        given = self._given[said.fact.pledge]
        if given.made in self._rows:
            self._sheet.close(self._rows.pop(given.made), event.position)
        if now is not None and isinstance(now.fact, PledgeMaking):
            given = Given(
                given.pledge, now.fact.to_unit, given.made, given.by, given.recorded_at
            )  # fmt: skip
            self._given[given.pledge] = given
            self._add(given.made, given, event, now.at, now.fact)

    def _add(
        self,
        position: int,
        given: Given,
        event: Event,
        at: Instant,
        fact: PledgeMaking | PledgeRevision | None,
    ) -> None:
        """From an event on, the fact at a position promises something, or (None) nothing more."""
        promise = Promise(
            given.pledge, given.to_unit, position, given.made, given.by, given.recorded_at, at,
            at if fact is None else fact.until, [] if fact is None else list(fact.pools),
            fact and fact.of_unit, fact and fact.share_bp, fact and fact.quantity,
        )  # fmt: skip
        self._rows[position] = self._sheet.add(event.position, promise)


def _row(row: int, *cells: Any) -> tuple[int, tuple[Any, ...]]:
    return row, cells
