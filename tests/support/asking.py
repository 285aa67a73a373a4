"""A small house in which people ask for compute, and are answered."""

from typing import Any

from ledger.decide.awards import granted
from ledger.requests import status
from tests.support.in_memory import InMemory, lab
from tests.support.truth import told


def house(total: int = 128, granule: int = 1) -> InMemory:
    """A division with a team, beside another; lea leads the team, dee and dan decide over all."""
    ledger = lab("research", "ops", total=total, granule=granule)
    ledger.tell("create_unit", unit="research/vision", parent="research")
    for person, role, unit in (
        ("lea", "lead", "research/vision"),
        ("oda", "operator", "lab"),
        ("dee", "decider", "lab"),
        ("dan", "decider", "lab"),
    ):
        ledger.tell("delegate", to=person, role=role, unit=unit)
    return ledger


def ask(ledger: InMemory, quantity: int = 64, by: str = "lea", **fields: Any) -> str:
    """Ask for something for the team; returns the id of the request."""
    asked = {"unit": "research/vision", "pools": ["h100"], "justification": "The next encoder"}
    [event] = told(ledger, "request", by=by, quantity=quantity, **asked | fields)
    return event["data"]["request"]


def decide(ledger: InMemory, request: str, outcome: str, by: str = "dee", **fields: Any) -> Any:
    """Answer a request; returns the data of the event."""
    return told(ledger, "decide_request", request=request, outcome=outcome, by=by, **fields)[0][
        "data"
    ]


def give(ledger: InMemory, request: str, quantity: int, by: str = "oda", **fields: Any) -> str:
    """Grant for a request."""
    grant = {"pool": "h100", "unit": "research/vision", "quantity": quantity}
    return told(ledger, "grant", by=by, request=request, **grant | fields)[0]["data"]["grant"]


def stands(ledger: InMemory, request: str) -> str:
    """The status of a request now."""
    record = ledger.state.requests[request]
    return status(record, granted(ledger.state, record), ledger.now)


def ghost() -> str:
    """The id of a request that nobody made."""
    return "00000000-0000-7000-8000-00000000dead"
