"""Records that are answered and that nothing else defines, and references to their components."""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from api.problems import FieldError
from ledger.decide.findings import Warned
from ledger.decide.offers import Offer
from ledger.events import Event
from ledger.refusals import Arithmetic, Holder, NextFree

REF: Final = "#/components/schemas/{name}"
Json = dict[str, object]


class Decided(Struct, frozen=True, kw_only=True):
    """What was recorded."""

    decision: str
    position: int
    events: tuple[Event, ...]
    warnings: tuple[Warned, ...]


class Judged(Struct, frozen=True, kw_only=True):
    """What would be recorded now: judged at head by the same rules, and every position null."""

    decision: str
    position: None
    events: tuple[Event, ...]
    warnings: tuple[Warned, ...]
    dry_run: Literal[True]
    needs: tuple[Literal["second_person"], ...] | msgspec.UnsetType = msgspec.UNSET


class Waits(Struct, frozen=True, kw_only=True):
    """A second person is to confirm it: it was judged, would pass, and holds nothing meanwhile."""

    proposal: str
    needs: tuple[Literal["second_person"], ...]
    position: int
    expires_at: str


class Problem(Struct, frozen=True, kw_only=True):
    """A no, as RFC 9457 says it: `code` is the refusal's name, `arithmetic` its numbers."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    leg: int | msgspec.UnsetType = msgspec.UNSET
    arithmetic: Arithmetic | msgspec.UnsetType = msgspec.UNSET
    next: tuple[NextFree, ...] | msgspec.UnsetType = msgspec.UNSET
    holders: tuple[Holder, ...] | msgspec.UnsetType = msgspec.UNSET
    offer: Offer | msgspec.UnsetType = msgspec.UNSET
    errors: tuple[FieldError, ...] | msgspec.UnsetType = msgspec.UNSET
    position: int | msgspec.UnsetType | None = msgspec.UNSET


class FeedPage(Struct, frozen=True, kw_only=True):
    """Events in order; ask again with `after` = `next`."""

    events: tuple[Event, ...]
    next: int
    head: int


class Receipt(Struct, frozen=True, kw_only=True):
    """What was answered to a key; null, with status 0, where it is used up without an answer."""

    key: str
    status: int
    position: int
    decision: str | None
    answer: msgspec.Raw


class ProjectionState(Struct, frozen=True, kw_only=True):
    """How far a read model is: `following`, or why it is not."""

    name: str
    position: int
    lag_events: int
    lag_seconds: float
    state: str


class Positions(Struct, frozen=True, kw_only=True):
    """The newest position, and the one each read model reflects."""

    head: int
    projections: tuple[ProjectionState, ...]


class Check(Struct, frozen=True, kw_only=True):
    """One thing that must be so for commands to be taken, in words."""

    name: str
    ok: bool
    words: str


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether everything is as it must be."""

    ready: bool
    checks: tuple[Check, ...]


class Version(Struct, frozen=True, kw_only=True):
    """Which release answers."""

    name: str
    version: str


def ref(kind: type[Struct]) -> Json:
    """A reference to a record's component."""
    return {"$ref": REF.format(name=kind.__name__)}


def written(document: Json) -> str:
    """The document as it is committed and served: indented, one newline at the end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"
