"""From what was typed into a form to the fields of a command, as a program would send them."""

from collections.abc import Callable, Mapping
from math import lcm
from typing import Final

import msgspec

from api.problems import Problem, invalid
from api.web.forms import WAS, Sent
from api.web.shares import SHARE, shares
from ledger.periods import Instant

Fields = dict[str, object]
GRANULE: Final = "granule:"
"""What a form that amends a request says of each pool there is to choose."""


def fields_of(do: str, sent: Sent) -> Fields:
    """The command's fields. Problem 404 for a form there is not, 422 for what cannot be read."""
    reader = _READERS.get(do)
    if reader is None:
        raise Problem(404, "NoSuchPlace", f"There is no form for {do[:40]!r}.")
    fields = reader(sent)
    for name in ("reason_code", "reason"):
        if sent.text(name):
            fields[name] = sent.text(name)
    if sent.all("overrides"):
        fields["overrides"] = list(sent.all("overrides"))
    seen = sent.whole("seen", "The position that was looked at")
    if seen is not None:
        fields["seen"] = seen
        if do in _UNCHANGED:
            fields["if_unchanged"] = True
    return fields


def _request(sent: Sent) -> Fields:
    return _said(
        {
            "unit": _named(sent, "unit"),
            "pools": _pools(sent),
            "quantity": sent.whole("quantity", "How much"),
            "least": sent.whole("least", "The least of use"),
            "starts_at": sent.instant("starts_at", "From"),
            "ends_at": sent.instant("ends_at", "Until"),
            "priority": sent.text("priority") or None,
            "justification": sent.text("justification"),
        }
    )


def _pools(sent: Sent) -> list[str]:
    pools = list(sent.all("pools"))
    if not pools:
        raise invalid("Tick at least one pool that would do.", parameter="pools")
    return pools


def _amend(sent: Sent) -> Fields:
    """Only what is typed anew; an end that is emptied is open, and of use is any again."""
    asked: Mapping[str, Callable[[], object]] = {
        "quantity": lambda: _how_much(sent),
        "least": lambda: _least(sent),
        "starts_at": lambda: _day(sent, "starts_at", "From"),
        "ends_at": lambda: sent.instant("ends_at", "Until"),
        "priority": lambda: _named(sent, "priority"),
        "justification": lambda: _what_for(sent),
    }
    fields: Fields = {
        name: read() for name, read in asked.items() if sent.all(name) and _is_changed(sent, name)
    }
    if set(sent.all("pools")) != set(sent.text(f"{WAS}pools").split()):
        fields["pools"] = _pools(sent)
    return {"request": sent.text("request"), **fields}


def _least(sent: Sent) -> int:
    """The least of use; when that is emptied, the least that all of the pools can give."""
    least = sent.whole("least", "The least of use")
    if least is not None:
        return least
    # A command that leaves it out leaves it as it is, where one that asks anew has this instead.
    granules = [sent.whole(f"{GRANULE}{pool}", f"The granule of {pool}") for pool in _pools(sent)]
    return lcm(*(granule or 1 for granule in granules))


def _what_for(sent: Sent) -> str:
    if not sent.text("justification"):
        raise invalid("What for: say it in words.", parameter="justification")
    return sent.text("justification")


def _withdraw(sent: Sent) -> Fields:
    return {"request": sent.text("request")}


def _decide(sent: Sent) -> Fields:
    if not sent.text("outcome"):
        raise invalid("Say what the answer is.", parameter="outcome")
    awarded = [
        {"pool": pool, "quantity": quantity}
        for pool in sent.names("awarded:")
        if (quantity := sent.whole(f"awarded:{pool}", f"What is awarded of {pool}")) is not None
    ]
    return _said(
        {
            "request": sent.text("request"),
            "outcome": sent.text("outcome"),
            "awarded": awarded or None,
            "rest": sent.text("rest") or None,
            "until": sent.instant("until", "Until"),
            "priority": sent.text("priority") or None,
        }
    )


def _split(sent: Sent) -> Fields:
    return _said(
        {
            "pool": sent.text("pool"),
            "parent": sent.text("parent"),
            "shares": shares(sent),
            "effective_at": sent.instant("effective_at", "From"),
            "until": sent.instant("until", "Until"),
        }
    )


def _grant(sent: Sent) -> Fields:
    return _said(
        {
            "pool": sent.text("pool"),
            "unit": _named(sent, "unit"),
            "quantity": sent.whole("quantity", "How much"),
            "starts_at": sent.instant("starts_at", "From"),
            "ends_at": sent.instant("ends_at", "Until"),
            "borrowed": True if sent.text("borrowed") else None,
            "request": sent.text("request") or None,
        }
    )


