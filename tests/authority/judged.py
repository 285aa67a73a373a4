"""What the core says to every act by everybody, and what the table expects it to say."""

from typing import Final

from tests.authority.acts import acts
from tests.authority.house import ASKER, GIVER, NARROWER, NOBODY, PLACES, ROLES, House, at
from tests.authority.table import Row, rows

Verdicts = dict[tuple[str, str], str]
"""By act and person: "yes", "second" or "no"."""

OF_THE_ASKER: Final = frozenset(
    {"amend a request", "withdraw a request", "appeal", "note about a request"}
)
"""What somebody may do without any role whose request it is."""
OF_THE_GIVER: Final = frozenset({"revoke a lead"})
"""What somebody may do without any role who gave the delegation."""


def people() -> list[str]:
    """Everybody that an act is tried as."""
    named = [at(role, scope) for role in ROLES for scope in (*PLACES, *NARROWER)]
    return [*named, ASKER, GIVER, NOBODY]


def judged() -> Verdicts:
    """What the core says."""
    house = House()
    return {
        (name, person): house.verdict(do, fields, person)
        for name, (do, fields) in acts(house).items()
        for person in people()
    }


def expected() -> Verdicts:
    """What the table says."""
    found: Verdicts = {}
    for act, row in rows().items():
        for role in ROLES:
            for place in PLACES:
                found[act, at(role, place)] = _at(row, role, place)
            for narrower in NARROWER:
                found[act, at(role, narrower)] = _narrowed(row, role, narrower)
        found[act, ASKER] = "yes" if act in OF_THE_ASKER else "no"
        found[act, GIVER] = "yes" if act in OF_THE_GIVER else "no"
        found[act, NOBODY] = "no"
    return found


def _at(row: Row, role: str, place: str) -> str:
    if place not in row.may[role]:
        return "no"
    return "second" if row.second[role] else "yes"


def _narrowed(row: Row, role: str, narrower: str) -> str:
    """A role at the root, with less than the whole of it; who leads the unit may as a lead too."""
    whole = _at(row, role, "root")
    match narrower:
        case "of another pool":
            return "no" if "pool" in row.bound else whole
        case "of one at most":
            return "no" if "most" in row.bound else whole
        case "who leads it too":
            as_a_lead = _at(row, "lead", "unit")
            if whole == "no" or role == "lead":
                return as_a_lead if whole == "no" else whole
            return {"2": "second", "no": "no", "": whole}[row.leads]
        case _:
            return "no"
