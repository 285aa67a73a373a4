"""The store's named SQL: `-- name`, `-- what it does`, the statement."""

import re
from importlib.resources import files
from typing import LiteralString, cast

_STATEMENT = re.compile(r"^-- (?P<name>\w+)\n(?:-- .*\n)+(?P<text>(?:(?!--).*\n?)+)", re.MULTILINE)


def text_of(package: str, file: str) -> LiteralString:
    """The text of an SQL file of a package."""
    # The files are part of this package: nothing that a caller sends gets into them.
    return cast("LiteralString", (files(package) / file).read_text())


def statements(file: str, package: str = "ledger.store") -> dict[str, LiteralString]:
    """The statements of an SQL file of a package, by name."""
    found = {
        one["name"]: one["text"].strip() for one in _STATEMENT.finditer(text_of(package, file))
    }
    return cast("dict[str, LiteralString]", found)
