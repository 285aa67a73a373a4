"""Kinds as they come from who has checked them: read without being checked once more.

Limits, patterns and what a struct does when it is made cost fifteen times what it takes to read a
command. Of what one process of this program tells the other, that was done where it came in.
"""

from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct, StructMeta
from msgspec.structs import FieldInfo, fields


@cache
def unchecked(kind: Any) -> Any:
    """The same type to a decoder of msgspec, without anything that is only checked.

    Structs that check something are decoded into kinds derived from them, which are equal to
    their own alone; those that do not stay themselves.
    """
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return unchecked(args[0])
    if isinstance(kind, StructMeta):
        return _struct(kind)
    bare = tuple(one if one is Ellipsis else unchecked(one) for one in args)
    if bare == args or origin is Literal:
        return kind
    return Union[bare] if origin in (Union, UnionType) else origin[bare]  # noqa: UP007 - made here


def _struct(kind: Any) -> Any:
    known = fields(kind)
    if not hasattr(kind, "__post_init__") and all(unchecked(f.type) == f.type for f in known):
        return kind
    how = kind.__struct_config__
    return msgspec.defstruct(
        kind.__name__,
        [(one.name, unchecked(one.type), _told_as(one)) for one in known],
        bases=(kind,),
        module=kind.__module__,
        namespace={"__doc__": kind.__doc__, "__post_init__": _do_nothing},
        tag_field=how.tag_field, tag=how.tag, array_like=how.array_like, frozen=how.frozen,
        omit_defaults=how.omit_defaults, gc=how.gc, kw_only=True,
    )  # fmt: skip


def _told_as(field: FieldInfo) -> Any:
    if field.default is not NODEFAULT:
        return msgspec.field(name=field.encode_name, default=field.default)
    if field.default_factory is not NODEFAULT:
        return msgspec.field(name=field.encode_name, default_factory=field.default_factory)
    return msgspec.field(name=field.encode_name)


def _do_nothing(made: Struct) -> None:
    """What a struct has to do when it is made was done when it came in."""
