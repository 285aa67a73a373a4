"""Forms: what can be typed where, and what was typed, read strictly and said in words."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal
from urllib.parse import parse_qs
from uuid import uuid4

from msgspec import Struct
from msgspec.structs import replace

from api.problems import invalid, malformed
from api.web.clocks import read_time
from ledger.periods import Instant

Kind = Literal["text", "words", "whole", "date", "choice", "one_of", "some_of"]
FIELDS_MAX: Final = 4_000
WAS: Final = "was:"
"""What stood in a field of a form that says only what changes."""
_NEW_LINE = re.compile(r"\s*[\r\n]+\s*")
_WHOLE = re.compile(r"\d{1,3}(?:[, ]\d{3})+\Z|\d{1,16}\Z", re.ASCII)


class Field(Struct, frozen=True, kw_only=True):
    """One thing to type or choose. `says` is what the label leaves open."""

    name: str
    label: str
    kind: Kind = "text"
    values: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    says: str = ""
    is_required: bool = False
    is_wrong: bool = False

    @property
    def value(self) -> str:
        """What stands in it at first."""
        return self.values[0] if self.values else ""


class Line(Struct, frozen=True, kw_only=True):
    """A row of a form that is a table: who it is about, figures to read, fields to type in."""

    unit: str
    name: str
    figures: tuple[int | None, ...]
    fields: tuple[Field, ...]
    flag: str = ""


class Form(Struct, frozen=True, kw_only=True):
    """A command as it can be given on a page: `fixed` goes with it and is not typed.

    `key` is the idempotency key of this form, `seen` the position of the page it stands on: who
    sends it twice is answered once. `heads` are the columns of `lines`.
    """

    do: str
    title: str
    key: str
    seen: int
    fixed: Mapping[str, str]
    fields: tuple[Field, ...] = ()
    heads: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    says: str = ""

    def begun(self, sent: "Sent") -> "Form":
        """The same form with what a link says should stand in it."""
        return self._with(lambda field: replace(field, values=sent.all(field.name) or field.values))

    def filled(
        self, sent: "Sent", wrong: str | None, is_as_it_was: Callable[[str], bool]
    ) -> "Form":
        """The same form with what was typed; the field `wrong` could not be read.

        What was left as it was shows what is so by now, which may be something else.
        """

        def fill(field: Field) -> Field:
            values = field.values if is_as_it_was(field.name) else sent.all(field.name)
            return replace(field, values=values, is_wrong=field.name == wrong)

        return self._with(fill)

    def _with(self, fill: Callable[[Field], Field]) -> "Form":
        return replace(
            self,
            fields=tuple(fill(field) for field in self.fields),
            lines=tuple(
                replace(line, fields=tuple(fill(field) for field in line.fields))
                for line in self.lines
            ),
        )


def form(
    do: str,
    title: str,
    seen: int,
    fixed: Mapping[str, str],
    fields: Sequence[Field] = (),
    **more: Any,
) -> Form:
    """A form that was never sent, under a key of its own."""
    return Form(
        do=do, title=title, key=str(uuid4()), seen=seen, fixed=fixed, fields=tuple(fields), **more
    )


class Sent:
    """The fields of a form as they came."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        self._fields = fields

    @classmethod
    def of(cls, body: bytes) -> "Sent":
        """Read a form's body. Problem 400 for more fields than any form has."""
        try:
            fields = parse_qs(
                body.decode(errors="replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX
            )
        except ValueError as wrong:
            raise malformed("The form has too many fields.") from wrong
        return cls(fields)

    def items(self) -> list[tuple[str, str]]:
        """Every field and value, in the order they came."""
        return [(name, value) for name, values in self._fields.items() for value in values]

    def names(self, prefix: str) -> list[str]:
        """What stands behind a prefix in the names of fields, in the order they came."""
        return [name[len(prefix) :] for name in self._fields if name.startswith(prefix)]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(self._fields.get(name, ()))

    def text(self, name: str) -> str:
        """The text of a field as one line; empty when nothing was typed."""
        values = self.all(name)
        return _NEW_LINE.sub(" ", values[-1]).strip() if values else ""

    def whole(self, name: str, label: str) -> int | None:
        """A whole number, its thousands apart or not; None when nothing was typed. Problem 422."""
        text = self.text(name)
        if not text:
            return None
        if not _WHOLE.match(text):
            raise invalid(f"{label} is a whole number, not {text[:40]!r}.", parameter=name)
        return int(re.sub("[, ]", "", text))

    def instant(self, name: str, label: str) -> Instant | None:
        """A time as people type it; None when nothing was typed. Problem 422."""
        try:
            return read_time(self.text(name))
        except ValueError as wrong:
            raise invalid(f"{label}: {wrong}.", parameter=name) from wrong
