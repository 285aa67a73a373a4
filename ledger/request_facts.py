"""What the facts about requests say: what is asked for, and what is answered."""

from ledger.facts import Fact
from ledger.periods import Instant
from ledger.vocabulary import Outcome, Priority, Rest


class RequestMaking(Fact, frozen=True, kw_only=True):
    """A unit asks for `quantity` of any of these pools, from the event's effective_at on.

    `least` is the smallest quantity that would be of use. Nothing is held by asking.
    """

    request: str
    unit: str
    pools: tuple[str, ...]
    quantity: int
    least: int
    ends_at: Instant | None
    priority: Priority
    justification: str


class RequestAmendment(Fact, frozen=True, kw_only=True):
    """All that is asked for from now on; the justification only where it is another."""

    request: str
    unit: str
    pools: tuple[str, ...]
    quantity: int
    least: int
    ends_at: Instant | None
    priority: Priority
    justification: str | None = None


class RequestWithdrawal(Fact, frozen=True, kw_only=True):
    """It is asked for no longer."""

    request: str


class Award(Fact, frozen=True, kw_only=True):
    """So much of a pool may be granted for a request, all that was granted already included."""

    pool: str
    quantity: int


class RequestDecision(Fact, frozen=True, kw_only=True):
    """What was decided on a request: `awarded` is the total so far, `rest` what becomes of more.

    `priority` is what it counts as from now on; `until` says when it falls due, and decides
    nothing.
    """

    request: str
    outcome: Outcome
    awarded: tuple[Award, ...]
    rest: Rest
    until: Instant | None = None
    priority: Priority | None = None


class Appealing(Fact, frozen=True, kw_only=True):
    """Somebody else is asked to decide again."""

    request: str
