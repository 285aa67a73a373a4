"""The components of the reference: a JSON Schema of each record that is sent or answered."""

import json
from typing import Final, TypeVar

import msgspec

from api.decisions.commands import DOORS
from api.decisions.routes import LineAnswer
from api.reads.doors import READS
from api.reads.shapes import Told
from api.reference.schemas import (
    REF,
    Decided,
    FeedPage,
    Json,
    Judged,
    Positions,
    Problem,
    Readiness,
    Receipt,
    Version,
    Waits,
)
from ledger.commands import AnyCommand
from ledger.events import TOPICS
from ledger.planning.shapes import Planned
from ledger.plans import Plan

T = TypeVar("T")
_ANSWERED: Final = (
    Decided, Judged, Waits, Problem, FeedPage, Receipt, Positions, Readiness, Version, LineAnswer,
    Told, Plan, Planned, *(read.answer for read in READS),
)  # fmt: skip


def components() -> tuple[dict[str, Json], dict[str, Json]]:
    """Return the components by name, and each door's body by its `do`.

    In a body `do` may be left out, because the path says it; in legs and lines it must stand.
    """
    kinds = (AnyCommand, *_ANSWERED)
    _, found = msgspec.json.schema_components(kinds, ref_template=REF)
    schemas: dict[str, Json] = {name: _plain(found[name]) for name in sorted(found)}
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


def _plain(value: T) -> T:
    """The same as JSON knows it: tuples are arrays."""
    return json.loads(msgspec.json.encode(value))
