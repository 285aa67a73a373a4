"""The first decision of a ledger: its root, its founder's authority, its rules (rule 6)."""

from typing import Any, Final

from ledger.asks import Stamp
from ledger.decide.judging import BACKDATE_DAYS
from ledger.events import AuthorityDelegated, Event, Recorded, RulesSet, UnitCreated
from ledger.facts import Delegation, Fact, Rules, UnitCreation, Via
from ledger.periods import EPOCH
from ledger.vocabulary import Role

KEY: Final = "founding"
ROLES: Final[tuple[Role, ...]] = ("steward", "decider", "operator", "importer")


def found(
    stamp: Stamp, *, founder: str, root: str, via: Via, backdate_days: int = BACKDATE_DAYS
) -> tuple[Event, ...]:
    """The events at positions 1 to 6: the root unit, four delegations to the founder, the rules.

    The root and the rules are effective from 1970; authority is empty here and nowhere else.
    """
    facts: list[tuple[type[Recorded], Fact, str]] = [
        (UnitCreated, UnitCreation(unit=root, name=root, kind="company", parent=None), EPOCH)
    ]
    seed = stamp.seed[:-4]
    for number, role in enumerate(ROLES, start=1):
        given = Delegation(delegation=f"{seed}{number:04x}", to=founder, role=role, unit=root)
        facts.append((AuthorityDelegated, given, stamp.recorded_at))
    facts.append((RulesSet, Rules(backdate_days=backdate_days), EPOCH))
    events: list[Event] = []
    for index, (kind, fact, effective_at) in enumerate(facts):
        made: Any = kind
        events.append(
            made(
                id=f"{seed}{len(ROLES) + 1 + index:04x}",
                position=index + 1,
                recorded_at=stamp.recorded_at,
                effective_at=effective_at,
                decision=stamp.seed,
                leg=(index, len(facts)),
                by=founder,
                via=via,
                authority=(),
                reason_code="other",
                reason="The ledger is founded",
                key=KEY,
                data=fact,
            )
        )
    return tuple(events)
