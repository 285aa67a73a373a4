"""What an auditor wants to see at a glance; derived from an event, never stored with it."""

from collections.abc import Mapping
from typing import Final

from ledger.events import (
    Corrected,
    Event,
    Extended,
    Granted,
    PledgeWithdrawn,
    ProposalClosed,
    Reallocated,
    Released,
    RequestDecided,
    SplitDecided,
)
from ledger.periods import micros, open_end
from projections.history.corrections import is_revision, takes
from projections.history.search import Flag

BACKDATED_US: Final = 5 * 60 * 1_000_000
"""An event effective longer than this before it was recorded is backdated (domain: Two clocks)."""


JUDGED: Final[Mapping[Flag, Flag]] = {
    "revision": "correction", "self_dealing": "second_person", "reason_debt": "reason_debt",
    "late_reason": "reason_debt",
}  # fmt: skip
"""Flags that take a second look, each with the one that all who may have it bear at first."""


_LOOKED_AT: Final = frozenset({Released, Corrected})
_GIVING: Final = frozenset({Granted, Reallocated})


def is_plain(event: Event) -> bool:
    """Whether an event has no flag, as far as a glance tells."""
    return (
        event.effective_at >= event.recorded_at
        and event.reason is not None
        and type(event) not in _LOOKED_AT
        and not event.overrides
        and event.confirmed_by is None
        and (type(event) not in _GIVING or not _borrows(event))
    )


def flags(event: Event) -> tuple[Flag, ...]:
    """The flags of an event, in order, as far as it tells by itself (others: `judged_flags`).

    `backdated`: it takes effect more than five minutes before it was recorded; the founding does
    not count. `late`: a release of what had ended already. `correction`: an earlier event says
    something else; `revision`: that changes nothing before it was recorded. `override`: a floor,
    a notice or a limit did not count; `breach`: a limit. `second_person`: somebody else confirmed
    it, as dealing for oneself and some rules demand; `self_dealing`: who decided asked for it, or
    leads the unit that gains, or one above or below it. `borrowed`: a grant beyond the budget that
    is no loan.
    `reason_debt`: somebody lost something and no words say why, which `incident` and
    `capacity_loss` alone allow; `late_reason`: the words came later, in a note about the event by
    whoever decided it or a decider above.
    """
    if is_plain(event):
        return ()
    found: list[Flag] = []
    if event.effective_at < event.recorded_at and is_backdated(event):
        found.append("backdated")
    if isinstance(event, Released) and event.data.late:
        found.append("late")
    if isinstance(event, Corrected):
        found.append("correction")
        if is_revision(event):
            found.append("revision")
    if event.overrides:
        found.append("override")
        if "breach" in event.overrides:
            found.append("breach")
    if event.confirmed_by is not None:
        found.append("second_person")
    if _borrows(event):
        found.append("borrowed")
    if (
        event.reason is None
        and event.reason_code in ("incident", "capacity_loss")
        and _takes(event)
    ):
        found.append("reason_debt")
    return tuple(found)


def is_backdated(event: Event) -> bool:
    """Whether an event lies more than five minutes back, and is not of the founding."""
    is_founding = event.position - event.leg[0] == 1
    return not is_founding and (
        micros(event.recorded_at) - micros(event.effective_at) > BACKDATED_US
    )


def _borrows(event: Event) -> bool:
    if isinstance(event, Granted):
        return event.data.grant_class == "borrowed"
    if isinstance(event, Reallocated):
        return event.data.grant_class == "borrowed" and not event.data.loan
    return False


def _takes(event: Event) -> bool:
    match event:
        case Released(data=given):
            return given.kind == "reclaimed"
        case Reallocated(data=moved):
            return not moved.loan and any(leg.unit != moved.to_unit for leg in moved.legs)
        case Extended(data=extension):
            return open_end(extension.ends_at) < open_end(extension.was_ends_at)
        case Corrected():
            return takes(event)
        case RequestDecided(data=answer):
            return answer.outcome == "denied" or (
                answer.outcome == "partly" and answer.rest == "closed"
            )
        case ProposalClosed(data=closing):
            return closing.outcome == "rejected"
        case SplitDecided() | PledgeWithdrawn():
            return True
        case _:
            return False
