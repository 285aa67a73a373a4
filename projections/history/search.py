"""The language of audit search: `q` of the history, read into terms that all must hold."""

import re
from datetime import timedelta
from typing import Final, Literal, get_args

from msgspec import Struct

from ledger.events import TOPICS
from ledger.periods import BEGINNING, FOREVER, Instant, from_datetime, to_datetime, to_instant
from ledger.quantities import LARGEST
from ledger.vocabulary import ReasonCode
from projections.history.words import words_of

Name = Literal[
    "by", "unit", "under", "pool", "topic", "code", "decision", "flag", "grant", "request", "key",
    "position",
]  # fmt: skip
Clock = Literal["recorded", "effective"]
Flag = Literal[
    "backdated", "late", "correction", "revision", "override", "breach", "second_person",
    "self_dealing", "borrowed", "reason_debt", "late_reason",
]  # fmt: skip

NAMES: Final = get_args(Name)
CODES: Final = get_args(ReasonCode)
FLAGS: Final[tuple[Flag, ...]] = get_args(Flag)
ALTERNATIVES: Final = frozenset({"topic", "code", "decision", "key", "position"})
"""An event has one of each of these, so that several of them are alternatives."""

_TOKEN = re.compile(
    r'\s*(?P<no>-?)(?:(?P<name>[a-z_]+):)?(?P<text>"(?:[^"]|"")*"|[^\s"]+)(?=\s|\Z)'
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_NUMBER = re.compile(r"#?([1-9]\d{0,15}|[1-9]\d{0,2}(,\d{3}){1,5})\Z", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.ASCII)
_TOPICS: Final = {topic.rpartition(".")[0]: topic for topic in TOPICS}


class Named(Struct, frozen=True):
    """Events that name this. `by` is the actor or on whose behalf; `unit` is that unit alone."""

    name: Name
    value: str
    negated: bool = False


class Words(Struct, frozen=True):
    """Events in whose words these stand, in this order and side by side."""

    words: tuple[str, ...]
    negated: bool = False


class Within(Struct, frozen=True):
    """Events whose recorded or effective time lies in `[start, end)`."""

    clock: Clock
    start: Instant = BEGINNING
    end: Instant = FOREVER
    negated: bool = False


Term = Named | Words | Within


class Search(Struct, frozen=True):
    """What all must hold of an event; several of `ALTERNATIVES` are alternatives."""

    terms: tuple[Term, ...] = ()

    def also(self, *terms: Term) -> "Search":
        """The search with more terms."""
        return Search((*self.terms, *terms))


def parse(q: str) -> Search:
    """Read a search. Raises ValueError with a sentence for the caller.

    `name:value`, `#4711` for `position:4711`, `"quoted words"` side by side, free words each for
    itself, in quotes a doubled mark for one, `-` before any of them for the contrary; `recorded:`
    and `effective:` take a day, an instant, `>=` `>` `<` `<=` before one of them, or `a..b`, which
    leaves b out.
    """
    terms: list[Term] = []
    at = 0
    while q[at:].strip():
        found = _TOKEN.match(q, at)
        if found is None:
            rest = q[at:].strip()
            if rest.count('"') % 2:
                raise ValueError(f"a quotation mark is not closed: {rest}")
            raise ValueError(f"leave a blank before and after what is quoted: {rest}")
        at = found.end()
        terms += _terms(found["name"], found["text"], negated=bool(found["no"]))
    return Search(tuple(terms))


def _terms(name: str | None, text: str, *, negated: bool) -> list[Term]:
    value = text[1:-1].replace('""', '"') if text.startswith('"') else text
    if name is None:
        if text.startswith("#") and _NUMBER.match(text):
            return [named("position", text, negated=negated)]
        if text.endswith(":"):
            raise ValueError(f"nothing stands after {text}")
        words = words_of(value)
        if not words:
            raise ValueError(f"there is no word in {text}")
        # A hyphenated word is a phrase: its parts stand side by side.
        return [Words(words, negated)]
    if not value.strip():
        raise ValueError(f"nothing stands after {name}:")
    if name in get_args(Clock):
        return [within("recorded" if name == "recorded" else "effective", value, negated=negated)]
    return [named(name, value, negated=negated)]


def named(name: str, value: str, *, negated: bool = False) -> Named:
    """A term by its name, its value checked. Raises ValueError with a sentence for the caller."""
    match name:
        case "by" | "unit" | "under" | "pool" | "key":
            return Named(name, value, negated)
        case "topic":
            topic = _TOPICS.get(value, value)
            _one_of("topic", topic, sorted(TOPICS))
            return Named(name, topic, negated)
        case "code":
            _one_of("code", value, CODES)
            return Named(name, value, negated)
        case "flag":
            _one_of("flag", value, FLAGS)
            return Named(name, value, negated)
        case "grant" | "request" | "decision":
            if _UUID.match(value.lower()) is None:
                raise ValueError(f"{name}:{value} is not a uuid")
            return Named(name, value.lower(), negated)
        case "position":
            number = position_of(value)
            if number is None:
                raise ValueError(
                    f"position:{value} is not the number of an event: they count from 1"
                )
            return Named(name, str(number), negated)
        case _:
            known = ", ".join(f"{one}:" for one in (*NAMES, *get_args(Clock)))
            raise ValueError(f"{name}: is not something to search by; there are {known}")


def position_of(text: str) -> int | None:
    """The position that somebody means by a number, as pages write it too: 4711, 4,711 or #4711."""
    found = _NUMBER.match(text)
    number = int(found[1].replace(",", "")) if found else 0
    return number if 0 < number <= LARGEST else None


def _one_of(name: str, value: str, known: tuple[str, ...] | list[str]) -> None:
    if value not in known:
        raise ValueError(f"{name}:{value} does not exist; there are {', '.join(known)}")


def within(clock: Clock, text: str, *, negated: bool = False) -> Within:
    """A range of time as it stands after `recorded:` or `effective:`."""
    start, dots, end = text.partition("..")
    if dots:
        if not start and not end:
            raise ValueError(f"{clock}:.. needs a time on one side")
        since = _moment(start)[0] if start else BEGINNING
        until = _moment(end)[0] if end else FOREVER
    else:
        sign = re.match(r"[<>]?=?", text)
        operator = sign.group() if sign else ""
        first, after = _moment(text[len(operator) :])
        match operator:
            case ">=":
                since, until = first, FOREVER
            case ">":
                since, until = after, FOREVER
            case "<":
                since, until = BEGINNING, first
            case "<=":
                since, until = BEGINNING, after
            case _:
                since, until = first, after
    if since >= until:
        raise ValueError(f"{clock}:{text} is empty: it ends before it begins")
    return Within(clock, since, until, negated)


def _moment(text: str) -> tuple[Instant, Instant]:
    """The first instant of what is named, and the first after it: a day is a whole day."""
    if _DAY.match(text):
        first = to_instant(f"{text}T00:00:00Z")
        return first, from_datetime(to_datetime(first) + timedelta(days=1))
    first = to_instant(text)
    return first, from_datetime(to_datetime(first) + timedelta(microseconds=1))
