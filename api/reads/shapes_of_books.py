"""The shapes of statements and differences: what stands here is a promise to other programs."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from api.reads.asked import Org
from api.reads.shapes import Answer
from ledger.periods import Instant

EntryKind = Literal[
    "starts", "ends", "returned", "reclaimed", "released", "moved_in", "moved_out", "lent",
    "loan_back", "borrowed_in", "loan_ends", "joined", "left",
]  # fmt: skip


class Entry(Struct, frozen=True, kw_only=True):
    """What a unit has more or less of a pool from an instant on, and the balance then.

    `position` is the fact it follows from, `corrected_by` the correction of it that stands.
    `released` is of unstated kind. `joined` and `left` tell of a unit with all it holds, and name
    no grant.
    """

    at: Instant
    kind: EntryKind
    unit: str
    quantity: int
    balance: int
    grant: str | None
    position: int
    corrected_by: int | UnsetType = UNSET
    sentence: str


class StatementPage(Answer, frozen=True, kw_only=True):
    """`opening` just before `from`, what changed over `[from, to)`, and the sum: `closing`."""

    start: Instant = field(name="from")
    end: Instant = field(name="to")
    pool: str
    unit: str | UnsetType = UNSET
    under: str | UnsetType = UNSET
    org: Org
    opening: int
    entries: tuple[Entry, ...]
    closing: int
    next: str | None


class DifferenceRow(Struct, frozen=True, kw_only=True):
    """A grant of which something else is believed, and the positions that changed it."""

    pool: str
    unit: str
    grant: str
    before: int
    after: int
    positions: tuple[int, ...]


class DifferencesPage(Answer, frozen=True, kw_only=True):
    """What is believed of `valid_at` at `known_to` and was not at `known_from`."""

    valid_at: Instant
    known_from: int
    known_to: int
    items: tuple[DifferenceRow, ...]
    next: str | None
