"""The shapes of what is answered about one grant."""

from msgspec import Struct, field

from api.reads.shapes import Answer
from ledger.periods import Instant
from ledger.vocabulary import GrantClass


class GrantStep(Struct, frozen=True, kw_only=True):
    """What a grant owns and has in hand over `[from, to)`; null = open."""

    start: Instant = field(name="from")
    end: Instant | None = field(name="to")
    own: int
    hold: int


class LoanMade(Struct, frozen=True, kw_only=True):
    """A loan made out of a grant, by the event at `made`: `quantity` at first, `hold` now."""

    grant: str
    unit: str
    quantity: int
    hold: int
    starts_at: Instant
    ends_at: Instant | None
    made: int


class CorrectionMade(Struct, frozen=True, kw_only=True):
    """The correction at `position` stands on the event at `corrects`."""

    corrects: int
    position: int


class Takeable(Struct, frozen=True, kw_only=True):
    """What may be taken from its holder at the instant: `quantity`, and what a floor keeps.

    By a reclaim, a recall or an earlier end from `earliest` on, or sooner where notice is set
    aside. A move to another unit needs no notice.
    """

    quantity: int
    under_floor: int
    notice_days: int
    earliest: Instant


class GrantAnswer(Answer, frozen=True, kw_only=True):
    """A grant: `quantity` as it was made, over `[starts_at, ends_at)`, by the event at `made`.

    `own` and `hold` are the numbers at `valid_at`: what is lent is owned and not in hand. `steps`
    leave out where it has nothing. `lender` is the grant that a loan was made out of.
    """

    valid_at: Instant
    grant: str
    pool: str
    unit: str
    grant_class: GrantClass = field(name="class")
    quantity: int
    starts_at: Instant
    ends_at: Instant | None
    made: int
    moved: bool
    own: int
    hold: int
    lender: str | None
    steps: tuple[GrantStep, ...]
    loans: tuple[LoanMade, ...]
    takeable: Takeable
    corrections: tuple[CorrectionMade, ...]
