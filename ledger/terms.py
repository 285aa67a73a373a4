"""What every ask carries, whatever it asks: why, by reference to what, seen at which position."""

from collections.abc import Callable
from functools import cache
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ledger.periods import clean_text, is_blank, to_instant
from ledger.quantities import Uuid
from ledger.vocabulary import Override, ReasonCode

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]
Uri = Annotated[str, Meta(min_length=1, max_length=2000)]
Refs = Annotated[tuple[Uri, ...], Meta(max_length=20)]
When = Annotated[
    str, Meta(max_length=40, description="RFC 3339 with a zone, at most six digits of a second")
]

_TIMES = ("effective_at", "starts_at", "ends_at", "returns_at", "until")
_TEXTS = ("reason", "on_behalf_of", "title", "unit_label", "name", "to", "text", "justification")
_PERSONS = ("to", "on_behalf_of")


class Command(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="do", gc=False,
):  # fmt: skip
    """What every ask may carry. `seen` and below stand at the top of a decision only."""

    reason_code: ReasonCode | None = None
    reason: Words | None = None
    request: Uuid | None = None
    refs: Refs = ()
    seen: Annotated[int, Meta(ge=0)] | None = None
    if_unchanged: bool = False
    on_behalf_of: Text | None = None
    overrides: Annotated[tuple[Override, ...], Meta(max_length=3)] = ()
    decision: Uuid | None = None
    propose: bool = False

    def __post_init__(self) -> None:
        for name, read in _readers(type(self)):
            value = getattr(self, name)
            if isinstance(value, str):
                force_setattr(self, name, read(value, name))
        if self.refs:
            force_setattr(self, "refs", tuple(clean_text(ref, "refs") for ref in self.refs))
        if self.if_unchanged and self.seen is None:
            raise ValueError("if_unchanged asks about changes after `seen`: give seen")
        self.check()

    def check(self) -> None:
        """Raise ValueError when fields that are each well-formed do not go together."""


class Dated(Command, frozen=True, kw_only=True):
    """An ask whose fact may begin at another instant than when it is recorded."""

    effective_at: When | None = None


@cache
def _readers(kind: type[Command]) -> tuple[tuple[str, Callable[[str, str], str]], ...]:
    """The fields of a kind of ask that are not kept as they came, and what reads them."""
    times = [(name, _time) for name in kind.__struct_fields__ if name in _TIMES]
    texts = [(name, _text) for name in kind.__struct_fields__ if name in _TEXTS]
    return (*times, *texts)


def _time(text: str, name: str) -> str:
    del name
    return to_instant(text)


def _text(text: str, name: str) -> str:
    """Text as it is kept. A blank reason is one that is missing, which the ledger judges."""
    if name in _PERSONS:
        return person(text, name)
    clean = clean_text(text, name)
    if name != "reason" and is_blank(clean):
        raise ValueError(f"{name} is blank")
    return clean


def person(name: str, what: str) -> str:
    """The name of a person as the record keeps it; ValueError when no sign-in could give it."""
    clean = clean_text(name, what)
    if clean != clean.strip() or not clean:
        raise ValueError(f"{what} names a person: not blank, no blanks before or after")
    return clean
