"""What facts of a copy say, made by hand, and each with fields of one's own."""

from typing import Any

from tests.cli.copying import GRANTED, Events, decision, whole

OTHER = "0190b3a4-7a31-7000-8000-000000000002"
A_REQUEST = "0190b3a4-7a31-7000-8000-000000000003"
Data = dict[str, Any]


def request(**fields: Any) -> Data:
    """A request of unit a for pool p."""
    return {
        "request": A_REQUEST, "unit": "a", "pools": ["p"], "quantity": 8, "least": 8,
        "ends_at": None, "priority": "normal", "justification": "A run", **fields,
    }  # fmt: skip


def pledge(**fields: Any) -> Data:
    """A pledge to unit a; fields of None are left out."""
    whole: Data = {
        "pledge": OTHER, "to_unit": "a", "pools": ["p"], "quantity": 8,
        "until": "2027-01-01T00:00:00.000000Z", **fields,
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value is not None}


def said(
    topic: str, grant: str, *, unit: str = "a", quantity: int = 8, moved: int = 8, **leg: Any
) -> Events:
    """The whole log with a release, or a move, that takes from one grant."""
    data: Data = {
        "pool": "p",
        "legs": [{"grant": grant, "unit": unit, "quantity": quantity, **leg}],
    }
    if topic == "released.v1":
        data |= {"kind": "returned"}
    else:
        data |= {
            "to_grant": OTHER, "to_unit": "lab", "quantity": moved, "ends_at": None,
            "class": "guaranteed",
        }  # fmt: skip
    return [*whole(), *decision(6, "more", (topic, data))]


def corrected(
    *,
    corrects: int = 5,
    supersedes: int | None = None,
    at: str = "2026-01-05T00:00:05.000000Z",
    said: Data | None = None,
    **fields: Any,
) -> Data:
    """A correction of the grant to 4 of 8, or to what else is said; `said` = what it said else."""
    was = {"effective_at": "2026-01-05T00:00:05.000000Z", "data": {**GRANTED[1], **(said or {})}}
    now = {"effective_at": at, "data": {**GRANTED[1], "quantity": 4, **fields}}
    data = {"corrects": corrects, "topic": "granted.v1", "was": was, "replacement": now}
    return data if supersedes is None else {**data, "supersedes": supersedes}
