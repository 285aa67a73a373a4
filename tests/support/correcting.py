"""Corrections as a person would write them: what is to be different, and all else as it stands."""

from typing import Any

from tests.support.in_memory import InMemory

WORDS = "It was told wrongly"
Fields = dict[str, Any]


def standing(ledger: InMemory, position: int) -> tuple[int | None, Fields | None]:
    """The correction of a position that stands, and what the event there says by now."""
    facts = ledger.facts()
    said: Fields | None = facts[position - 1]
    supersedes = None
    for fact in facts:
        if fact["topic"] == "corrected.v1" and fact["data"]["corrects"] == position:
            supersedes, said = fact["position"], fact["data"]["replacement"]
    return supersedes, said


def instead(ledger: InMemory, position: int, at: str | None = None, **changes: Any) -> Fields:
    """The fields of a correction by which an event says this; what is left out stays as it is.

    Of an event that was corrected away, what is left out is as its original says.
    """
    supersedes, said = standing(ledger, position)
    said = said or ledger.facts()[position - 1]
    data = said["data"] | {name.rstrip("_"): value for name, value in changes.items()}
    replacement = {"effective_at": at or said["effective_at"], "data": data}
    return {"corrects": position, "supersedes": supersedes, "replacement": replacement,
            "reason": WORDS}  # fmt: skip


def never(ledger: InMemory, position: int) -> Fields:
    """The fields of a correction by which an event never happened."""
    return {"corrects": position, "supersedes": standing(ledger, position)[0],
            "replacement": None, "reason": WORDS}  # fmt: skip


def quantity(ledger: InMemory, position: int, count: int, at: str | None = None) -> Fields:
    """The fields of a correction of how much: of a grant, or of the first leg that took."""
    _, said = standing(ledger, position)
    data = (said or ledger.facts()[position - 1])["data"]
    changes: Fields = {"quantity": count} if "quantity" in data else {}
    if "legs" in data:
        first, *rest = data["legs"]
        changes["legs"] = [first | {"quantity": count}, *rest]
    if "legs" in data and "quantity" in data:
        changes["quantity"] = count + sum(leg["quantity"] for leg in data["legs"][1:])
    return instead(ledger, position, at, **changes)


def together(*corrections: Fields) -> list[Fields]:
    """Corrections as the legs of one decision."""
    return [{"do": "correct", **one} for one in corrections]
