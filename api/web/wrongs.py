"""What is wrong with a form: which field it is, and why, in the words beside the field."""

import re
from collections.abc import Mapping
from typing import Final, cast

from api.problems import Problem
from api.web.forms import Form
from api.web.shares import SHARE

_MISSING: Final = re.compile(r"Object missing required field `(\w+)`\Z")
_BOUNDS: Final = (
    (re.compile(r"Expected `int` >= (\d+)\Z"), "at least {:,}"),
    (re.compile(r"Expected `int` <= (\d+)\Z"), "at most {:,}"),
    (re.compile(r"Expected `str` of length >= (\d+)\Z"), "at least {:,} characters"),
    (re.compile(r"Expected `str` of length <= (\d+)\Z"), "at most {:,} characters"),
)
"""What the parser of commands says of bounds, and the same for people."""


def wrong_field(problem: Problem, fields: Mapping[str, object] | None = None) -> str | None:
    """The field of a form that a problem is about, if it says so.

    `fields` are those of the command, into which the problem may point.
    """
    if not problem.errors:
        return None
    error = problem.errors[0]
    if error.parameter is not None or error.pointer is None:
        return error.parameter
    parts = [part for part in error.pointer.removeprefix("#").split("/") if part]
    missing = _MISSING.match(error.detail)
    if missing is not None:
        parts.append(missing[1])
    if not parts:
        # What does not go together is said with the name of the field that is out of line first.
        return error.detail.partition(" ")[0]
    match parts:
        case ["legs", *_]:
            return None
        case ["awarded", row, *_]:
            return f"awarded:{_of_row(fields, 'awarded', row, 'pool')}"
        case ["shares", row, *rest]:
            part = rest[0] if rest and rest[0] in SHARE else "amount"
            return f"{part}:{_of_row(fields, 'shares', row, 'unit')}"
        case _:
            return next((part for part in reversed(parts) if not part.isdecimal()), None)


def in_words(problem: Problem, wrong: str | None, form: Form) -> str:
    """A problem with a field, by the label that the form has for it."""
    label = _labels(form).get(wrong or "")
    if label is None or not problem.errors or problem.errors[0].pointer is None:
        return problem.detail
    detail = problem.errors[0].detail
    if _MISSING.match(detail):
        return f"{label}: fill this in."
    for bound, said in _BOUNDS:
        found = bound.match(detail)
        if found is not None:
            return f"{label}: {said.format(int(found[1]))}."
    if wrong is not None and detail.startswith(f"{wrong} "):
        return f"{label}{detail.removeprefix(wrong)}."
    return f"{label}: {detail[:1].lower()}{detail[1:]}."


def _labels(form: Form) -> Mapping[str, str]:
    rows = (field for line in form.lines for field in line.fields)
    return {field.name: field.label for field in (*form.fields, *rows)}


def _of_row(fields: Mapping[str, object] | None, name: str, row: str, what: str) -> str:
    """Whom a row of a command is about."""
    rows = (fields or {}).get(name)
    if not isinstance(rows, list) or not row.isdecimal():
        return ""
    found = cast("list[Mapping[str, object]]", rows)
    return str(found[int(row)].get(what, "")) if int(row) < len(found) else ""
