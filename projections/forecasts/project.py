"""Forecasts folded into rows: what is expected, what was predicted, and what left since."""

from collections.abc import Sequence
from struct import Struct as Packed
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from ledger.events import (
    Corrected,
    Event,
    Extended,
    Granted,
    Reallocated,
    Released,
    ReleaseForecast,
)
from ledger.periods import Instant
from ledger.sayings import Saying, grants_said, sayings
from projections.forecasts.said import (
    Expected,
    Left,
    Made,
    Part,
    Said,
    departures_of,
    end_of,
    live_of,
    made_of,
    parts_of,
    predictions_of,
)
from projections.naming import grants_missing
from projections.sheets import Cells, Changes, Sheet
from projections.statements import Connection, fetch, statements

SQL: Final = statements("projections.forecasts", "recall.sql")

GRANTS_KEPT: Final = 100_000
"""Grants held in memory; beyond, those that are over are let go, and read back when named again."""

_TELLING: Final = frozenset({Granted, Reallocated, Released, Extended, ReleaseForecast, Corrected})
_encode: Final = msgspec.json.Encoder().encode
_SAID: Final = Packed(">hi16siqi").pack
_parts: Final = msgspec.json.Decoder(tuple[Part, ...])

Rows = list[tuple[int, Cells]]


class Grant(Struct, gc=False):
    """All that is said of a grant in the order of the log, and its rows that are believed."""

    name: str
    said: list[Said]
    forecasts: Rows
    predictions: Rows
    departures: Rows

    @property
    def since(self) -> int | None:
        """The position of its first forecast; None when nothing was ever expected of it."""
        return next((at for at, part in self.said if isinstance(part, Expected)), None)

    def ends(self) -> Instant:
        """When it ends, as believed; at once if it was never made."""
        made = made_of(self.said)
        return Instant("") if made is None else end_of(made, self.said)


