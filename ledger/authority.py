"""May this person do that, and by which delegations (domain, rule 6 and "Who may")."""

from collections.abc import Iterable
from typing import Final

from ledger.periods import Instant
from ledger.records import DelegationRecord
from ledger.refusals import NotYoursToDecide
from ledger.standing import Delegations, Standing
from ledger.state import State
from ledger.vocabulary import Role

Roles = tuple[Role, ...]
STEWARD: Roles = ("steward",)
DECIDER: Roles = ("decider",)
LEAD: Roles = ("lead",)
SHAPERS: Roles = ("decider", "operator")
HOLDERS: Roles = ("lead", "decider", "operator")
KEEPERS: Roles = ("steward", "operator")
IMPORTER: Roles = ("importer",)
ANY: Roles = ("steward", "decider", "operator", "lead", "importer", "auditor")

UNLIMITED: Final = 2**63
"""Sorts behind every `most`."""


class Actor:
    """A person at the moment of a decision, with the delegations they have in that tree."""

    __slots__ = ("_first", "_now", "_standing", "_state", "person")

    def __init__(self, state: State, person: str, now: Instant) -> None:
        self._state: Final = state
        self._now: Final = now
        self.person: Final = person
        self._first: Final = state.standing_of(person, now)
        self._standing: Standing = self._first

    def look_again(self) -> None:
        """Something was tried on the state: what they may do is looked up anew."""
        self._standing = self._state.standing_of(self.person, self._now)

    @property
    def is_bounded(self) -> bool:
        """Whether any of their delegations has a `most`, or had when the decision began.

        What is given up in this very decision still bounds what it was used for.
        """
        return self._first.is_bounded or self._standing.is_bounded

    def held(self, roles: Roles) -> Delegations:
        """Their delegations of these roles, oldest first."""
        return self._standing.of_roles(roles)

    def covering(self, roles: Roles, unit: str, pool: str | None) -> Delegations:
        """Those of their delegations that cover the unit and pool, narrowest first."""
        standing = self._standing
        scope = (roles, unit, pool)
        found = standing.covering(scope)
        if found is None:
            found = covering(self._state, standing.of_roles(roles), unit, pool)
            standing.remember(scope, found)
        return found

    def require(self, roles: Roles, unit: str, pool: str | None, leg: int) -> Delegations:
        """What `covering` returns. Raises NotYoursToDecide when that is nothing."""
        found = self.covering(roles, unit, pool)
        if not found:
            raise self.refusal(roles, unit, pool, leg)
        return found

    def refusal(self, roles: Roles, unit: str, pool: str | None, leg: int) -> NotYoursToDecide:
        """The refusal that says which roles are needed where, and which the person has."""
        of_pool = "" if pool is None else f" for {pool}"
        needed = "any role" if roles == ANY else " or ".join(roles)
        return self.lacking(f"{needed} over {unit}{of_pool}", leg)

    def lacking(self, needed: str, leg: int) -> NotYoursToDecide:
        """The refusal that says in words what is needed, and which roles the person has."""
        held = self._standing.held
        has = sorted({f"{one.role} over {one.unit}{for_pools(one.pools)}" for one in held})
        return NotYoursToDecide(
            f"This needs {needed}; "
            f"{self.person} is {', '.join(has) if has else 'without any delegation'}",
            leg=leg,
        )

    def leading(self, units: Iterable[str], pool: str) -> Delegations:
        """Lead delegations that each cover every one of the units, narrowest first."""
        found = self._standing.leads
        for unit in units if found else ():
            found = covering(self._state, found, unit, pool)
        return found

    def is_self_dealing(self, gaining: str, losing: Iterable[str], pool: str) -> bool:
        """Whether the person leads the gaining unit, or one above or below it (rule 6).

        Not when one and the same lead delegation covers it and every losing unit: that is a lead
        who moves units about inside what they lead. Who gives it up in this very decision led it.
        """
        leads = (*self._first.leads, *self._standing.leads)
        if not leads:
            return False
        above = self._state.path(gaining)
        if not any(lead.unit in above or gaining in self._state.path(lead.unit) for lead in leads):
            return False
        losing = tuple(losing)
        return not losing or not self.leading((gaining, *losing), pool)


def for_pools(pools: tuple[str, ...] | None) -> str:
    """How a sentence narrows a role down to some pools; nothing when it is for every pool."""
    return f" for {' and '.join(pools)}" if pools else ""


def covering(
    state: State, held: Iterable[DelegationRecord], unit: str, pool: str | None
) -> Delegations:
    """Those whose subtree covers the unit (by the tree, never the string) and the pool.

    Narrowest first: deepest unit, then limited to pools, then the smaller `most`, then oldest.
    """
    path = state.path(unit)
    found = [
        (path.index(one.unit), one.pools is None, one.most or UNLIMITED, one.position, one)
        for one in held
        if one.unit in path and (pool is None or one.pools is None or pool in one.pools)
    ]
    if len(found) > 1:
        found.sort(key=lambda row: row[:4])
    return tuple(row[4] for row in found)
