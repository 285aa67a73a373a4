"""What goes into a judgement and what comes out of it: the ask, its stamp, the answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from ledger.commands import AnyCommand
from ledger.events import Recorded
from ledger.facts import Via
from ledger.log import Receipt, StoredEvent
from ledger.periods import Instant
from ledger.plans import Foreseen, Plan

_NONE: Final[Mapping[int, Recorded]] = MappingProxyType({})

REPLAYED: Final = "Idempotency-Replayed"


class Ask(Struct, frozen=True, kw_only=True, gc=False):
    """A command as a person sent it through a door.

    `fingerprint` is the SHA-256 of the canonical command (`do` and the fields as sent). A dry
    run has no key ("") and records nothing. `facts` are the events that the command names by
    position, as far as they are recorded.
    """

    command: AnyCommand
    by: str
    via: Via
    key: str
    fingerprint: bytes
    dry_run: bool = False
    facts: Mapping[int, Recorded] = _NONE


class Question(Struct, frozen=True, kw_only=True, gc=False):
    """A plan that a person asks for: it is answered in turn, and nothing is kept of it.

    `foreseen` are the live forecasts of the pool as read models told them that reflect a
    position, `reflected`.
    """

    plan: Plan
    by: str
    via: Via
    foreseen: tuple[Foreseen, ...] = ()
    reflected: int = 0


Put = Ask | Question
"""What may be put to the committer."""


def may_record(ask: Put) -> bool:
    """Whether something may be recorded for an ask: a dry run and a question have no key."""
    return isinstance(ask, Ask) and not ask.dry_run


class Stamp(Struct, frozen=True, kw_only=True, gc=False):
    """What the committer adds, so that judging needs no clock and no randomness.

    `seed` is a uuid7 whose low 16 bits are zero, as text: the decision's id (unless the caller
    chose one) and the ids of its events and of what they make follow from it.
    """

    recorded_at: Instant
    seed: str


class Answer(Struct, frozen=True, kw_only=True, gc=False):
    """A status and body to send back, and what has to be stored for it.

    `position` = the last leg of the decision, or the head a refusal was judged at; 0 of what was
    not judged. `replayed` marks a stored answer given again. `receipt` is None when nothing is to
    be kept.
    """

    status: int
    body: bytes
    position: int
    code: str | None = None
    events: tuple[StoredEvent, ...] = ()
    receipt: Receipt | None = None
    replayed: bool = False


def receipt_of(ask: Ask, status: int, body: bytes, position: int, decision: str | None) -> Receipt:
    """What is kept of an answer, for whoever asks again by its key."""
    return Receipt(
        person=ask.by,
        key=ask.key,
        fingerprint=ask.fingerprint,
        status=status,
        body=body,
        position=position,
        decision=decision,
    )
