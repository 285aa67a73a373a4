"""JSON Schemas of what is sent and answered, generated from the records that do it."""

import json
from typing import Final, Literal, TypeVar

import msgspec
from msgspec import Struct

from api.decisions.commands import DOORS
from api.decisions.routes import LineAnswer
from api.problems import FieldError
from api.reads.shapes import (
    CapacityPage,
    DelegationsPage,
    FlowsPage,
    HistoryPage,
    HoldingsPage,
    PoolsPage,
    RulesPage,
    SeriesPage,
    Told,
    UnitsPage,
)
from api.reads.shapes_of_grants import GrantAnswer
from ledger.commands import AnyCommand
from ledger.decide.findings import Warned
from ledger.decide.offers import Offer
from ledger.events import TOPICS, Event
from ledger.planning.shapes import Planned
from ledger.plans import Plan
from ledger.refusals import Arithmetic, Holder, NextFree

REF: Final = "#/components/schemas/{name}"
Json = dict[str, object]
T = TypeVar("T")


class Decided(Struct, frozen=True, kw_only=True):
    """What was recorded."""

    decision: str
    position: int
    events: tuple[Event, ...]
    warnings: tuple[Warned, ...]


class Judged(Struct, frozen=True, kw_only=True):
    """What would be recorded now: judged at head by the same rules, and every position null."""

    decision: str
    position: None
    events: tuple[Event, ...]
    warnings: tuple[Warned, ...]
    dry_run: Literal[True]
    needs: tuple[Literal["second_person"], ...] | msgspec.UnsetType = msgspec.UNSET


class Waits(Struct, frozen=True, kw_only=True):
    """A second person is to confirm it: it was judged, would pass, and holds nothing meanwhile."""

    proposal: str
    needs: tuple[Literal["second_person"], ...]
    position: int
    expires_at: str


class Problem(Struct, frozen=True, kw_only=True):
    """A no, as RFC 9457 says it: `code` is the refusal's name, `arithmetic` its numbers."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    leg: int | msgspec.UnsetType = msgspec.UNSET
    arithmetic: Arithmetic | msgspec.UnsetType = msgspec.UNSET
    next: tuple[NextFree, ...] | msgspec.UnsetType = msgspec.UNSET
    holders: tuple[Holder, ...] | msgspec.UnsetType = msgspec.UNSET
    offer: Offer | msgspec.UnsetType = msgspec.UNSET
    errors: tuple[FieldError, ...] | msgspec.UnsetType = msgspec.UNSET
    position: int | msgspec.UnsetType | None = msgspec.UNSET


class FeedPage(Struct, frozen=True, kw_only=True):
    """Events in order; ask again with `after` = `next`."""

    events: tuple[Event, ...]
    next: int
    head: int


class Receipt(Struct, frozen=True, kw_only=True):
    """What was answered to a key."""

    key: str
    status: int
    position: int
    decision: str | None
    answer: msgspec.Raw


class ProjectionState(Struct, frozen=True, kw_only=True):
    """How far a read model is: `following`, or why it is not."""

    name: str
    position: int
    lag_events: int
    lag_seconds: float
    state: str


class Positions(Struct, frozen=True, kw_only=True):
    """The newest position, and the one each read model reflects."""

    head: int
    projections: tuple[ProjectionState, ...]


class Check(Struct, frozen=True, kw_only=True):
    """One thing that must be so for commands to be taken, in words."""

    name: str
    ok: bool
    words: str


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether everything is as it must be."""

    ready: bool
    checks: tuple[Check, ...]


class Version(Struct, frozen=True, kw_only=True):
    """Which release answers."""

    name: str
    version: str


_ANSWERED: Final = (
    Decided, Judged, Waits, Problem, FeedPage, Receipt, Positions, Readiness, Version, LineAnswer,
    CapacityPage, DelegationsPage, FlowsPage, GrantAnswer, HistoryPage, HoldingsPage, PoolsPage,
    RulesPage, SeriesPage, Told, UnitsPage, Plan, Planned,
)  # fmt: skip


def components() -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the components by name, and each door's body by its `do`.

    In a body `do` may be left out, because the path says it; in legs and lines it must stand.
    """
    kinds = (AnyCommand, *_ANSWERED)
    _, found = msgspec.json.schema_components(kinds, ref_template=REF)
    schemas: dict[str, Json] = {name: plain(found[name]) for name in sorted(found)}
    schemas |= _told(schemas)
    schemas |= _judged(schemas)
    bodies: dict[str, Json] = {}
    for door in DOORS:
        body = dict(schemas[door.command.__name__])
        required = _names(body["required"])
        body["required"] = [name for name in required if name != "do"]
        bodies[door.do] = body
    return schemas, bodies


def _told(schemas: dict[str, Json]) -> dict[str, Json]:
    """Every event as a history tells it, with its own fields and those of `Told`."""
    told = schemas["Told"]
    more, required = _mapping(told["properties"]), _names(told["required"])
    found = _events_with(schemas, "Told", more, required)
    return {**found, "HistoryPage": _listing(schemas["HistoryPage"], "items", found)}


def _judged(schemas: dict[str, Json]) -> dict[str, Json]:
    """Every event as a dry run shows it, without a position."""
    found = _events_with(schemas, "Judged", {"position": {"type": "null"}}, [])
    return {**found, "Judged": _listing(schemas["Judged"], "events", found)}


def _events_with(
    schemas: dict[str, Json], suffix: str, more: Json, required: list[str]
) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for kind in TOPICS.values():
        event = schemas[kind.__name__]
        name = kind.__name__ + suffix
        found[name] = {
            **event,
            "title": name,
            "properties": {**_mapping(event["properties"]), **more},
            "required": [*_names(event["required"]), *required],
        }
    return found


def _listing(page: Json, field: str, kinds: dict[str, Json]) -> Json:
    """The page with items of these kinds."""
    items = {"anyOf": [{"$ref": REF.format(name=name)} for name in sorted(kinds)]}
    listed = {field: {"type": "array", "items": items}}
    return {**page, "properties": {**_mapping(page["properties"]), **listed}}


def _mapping(value: object) -> Json:
    return msgspec.convert(value, Json)


def _names(value: object) -> list[str]:
    return msgspec.convert(value, list[str])


def plain(value: T) -> T:
    """The same as JSON knows it: tuples are arrays."""
    return json.loads(msgspec.json.encode(value))


def ref(kind: type[Struct]) -> Json:
    """A reference to a record's component."""
    return {"$ref": REF.format(name=kind.__name__)}


def written(document: Json) -> str:
    """The document as it is committed and served: indented, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
