"""What every ask carries, whatever it asks: why, by reference to what, seen at which position."""

from collections.abc import Callable, Collection, Mapping
from functools import cache
from operator import attrgetter
from typing import Annotated, ClassVar, Final

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ledger.periods import clean_text, instant_of, is_blank
from ledger.quantities import LARGEST, Uuid
from ledger.vocabulary import Override, ReasonCode

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]
Uri = Annotated[str, Meta(min_length=1, max_length=2000)]
Refs = Annotated[tuple[Uri, ...], Meta(max_length=20)]
When = Annotated[
    str, Meta(max_length=40, description="RFC 3339 with a zone, at most six digits of a second")
]


KEY_BYTES_MAX: Final = 255
"""Of an idempotency key: printable ASCII in a header, any text in a line of many commands."""


class Command(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True,
    tag_field="do", gc=False,
):  # fmt: skip
    """What every ask may carry. `seen` and below stand at the top of a decision only."""

    is_about_a_request: ClassVar[bool] = False
    """Whether its `request` is what it is about, and not what it is done for."""

    reason_code: ReasonCode | None = None
    reason: Words | None = None
    request: Uuid | None = None
    refs: Refs = ()
    seen: Annotated[int, Meta(ge=0, le=LARGEST)] | None = None
    if_unchanged: bool = False
    on_behalf_of: Text | None = None
    overrides: Annotated[tuple[Override, ...], Meta(max_length=3)] = ()
    decision: Uuid | None = None
    propose: bool = False

    def __post_init__(self) -> None:
        given, readers = _readers(type(self))
        for value, (name, read) in zip(given(self), readers, strict=True):
            if isinstance(value, str) and (kept := read(value, name)) is not value:
                force_setattr(self, name, kept)
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


Reader = Callable[[str, str], str]
"""What is kept of a text, given the name of its field. Raises ValueError."""


@cache
def _readers(
    kind: type[Command],
) -> tuple[Callable[[Command], tuple[object, ...]], tuple[tuple[str, Reader], ...]]:
    """The fields of a kind of ask that are not kept as they came, and what reads each of them."""
    names = [name for name in _READERS if name in kind.__struct_fields__]
    return attrgetter(*names), tuple((name, _READERS[name]) for name in names)


def _text(text: str, name: str) -> str:
    clean = clean_text(text, name)
    if is_blank(clean):
        raise ValueError(f"{name} is blank")
    return clean


def person(name: str, what: str) -> str:
    """The name of a person as the record keeps it; ValueError when no sign-in could give it."""
    clean = clean_text(name, what)
    if clean != clean.strip() or not clean:
        raise ValueError(f"{what} names a person: not blank, no blanks before or after")
    return clean


def demand_key(key: str) -> None:
    """Raise ValueError for what no door takes as an idempotency key."""
    if not 1 <= len(key.encode()) <= KEY_BYTES_MAX:
        raise ValueError(f"a key takes 1 to {KEY_BYTES_MAX} bytes")
    clean_text(key, "a key")


def are_keys(texts: Collection[str]) -> bool:
    """Whether every text is a key of printable ASCII, as most are: at once, and soon told."""
    whole = "".join(texts)
    are_short = "" not in texts and max(map(len, texts)) <= KEY_BYTES_MAX
    return are_short and whole.isascii() and whole.isprintable()


def demand_person(name: str) -> None:
    """Raise ValueError for what no door takes as the name of a person who acts."""
    if not 0 < len(name) <= _PERSON_LENGTH_MAX:
        raise ValueError(f"a person has a name, of at most {_PERSON_LENGTH_MAX} characters")
    clean_text(name, "the name of a person")


_PERSON_LENGTH_MAX: Final = 3 * 200
"""Of `Text`, once it is in NFC: that may make three characters of one (UAX 15, section 10)."""
_READERS: Final[Mapping[str, Reader]] = {
    **dict.fromkeys(("effective_at", "starts_at", "ends_at", "returns_at", "until"), instant_of),
    "reason": clean_text,  # a blank one is one that is missing, which the ledger judges
    **dict.fromkeys(("to", "on_behalf_of"), person),
    **dict.fromkeys(("title", "unit_label", "name", "text", "justification"), _text),
}
