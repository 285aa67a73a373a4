"""Asks: what a person may tell the ledger to do, imperative, checked for shape when made.

These structs are the one definition of every command: the doors decode bodies into them, the
OpenAPI schema is generated from them, and the core decides on them. Making one normalises its
times to instants and its text to NFC; what cannot be read raises a ValueError in plain words.
"""

from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import force_setattr

from ledger.organising import (
    ChangeCapacity,
    ClosePool,
    CloseProposal,
    CloseUnit,
    Confirm,
    CreateUnit,
    Delegate,
    MoveUnit,
    OpenPool,
    RenameUnit,
    Revoke,
    SetRules,
    Split,
)
from ledger.periods import Instant, instant_of
from ledger.pledging import Pledge, RevisePledge, SetRate, WithdrawPledge
from ledger.quantities import All, PoolId, Position, Quantity, Total, UnitId, Uuid, is_exact
from ledger.requesting import (
    AmendRequest,
    Appeal,
    DecideRequest,
    Request,
    WithdrawRequest,
)
from ledger.terms import Command, Dated, When, Words
from ledger.vocabulary import Confidence, ReleaseKind


class Grant(Dated, frozen=True, kw_only=True, tag="grant"):
    """Give units of a pool to a unit over `[starts_at, ends_at)`."""

    pool: PoolId
    unit: UnitId
    quantity: Quantity
    starts_at: When | None = None
    ends_at: When | None = None
    borrowed: bool = False
    grant: Uuid | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.starts_at and self.effective_at and self.starts_at != self.effective_at:
            raise ValueError("starts_at and effective_at are the same thing and differ here")
        _window(self.starts_at or self.effective_at, self.ends_at)


class OfGrant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A quantity of one named grant."""

    grant: Uuid
    quantity: Quantity


class Release(Dated, frozen=True, kw_only=True, tag="release"):
    """Give units back: from named grants, or by pool and unit, a quantity or all of it."""

    pool: PoolId | None = None
    unit: UnitId | None = None
    quantity: Quantity | All | None = None
    grants: Annotated[tuple[OfGrant, ...], Meta(min_length=1, max_length=500)] | None = None
    kind: ReleaseKind = "returned"
    future: bool = False
    advance: bool = True

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.grants is None:
            if self.pool is None or self.unit is None or self.quantity is None:
                raise ValueError("a release names grants, or pool, unit and quantity")
        elif self.unit is not None or self.quantity is not None:
            raise ValueError("a release names grants, or pool, unit and quantity: not both")
        else:
            _once([named.grant for named in self.grants])
        if self.future and self.quantity != "all":
            raise ValueError('future goes with quantity "all"')


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a move takes from: a unit's own grants, or one named grant."""

    unit: UnitId | None = None
    grant: Uuid | None = None
    quantity: Quantity | All

    def __post_init__(self) -> None:
        if (self.unit is None) == (self.grant is None):
            raise ValueError("each source names a unit or a grant, one of them")
        if self.grant is not None and self.quantity == "all":
            raise ValueError('"all" goes with a unit; of a grant give the quantity')


class Reallocate(Dated, frozen=True, kw_only=True, tag="reallocate", rename={"sources": "from"}):
    """Move units from one or more holders to another unit, as one event."""

    pool: PoolId
    sources: Annotated[tuple[Source, ...], Meta(min_length=1, max_length=500)]
    to: UnitId
    starts_at: When | None = None
    ends_at: When | None = None
    borrowed: bool = False
    grant: Uuid | None = None
    advance: bool = True

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.starts_at and self.effective_at and self.starts_at != self.effective_at:
            raise ValueError("starts_at and effective_at are the same thing and differ here")
        _window(self.starts_at or self.effective_at, self.ends_at)
        _once([source.unit or source.grant or "" for source in self.sources])


class Extend(Dated, frozen=True, kw_only=True, tag="extend"):
    """Move a grant's end: later, earlier, or null for open."""

    grant: Uuid
    ends_at: When | None


