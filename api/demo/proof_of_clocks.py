"""Prove that the invented laboratory shows both clocks: loans, plans, forecasts, corrections."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import UNSET, Struct, UnsetType

from api.client import Client
from api.demo.asking import Disproved, answered
from api.demo.cast import H100, ROOT
from api.demo.clocks import FINISHING, WALKER
from api.demo.scenes import INVENTED
from ledger.periods import from_datetime

AHEAD_DAYS: Final = 60
"""How far ahead the wind-down is looked for."""


class _Row(Struct, frozen=True, kw_only=True):
    unit: str
    lent: int
    borrowed_in: int


class _Rows(Struct, frozen=True, kw_only=True):
    items: list[_Row]


class _Due(Struct, frozen=True, kw_only=True):
    at: str
    kind: str
    unit: str | UnsetType = UNSET


class _Calendar(Struct, frozen=True, kw_only=True):
    items: list[_Due]


class _Forecast(Struct, frozen=True, kw_only=True):
    unit: str
    slip_days: int
    revised: int


class _Forecasts(Struct, frozen=True, kw_only=True):
    items: list[_Forecast]


class _Event(Struct, frozen=True, kw_only=True):
    position: int
    recorded_at: str
    effective_at: str
    data: dict[str, object]


class _Events(Struct, frozen=True, kw_only=True):
    items: list[_Event]


class _Grant(Struct, frozen=True, kw_only=True):
    own: int


def is_story(client: Client) -> bool:
    """Whether the ledger holds the invented laboratory, which says so in its first note."""
    notes = _events(client, topic="noted.v1", unit=ROOT, order="asc", limit=1)
    return any(note.data.get("text") == INVENTED for note in notes)


def prove_clocks(client: Client, said: Callable[[str], None]) -> None:
    """Ask for what the story tells of both clocks; raises Disproved."""
    _lent(client)
    said(f"{WALKER.name} lends and borrows, and what is lent is what is borrowed")
    _wound_down(client)
    said(f"{len(FINISHING)} projects wind down on one day, as the calendar says")
    _slipped(client)
    said(f"the forecast of {WALKER.name} slipped, and what is likely has learnt it")
    _corrected(client)
    said("a correction holds from the beginning on, and the books before it still stand")
    _backdated(client)
    said("what was told late is dated back and flagged")


def _lent(client: Client) -> None:
    rows = answered(client, "/v1/holdings", limit=1000).read(_Rows).items
    if sum(row.lent for row in rows) != sum(row.borrowed_in for row in rows):
        raise Disproved("what is lent is not what is borrowed")
    mine = [row for row in rows if row.unit == WALKER.unit]
    if not (any(row.lent for row in mine) and any(row.borrowed_in for row in mine)):
        raise Disproved(f"{WALKER.unit} does not lend and borrow")


def _wound_down(client: Client) -> None:
    until = from_datetime(datetime.now(UTC) + timedelta(days=AHEAD_DAYS))
    due = answered(client, "/v1/due", until=until, pool=H100, limit=1000).read(_Calendar).items
    projects = {project.unit for project in FINISHING}
    days: defaultdict[str, set[str]] = defaultdict(set)
    for row in due:
        if row.kind == "scheduled_release" and isinstance(row.unit, str):
            days[row.at].add(row.unit)
    if not any(projects <= units for units in days.values()):
        raise Disproved("the calendar does not list what the five projects give back")


def _slipped(client: Client) -> None:
    found = answered(client, "/v1/forecasts").read(_Forecasts).items
    mine = [row for row in found if row.unit == WALKER.unit]
    if not any(row.revised >= 3 and row.slip_days > 0 for row in mine):
        raise Disproved(f"no forecast of {WALKER.unit} slipped: {mine}")


def _corrected(client: Client) -> None:
    corrections = _events(client, flag="correction", limit=1000)
    if not corrections:
        raise Disproved("nothing was ever corrected")
    first = corrections[0]
    made = _events(client, after=int(str(first.data["corrects"])) - 1, limit=1)[0]
    path = f"/v1/grants/{made.data['grant']}"
    at = {"valid_at": made.effective_at}
    before = answered(client, path, known_at=first.position - 1, **at).read(_Grant).own
    after = answered(client, path, known_at=first.position, **at).read(_Grant).own
    if before != made.data["quantity"] or after == before:
        raise Disproved(f"a correction makes {before} to {after}")


def _backdated(client: Client) -> None:
    late = _events(client, flag="backdated", limit=1000)
    if not any(event.effective_at < event.recorded_at for event in late):
        raise Disproved("nothing was ever dated back")


def _events(client: Client, **asked: str | int) -> Sequence[_Event]:
    return answered(client, "/v1/history", **asked).read(_Events).items
