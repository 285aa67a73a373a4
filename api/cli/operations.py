"""Read a file of operations, and say which commands each of its lines stands for (contracts, 4)."""

import codecs
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from api.client import Json

Name = Annotated[str, Meta(min_length=1)]


class Operation(Struct, frozen=True, kw_only=True):
    """One line of the file as it stands there; members not named here are passed over."""

    op: Literal["capacity", "grant", "release", "reallocate"]
    at: Name
    pool: Name
    quantity: int
    account: Name | None = None
    to: Name | None = None
    unit: Name = "gpu"
    by: Name | None = None
    reason: str | None = None
    ref: Name | None = None
    seq: int | None = None

    def __post_init__(self) -> None:
        if self.op != "capacity" and self.account is None:
            raise ValueError(f"{self.op} needs an `account`")
        if self.op == "reallocate" and self.to is None:
            raise ValueError("reallocate needs `to`")


class Line(Struct, frozen=True, kw_only=True):
    """An operation and where it stands: the number counts from 1."""

    number: int
    operation: Operation

    @property
    def ref(self) -> str:
        """What the file calls this line; a line that names nothing goes by its number."""
        if self.operation.ref is not None:
            return self.operation.ref
        return f"seq-{self.operation.seq}" if self.operation.seq else f"line-{self.number}"


class Operations(Struct, frozen=True, kw_only=True):
    """A whole file: its base name, the SHA-256 of its bytes, its lines in order."""

    name: str
    sha256: str
    lines: Sequence[Line]


class Wanted(Struct, frozen=True, kw_only=True):
    """A command under its key. `makes` is the pool or unit that it brings into being."""

    key: str
    do: str
    fields: dict[str, Json]
    makes: str | None = None


class Unreadable(Exception):
    """A line that is no operation, or a file without any; nothing of it was imported."""


def read_operations(path: Path) -> Operations:
    """Read the whole file before anything is done with it; raises Unreadable and OSError."""
    content = path.read_bytes()
    # Some programs begin what they write with a mark that it is UTF-8.
    marked = content.removeprefix(codecs.BOM_UTF8)
    lines = [
        Line(number=number, operation=_operation(text, path.name, number))
        for number, text in enumerate(marked.split(b"\n"), start=1)
        if text.strip()
    ]
    if not lines:
        raise Unreadable(f"{path.name} is empty: each of its lines is an operation")
    sha256 = hashlib.sha256(content).hexdigest()
    return Operations(name=path.name, sha256=sha256, lines=lines)


def _operation(text: bytes, name: str, number: int) -> Operation:
    try:
        return msgspec.json.decode(text, type=Operation)
    except msgspec.ValidationError as wrong:
        raise Unreadable(f"{name}, line {number}: {wrong}") from wrong
    except msgspec.DecodeError as wrong:
        raise Unreadable(f"{name}, line {number} is no JSON: {wrong}") from wrong
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{name}, line {number} is no UTF-8 text: {wrong}") from wrong


def via_of(operations: Operations) -> str:
    """The value of Allot-Via for an import: the tool, the file and its SHA-256."""
    name = operations.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'allot import operations; file="{name}"; sha256="{operations.sha256}"'


def made_before(line: Line, name: str, source: str) -> Iterator[Wanted]:
    """The pool and the units a line speaks of, parents first: to be made when they are missing."""
    operation = line.operation
    common: dict[str, Json] = {
        "effective_at": operation.at,
        "reason_code": "import",
        "reason": _reason(name, line.number),
    }
    yield pool_made(operation.pool, source, {"unit_label": operation.unit, **common})
    for unit in (operation.account, operation.to):
        if unit is not None:
            yield from units_made(unit, source, common)


def pool_made(pool: str, source: str, fields: Mapping[str, Json]) -> Wanted:
    """The command that opens a pool, under its key."""
    return Wanted(
        key=f"{source}:pool:{pool}", do="open_pool", fields={"pool": pool, **fields}, makes=pool
    )


def units_made(unit: str, source: str, fields: Mapping[str, Json]) -> Iterator[Wanted]:
    """The commands that create a unit and those its id names above it, each under its key."""
    parent: str | None = None
    for path in _paths(unit):
        below: dict[str, Json] = {} if parent is None else {"parent": parent}
        yield Wanted(
            key=f"{source}:unit:{path}",
            do="create_unit",
            fields={"unit": path, **below, **fields},
            makes=path,
        )
        parent = path


def wanted(line: Line, name: str, source: str) -> Wanted:
    """The command that a line stands for."""
    operation = line.operation
    do, fields = _command(operation)
    fields |= {
        "effective_at": operation.at,
        "reason_code": "import",
        "reason": operation.reason or _reason(name, line.number),
    }
    if operation.by is not None:
        fields["on_behalf_of"] = operation.by
    return Wanted(key=f"{source}:{line.ref}", do=do, fields=fields)


def _command(operation: Operation) -> tuple[str, dict[str, Json]]:
    pool, quantity = operation.pool, operation.quantity
    held: dict[str, Json] = {"unit": operation.account, "quantity": quantity}
    match operation.op:
        case "capacity":
            return "change_capacity", {"pool": pool, "kind": "counted", "total": quantity}
        case "grant":
            return "grant", {"pool": pool, **held}
        case "release":
            return "release", {"pool": pool, **held, "kind": _UNSTATED}
        case "reallocate":
            return "reallocate", {"pool": pool, "from": [held], "to": operation.to}


# A file of numbers does not say whether the holder gave back or was made to.
_UNSTATED: Final = "unstated"


def _reason(name: str, number: int) -> str:
    return f"import of {name} line {number}"


def _paths(unit: str) -> Iterator[str]:
    """`a/b/c` as a, a/b, a/b/c."""
    segments = unit.split("/")
    for count in range(1, len(segments) + 1):
        yield "/".join(segments[:count])
