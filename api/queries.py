"""Reads the named SQL that stands beside a module: `-- name`, `-- what it does`, the statement."""

import re
from importlib.resources import files
from typing import LiteralString, cast

_QUERY = re.compile(r"^-- (?P<name>\w+)\n(?:-- .*\n)+(?P<text>(?:(?!--).*\n?)+)", re.MULTILINE)


def queries(package: str, file: str) -> dict[str, LiteralString]:
    """The statements of a file of a package, by name."""
    text = (files(package) / file).read_text()
    found = {one["name"]: one["text"].strip() for one in _QUERY.finditer(text)}
    # The files are part of this package: nothing that a caller sends gets into them.
    return cast("dict[str, LiteralString]", found)