class Lender(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who lends: a unit, out of its own grants, or one named grant."""

    unit: UnitId | None = None
    grant: Uuid | None = None

    def __post_init__(self) -> None:
        if (self.unit is None) == (self.grant is None):
            raise ValueError("a lender is a unit or a grant, one of them")


class Lend(Dated, frozen=True, kw_only=True, tag="lend", rename={"lender": "from"}):
    """Lend units of a pool: they come back by themselves at `returns_at`."""

    pool: PoolId
    lender: Lender
    quantity: Quantity
    to: UnitId
    starts_at: When | None = None
    returns_at: When
    grant: Uuid | None = None

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.starts_at and self.effective_at and self.starts_at != self.effective_at:
            raise ValueError("starts_at and effective_at are the same thing and differ here")
        _window(self.starts_at or self.effective_at, self.returns_at, "returns_at")


class Expected(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So much is expected back by `expected_at`; nothing withdraws the forecast."""

    quantity: Total
    expected_at: When

    def __post_init__(self) -> None:
        force_setattr(self, "expected_at", instant_of(self.expected_at, "expected_at"))


class ForecastRelease(Command, frozen=True, kw_only=True, tag="forecast"):
    """Say what a grant, or a unit of a pool, is expected to give back, and when."""

    grant: Uuid | None = None
    pool: PoolId | None = None
    unit: UnitId | None = None
    steps: Annotated[tuple[Expected, ...], Meta(min_length=1, max_length=100)]
    confidence: Confidence = "medium"

    def check(self) -> None:
        """Refuse fields that do not go together."""
        if self.grant is None:
            if self.pool is None or self.unit is None:
                raise ValueError("a forecast names a grant, or pool and unit")
        elif self.unit is not None:
            raise ValueError("a forecast names a grant, or pool and unit: not both")
        dates = [step.expected_at for step in self.steps]
        if dates != sorted(set(dates)):
            raise ValueError("steps stand in order of their dates, one for each date")
        if len(dates) > 1 and not all(step.quantity for step in self.steps):
            raise ValueError("a step of nothing withdraws the forecast, and stands alone")


class Instead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the event should have said: `data` has the shape of its topic."""

    effective_at: When
    data: dict[str, Any]

    def __post_init__(self) -> None:
        force_setattr(self, "effective_at", instant_of(self.effective_at, "effective_at"))
        if not is_exact(self.data):
            raise ValueError("data holds an integer beyond 2^53-1: not every reader keeps it exact")


class Correct(Command, frozen=True, kw_only=True, tag="correct"):
    """Say what an earlier event should have said, or that it never happened (null)."""

    corrects: Position
    supersedes: Position | None = None
    replacement: Instead | None
    acknowledge_breach: bool = False


class Subject(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a note is about: exactly one of these."""

    position: Position | None = None
    grant: Uuid | None = None
    unit: UnitId | None = None
    request: Uuid | None = None

    def __post_init__(self) -> None:
        named = (self.position, self.grant, self.unit, self.request)
        if sum(value is not None for value in named) != 1:
            raise ValueError("a note is about exactly one of position, grant, unit, request")


class Note(Command, frozen=True, kw_only=True, tag="note"):
    """Put words beside the record."""

    about: Subject
    text: Words


Single = (
    OpenPool | ClosePool | ChangeCapacity
    | CreateUnit | RenameUnit | MoveUnit | CloseUnit
    | Delegate | Revoke
    | Grant | Release | Reallocate | Lend | Extend | ForecastRelease | Correct
    | SetRules | Split | Note | Pledge | RevisePledge | WithdrawPledge | SetRate
    | Request | AmendRequest | WithdrawRequest | DecideRequest | Appeal
)  # fmt: skip


class Decision(Dated, frozen=True, kw_only=True, tag="decision"):
    """Several asks as one act: all or nothing, in order, adjacent positions."""

    legs: Annotated[tuple[Single, ...], Meta(min_length=1, max_length=1000)]

    def check(self) -> None:
        """Refuse fields that do not go together."""
        for index, leg in enumerate(self.legs):
            for name in ("seen", "on_behalf_of", "decision", "overrides", "propose"):
                if getattr(leg, name):
                    raise ValueError(f"{name} stands at the top of a decision, not in leg {index}")


AnyCommand = Single | Decision | Confirm | CloseProposal


def legs_of(command: AnyCommand) -> tuple[Single, ...]:
    """The asks of a decision in order; one that stands alone is its own only leg.

    What is said about a proposal has none: what was proposed is judged in its place.
    """
    if isinstance(command, Decision):
        return command.legs
    return () if isinstance(command, (Confirm, CloseProposal)) else (command,)


def positions_named(command: AnyCommand) -> tuple[int, ...]:
    """The positions whose events have to be known to judge a command."""
    if isinstance(command, Decision):
        found = [position for leg in command.legs for position in positions_named(leg)]
        return tuple(dict.fromkeys(found))
    if isinstance(command, Correct):
        return (command.corrects, *((command.supersedes,) if command.supersedes else ()))
    return ()


def starts(command: Command) -> Instant | None:
    """The instant an ask wants its fact to begin, or None for the moment it is recorded."""
    named = getattr(command, "starts_at", None) or getattr(command, "effective_at", None)
    return None if named is None else Instant(named)


def _window(start: str | None, end: str | None, of_end: str = "ends_at") -> None:
    if start is not None and end is not None and end <= start:
        raise ValueError(f"{of_end} must lie after the start: a period holds at least one instant")


def _once(names: list[str]) -> None:
    if len(set(names)) != len(names):
        raise ValueError("each grant or unit may be named once; add the quantities up")