class ForecastsFold:
    """Folds forecasts, and of all other facts about grants what they build on."""

    def __init__(self, is_empty: bool, kept: int = GRANTS_KEPT) -> None:
        self._kept = kept
        self._forecasts = Sheet("forecasts")
        self._predictions = Sheet("predictions")
        self._departures = Sheet("departures")
        self._added: dict[tuple[str, int], bytes] = {}
        self._grown: dict[tuple[str, int], bytes] = {}
        self._grants: dict[str, Grant] = {}
        self._has_grants = is_empty
        self._now = Instant("")

    def lacks(self, events: Sequence[Event]) -> bool:
        """Whether a grant that these events name is not in memory."""
        return bool(self._missing(events))

    def recall(self, connection: Connection, events: Sequence[Event]) -> None:
        """Read back the grants that these events name."""
        missing = self._missing(events)
        if not missing:
            return
        given = {"grants": missing}
        for one in fetch(connection, SQL["said_of"], given, _Kept):
            grant = self._grants.setdefault(one.grant, Grant(one.grant, [], [], [], []))
            grant.said += [(one.position, part) for part in _parts.decode(one.parts)]
        for row, cells in fetch(connection, SQL["forecasts_standing"], given, _row):
            self._grants[cells[0]].forecasts.append((row, cells))
        for row, cells in fetch(connection, SQL["predictions_standing"], given, _row):
            self._grants[cells[2]].predictions.append((row, cells))
        for row, cells in fetch(connection, SQL["departures_standing"], given, _row):
            self._grants[cells[0]].departures.append((row, cells))

    def fold(self, event: Event) -> None:
        """Take in the next event."""
        if type(event) not in _TELLING:
            return
        self._now = event.recorded_at
        if isinstance(event, Corrected):
            self._correct(event)
            return
        position = event.position
        for name, part in parts_of(event.data, event.effective_at, event.recorded_at):
            if isinstance(part, Made):
                self._make(name)
            grant = self._grants[name]
            if isinstance(part, Left) and grant.since is None:
                continue
            grant.said.append((position, part))
            self._keep(grant, position, self._added)
            if isinstance(part, Expected):
                self._predict(grant, position, part)
            if grant.since is not None:
                self._restate(grant, position)

    def drain(self, *, settled: bool = False) -> Sequence[Changes]:
        """Hand over what has changed since the last call, table by table."""
        del settled
        said = Changes(
            "said",
            packed=[_packed(*key, parts) for key, parts in self._added.items()],
            grown=[(*key, parts.decode()) for key, parts in self._grown.items()],
        )
        self._added, self._grown = {}, {}
        if len(self._grants) > self._kept:
            self._let_go()
        return (
            self._forecasts.drain(), self._predictions.drain(), self._departures.drain(), said,
        )  # fmt: skip

    def _let_go(self) -> None:
        """Keep the grants that have not ended, unless there are too many of them."""
        self._has_grants = False
        left = {name: grant for name, grant in self._grants.items() if grant.ends() > self._now}
        self._grants = {} if len(left) > self._kept // 2 else left

    def _missing(self, events: Sequence[Event]) -> list[str]:
        if self._has_grants:
            return []
        known = self._grants
        forecast = {one.data.grant for one in events if type(one) is ReleaseForecast}
        return sorted({*grants_missing(events, known), *(forecast - known.keys())})

    def _make(self, name: str) -> None:
        if name in self._grants:
            raise ValueError(f"grant {name} is made twice")
        self._grants[name] = Grant(name, [], [], [], [])

    def _keep(self, grant: Grant, position: int, rows: dict[tuple[str, int], bytes]) -> None:
        """Note for a restart what the event at a position says of a grant."""
        parts = [part for at, part in grant.said if at == position]
        rows[grant.name, position] = _encode(parts)

    def _correct(self, event: Corrected) -> None:
        """An earlier fact says something else of grants, as if it had from the first."""
        fact = event.data
        was, now = sayings(fact)
        for name in grants_said(was, now):
            grant = self._grants[name]
            before = [one for one in grant.said if one[0] == fact.corrects]
            anew = _said_anew(grant, fact.corrects, now)
            if anew == before:
                continue
            others = [one for one in grant.said if one[0] != fact.corrects]
            grant.said = sorted([*others, *anew], key=_position)
            is_written = (name, fact.corrects) not in self._added
            self._keep(grant, fact.corrects, self._grown if is_written else self._added)
            if grant.since is not None:
                self._restate(grant, event.position)
                self._predict_anew(grant, event.position)

    def _predict(self, grant: Grant, position: int, expected: Expected) -> None:
        for cells in _predictions(grant, position, expected):
            grant.predictions.append((self._predictions.add(position, cells), cells))

    def _predict_anew(self, grant: Grant, position: int) -> None:
        wanted = [
            cells
            for at, part in grant.said
            if isinstance(part, Expected)
            for cells in _predictions(grant, at, part)
        ]
        grant.predictions = self._predictions.restate(grant.predictions, wanted, position)

    def _restate(self, grant: Grant, position: int) -> None:
        """What is expected of a grant and what leaves it, from a position on."""
        made, said = made_of(grant.said), grant.said
        live = None if made is None else live_of(said)
        forecasts: list[Cells] = []
        departures: list[Cells] = []
        if made is not None:
            departures = [(grant.name, *astuple(one)) for one in departures_of(made, said)]
        if made is not None and live is not None:
            at, expected, revised = live
            steps = _encode(expected.steps).decode()
            forecasts = [
                (grant.name, made.pool, made.unit, at, expected.recorded_at, steps,
                 expected.confidence, revised, end_of(made, said))
            ]  # fmt: skip
        grant.forecasts = self._forecasts.restate(grant.forecasts, forecasts, position)
        grant.departures = self._departures.restate(grant.departures, departures, position)


def _predictions(grant: Grant, position: int, expected: Expected) -> list[Cells]:
    made = made_of(grant.said)
    if made is None:
        return []
    return [
        (one.position, one.step, grant.name, made.pool, made.unit, one.quantity, one.total,
         one.expected_at)
        for one in predictions_of(position, expected)
    ]  # fmt: skip


def _said_anew(grant: Grant, position: int, now: Saying | None) -> list[Said]:
    """What the fact at a position says of a grant once it is corrected."""
    if now is None:
        return []
    is_since = grant.since is not None and grant.since < position
    return [
        (position, part)
        for name, part in parts_of(now.fact, now.at, now.at)
        if name == grant.name and (is_since or not isinstance(part, Left))
    ]


def _packed(name: str, position: int, parts: bytes) -> bytes:
    grant = bytes.fromhex(name.replace("-", ""))
    return _SAID(3, 16, grant, 8, position, len(parts)) + parts


def _position(one: Said) -> int:
    return one[0]


class _Kept(Struct, frozen=True):
    grant: str
    position: int
    parts: str


def _row(row: int, *cells: Any) -> tuple[int, tuple[Any, ...]]:
    return row, cells