def _release(sent: Sent) -> Fields:
    return _said(
        {
            "grants": [{"grant": sent.text("grant"), "quantity": _how_much(sent)}],
            "kind": sent.text("kind") or None,
            "effective_at": sent.instant("effective_at", "From"),
        }
    )


def _move(sent: Sent) -> Fields:
    return _said(
        {
            "pool": sent.text("pool"),
            "from": [{"grant": sent.text("grant"), "quantity": _how_much(sent)}],
            "to": _named(sent, "to", "unit"),
            "effective_at": sent.instant("effective_at", "From"),
            "ends_at": sent.instant("ends_at", "Until"),
            "borrowed": True if sent.text("borrowed") else None,
        }
    )


def _lend(sent: Sent) -> Fields:
    return _said(
        {
            "pool": sent.text("pool"),
            "from": {"grant": sent.text("grant")},
            "quantity": _how_much(sent),
            "to": _named(sent, "to", "unit"),
            "effective_at": sent.instant("effective_at", "From"),
            "returns_at": _day(sent, "returns_at", "Back on"),
        }
    )


def _end(sent: Sent) -> Fields:
    return {"grant": sent.text("grant"), "ends_at": sent.instant("ends_at", "Ends")}


def _forecast(sent: Sent) -> Fields:
    step = {"quantity": _how_much(sent), "expected_at": _day(sent, "expected_at", "Back by")}
    return {
        "grant": sent.text("grant"),
        "steps": [step],
        "confidence": sent.text("confidence") or "medium",
    }


def _how_much(sent: Sent) -> int:
    quantity = sent.whole("quantity", "How much")
    if quantity is None:
        raise invalid("Say how much.", parameter="quantity")
    return quantity


def _day(sent: Sent, name: str, label: str) -> Instant:
    at = sent.instant(name, label)
    if at is None:
        raise invalid(f"{label}: say when.", parameter=name)
    return at


def _confirm(sent: Sent) -> Fields:
    return {"proposal": sent.text("proposal")}


def _close(sent: Sent) -> Fields:
    return {"proposal": sent.text("proposal"), "outcome": sent.text("outcome")}


def _said(fields: Fields) -> Fields:
    """What was typed, without what was left empty."""
    return {name: value for name, value in fields.items() if value is not None}


def _note(sent: Sent) -> Fields:
    """Words about an event, such as the reason that is owed for it."""
    about = {"position": sent.whole("position", "The position")}
    return {"about": about, "text": sent.text("text")}


def _named(sent: Sent, name: str, what: str = "") -> str:
    text = sent.text(name)
    if not text:
        raise invalid(f"Name the {what or name}.", parameter=name)
    return text


def is_as_it_was(sent: Sent, name: str) -> bool:
    """Whether a field was left as the form had it, where the form says how that was."""
    if name == "pools":
        was = sent.all(f"{WAS}pools")
        return bool(was) and set(sent.all("pools")) == set(was[-1].split())
    part, _, unit = name.partition(":")
    if unit:
        stood: dict[str, str] = dict(zip(SHARE, sent.text(f"{WAS}{unit}").split("/"), strict=False))
        return sent.text(name) == stood.get(part)
    return bool(sent.all(f"{WAS}{name}")) and not _is_changed(sent, name)


def _is_changed(sent: Sent, name: str) -> bool:
    return sent.text(name) != sent.text(f"{WAS}{name}")


def _decision(sent: Sent) -> Fields:
    try:
        legs = msgspec.json.decode(sent.text("legs"), type=list[Fields])
    except msgspec.MsgspecError as wrong:
        raise invalid("The decision was not kept: plan it anew.", parameter="legs") from wrong
    return _said({"legs": legs, "request": sent.text("request") or None})


_READERS: Final[Mapping[str, Callable[[Sent], Fields]]] = {
    "request": _request,
    "amend_request": _amend,
    "withdraw_request": _withdraw,
    "decide_request": _decide,
    "appeal": _withdraw,
    "split": _split,
    "grant": _grant,
    "decision": _decision,
    "confirm": _confirm,
    "close_proposal": _close,
    "note": _note,
    "release": _release,
    "reallocate": _move,
    "lend": _lend,
    "extend": _end,
    "forecast": _forecast,
}
_UNCHANGED: Final = frozenset({"split", "grant", "release", "reallocate", "lend", "extend"})
"""What is refused as stale when the units it names have changed since they were looked at."""
