"""What a field of a command would have taken, for whoever gave something else."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Final, cast

from msgspec import inspect

from ledger.commands import AnyCommand

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_CHOOSING: Final = ("Invalid enum value", "Invalid value")
_UNKNOWN: Final = "Object contains unknown field"
_SHAPED: Final = "matching regex"


def explained(fields: object, detail: str, path: str, kind: object = AnyCommand) -> str:
    """What msgspec says of a place in a command, with what may stand there if it leaves that open.

    Or in what is of another `kind`.
    `fields` are the command as it came; `path` leads from it down, as in `.legs[0].reason_code`.
    """
    place, description = _found(path, fields, kind)
    if detail.startswith(_CHOOSING) and isinstance(place, inspect.LiteralType):
        words = ", ".join(map(str, place.values))
        return f"{detail}: {'one of' if len(place.values) > 1 else 'the only word here is'} {words}"
    if detail.startswith(_UNKNOWN) and isinstance(place, inspect.StructType):
        return f"{detail}: it takes {', '.join(one.encode_name for one in place.fields)}"
    if _SHAPED in detail and description is not None:
        return f"Expected {description}"
    return detail


def _found(path: str, fields: object, kind: object) -> tuple[inspect.Type | None, str | None]:
    """What is declared for a place, and how it is described."""
    place, description = _settled(_declared(kind), fields)
    value = fields
    for name, number in _STEP.findall(path):
        if name:
            place = _field(place, name)
            value = _of(value, name)
        else:
            place = _item(place)
            value = cast("list[object]", value)[int(number)] if isinstance(value, list) else None
        if place is None:
            return None, None
        place, description = _settled(place, value)
    return place, description


@cache
def _declared(kind: object) -> inspect.Type:
    return inspect.type_info(kind)


def _settled(place: inspect.Type, value: object) -> tuple[inspect.Type, str | None]:
    """What is declared, of several the one that a value is meant for; else all of them."""
    description: str | None = None
    while True:
        match place:
            case inspect.Metadata():
                schema = cast("Mapping[str, str]", place.extra_json_schema or {})
                description = schema.get("description", description)
                place = place.type
            case inspect.UnionType():
                meant = [one for one in place.types if _is_meant(one, value)]
                if len(meant) != 1:
                    return place, description
                place = meant[0]
            case _:
                return place, description


def _is_meant(place: inspect.Type, value: object) -> bool:
    match place:
        case inspect.Metadata():
            return _is_meant(place.type, value)
        case inspect.NoneType():
            return value is None
        case inspect.IntType():
            return isinstance(value, int)
        case inspect.StructType(tag_field=None):
            return isinstance(value, dict)
        case inspect.StructType(tag_field=field, tag=tag):
            return field is not None and _of(value, field) == tag
        case inspect.LiteralType():
            return isinstance(value, str)
        case _:
            return value is not None


def _of(value: object, name: str) -> object:
    """A member of what came; None when that has no such member, or no members."""
    return cast("Mapping[str, object]", value).get(name) if isinstance(value, dict) else None


def _field(place: inspect.Type, name: str) -> inspect.Type | None:
    match place:
        case inspect.StructType(fields=fields):
            return next((one.type for one in fields if one.encode_name == name), None)
        case inspect.UnionType(types=types):
            tags = [
                one.tag
                for one in types
                if isinstance(one, inspect.StructType) and one.tag_field == name
            ]
            return inspect.LiteralType(tuple(tag for tag in tags if isinstance(tag, str)))
        case _:
            return None


def _item(place: inspect.Type) -> inspect.Type | None:
    match place:
        case inspect.VarTupleType(item_type=item) | inspect.ListType(item_type=item):
            return item
        case _:
            return None
