"""Read a spreadsheet of balances: who holds how much of which pool, one holding a line."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from api.cli.operations import Unreadable, Wanted, pool_made, units_made
from api.cli.options import moment
from api.client import Json
from ledger.periods import to_instant

_NEEDED: Final = ("pool", "unit", "quantity")
_COLUMNS: Final = (*_NEEDED, "ends_at", "reason")
_SEPARATORS: Final = ",;\t"


class Balance(Struct, frozen=True, kw_only=True):
    """One line: `number` counts those of the file from 1, `key` tells it from all others of it."""

    number: int
    key: str
    pool: str
    unit: str
    quantity: int
    ends_at: str | None
    reason: str | None


class Balances(Struct, frozen=True, kw_only=True):
    """A whole file: its base name, the SHA-256 of its bytes, its lines in order."""

    name: str
    sha256: str
    lines: Sequence[Balance]


def read_balances(path: Path) -> Balances:
    """Read the whole file before anything is done with it; raises Unreadable and OSError."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise Unreadable(f"{path.name} is no UTF-8 text: {wrong}") from wrong
    sha256 = hashlib.sha256(content).hexdigest()
    return Balances(name=path.name, sha256=sha256, lines=tuple(_lines(text, path.name)))


def via_of(balances: Balances) -> str:
    """The value of Allot-Via for an import: the tool, the file and its SHA-256."""
    name = balances.name.replace("\\", "\\\\").replace('"', '\\"')
    return f'allot import balances; file="{name}"; sha256="{balances.sha256}"'


def made_before(balance: Balance, source: str, common: Mapping[str, Json]) -> Iterator[Wanted]:
    """The pool and the units a line speaks of, parents first: to be made when they are missing."""
    yield pool_made(balance.pool, source, common)
    yield from units_made(balance.unit, source, common)


def counted(pool: str, total: int, source: str, common: Mapping[str, Json]) -> Wanted:
    """The command that says how much there is of a pool."""
    fields = {"pool": pool, "kind": "counted", "total": total, **common}
    return Wanted(key=f"{source}:capacity:{pool}", do="change_capacity", fields=fields)


def granted(balance: Balance, source: str, common: Mapping[str, Json]) -> Wanted:
    """The command that a line stands for."""
    fields: dict[str, Json] = {
        "pool": balance.pool,
        "unit": balance.unit,
        "quantity": balance.quantity,
        **common,
    }
    if balance.ends_at is not None:
        fields["ends_at"] = balance.ends_at
    if balance.reason is not None:
        fields["reason"] = balance.reason
    return Wanted(key=f"{source}:{balance.key}", do="grant", fields=fields)


def _lines(text: str, name: str) -> Iterator[Balance]:
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns: list[str] | None = None
    seen: dict[str, int] = {}
    number = 1
    while True:
        try:
            row = next(rows, None)
        except csv.Error as wrong:
            raise Unreadable(f"{name}, line {number}: {wrong}") from wrong
        if row is None:
            break
        where = f"{name}, line {number}"
        if columns is None:
            columns = _columns(row, where)
        elif any(cell.strip() for cell in row):
            yield _balance(columns, row, where, number, seen)
        number = rows.line_num + 1
    if columns is None:
        raise Unreadable(f"{name} is empty: its first line names the columns")


def _columns(row: Sequence[str], where: str) -> list[str]:
    found = [cell.strip().lower() for cell in row]
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise Unreadable(f"{where}: there is no column {missing[0]}, but {', '.join(found)}")
    others = [name for name in found if name not in _COLUMNS]
    if others or len(set(found)) != len(found):
        raise Unreadable(
            f"{where}: the columns are {', '.join(_COLUMNS)}, each once; not {', '.join(found)}"
        )
    return found


def _balance(
    columns: Sequence[str], row: Sequence[str], where: str, number: int, seen: dict[str, int]
) -> Balance:
    if len(row) != len(columns):
        raise Unreadable(f"{where}: {len(row)} cells, where {len(columns)} columns are named")
    cells = {name: cell.strip() for name, cell in zip(columns, row, strict=True)}
    for name in _NEEDED:
        if not cells[name]:
            raise Unreadable(f"{where}: no {name}")
    if not re.fullmatch(r"\d{1,16}", cells["quantity"], re.ASCII):
        raise Unreadable(f"{where}: the quantity '{cells['quantity']}' is no whole number")
    ends_at = moment(cells.get("ends_at") or None)
    if ends_at is not None:
        try:
            ends_at = to_instant(ends_at)
        except ValueError as wrong:
            raise Unreadable(f"{where}: ends_at {wrong}") from wrong
    key = f"{cells['pool']}:{cells['unit']}"
    seen[key] = seen.get(key, 0) + 1
    return Balance(
        number=number,
        key=key if seen[key] == 1 else f"{key}:{seen[key]}",
        pool=cells["pool"],
        unit=cells["unit"],
        quantity=int(cells["quantity"]),
        ends_at=ends_at,
        reason=cells.get("reason") or None,
    )
