"""What is said of requests, in plain English: what is asked for, and what was answered."""

from collections.abc import Callable
from typing import Any, Final

from ledger.events import (
    DecisionAppealed,
    RequestAmended,
    RequestDecided,
    Requested,
    RequestWithdrawn,
)
from projections.history.phrases import Background, listed, moment, since, till


def _requested(event: Requested, background: Background) -> str:
    asked = event.data
    wish = background.wish(asked.quantity, asked.pools)
    least = f", at least {asked.least:,}" if 1 < asked.least < asked.quantity else ""
    priority = "" if asked.priority == "normal" else f", with {asked.priority} priority"
    return f"{asked.unit} asked for {wish}{least}{since(event)}{till(asked.ends_at)}{priority}"


def _amended(event: RequestAmended, background: Background) -> str:
    asked = event.data
    wish = background.wish(asked.quantity, asked.pools)
    least = f", at least {asked.least:,}" if 1 < asked.least < asked.quantity else ""
    priority = "" if asked.priority == "normal" else f", with {asked.priority} priority"
    anew = "" if asked.justification is None else ", and says why anew"
    when = f"{since(event)}{till(asked.ends_at)}"
    return f"{asked.unit} now asks for {wish}{least}{when}{priority}{anew}"


def _withdrawn(event: RequestWithdrawn, background: Background) -> str:
    return f"{_begun(background.request(event.data.request))} was withdrawn"


def _decided(event: RequestDecided, background: Background) -> str:
    answer = event.data
    request = _begun(background.request(answer.request))
    awards = [background.amount(award.quantity, award.pool) for award in answer.awarded]
    awarded = f"{listed(awards)} awarded" if awards else "nothing awarded"
    match answer.outcome:
        case "approved":
            said = f"was approved: {awarded}"
        case "partly":
            rest = "the rest waits" if answer.rest == "waits" else "the rest is denied"
            said = f"was approved in part: {awarded}, {rest}"
        case "denied":
            said = f"was denied: no more than {listed(awards)}" if awards else "was denied"
        case "deferred":
            said = "was deferred"
    until = "" if answer.until is None else f" until {moment(answer.until)}"
    priority = "" if answer.priority is None else f", with {answer.priority} priority"
    return f"{request} {said}{until}{priority}"


def _appealed(event: DecisionAppealed, background: Background) -> str:
    return f"The answer to {background.request(event.data.request)} was appealed"


def _begun(phrase: str) -> str:
    return f"{phrase[0].upper()}{phrase[1:]}"


SAID_OF_REQUESTS: Final[dict[type[Any], Callable[[Any, Background], str]]] = {
    Requested: _requested,
    RequestAmended: _amended,
    RequestWithdrawn: _withdrawn,
    RequestDecided: _decided,
    DecisionAppealed: _appealed,
}
"""How each topic about requests speaks."""
