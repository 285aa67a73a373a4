"""What one person may do: remembered while nobody's authority and no unit's place changes."""

from collections.abc import Iterable
from typing import Final

from ledger.periods import FOREVER, Instant
from ledger.records import DelegationRecord
from ledger.vocabulary import Role

Delegations = tuple[DelegationRecord, ...]
Scope = tuple[tuple[Role, ...], str, str | None]
"""Roles, the unit and the pool that are to be covered."""

KEPT_MAX: Final = 10_000


class Standing:
    """A person's delegations in force until the first of them ends, and which cover what.

    It holds nothing that the delegations and the tree do not say: forgetting is always right.
    """

    __slots__ = ("_covering", "_of_roles", "held", "is_bounded", "leads", "until")

    def __init__(self, delegations: Iterable[DelegationRecord], now: Instant) -> None:
        self.held: Final[Delegations] = tuple(one for one in delegations if now < one.until)
        self.until: Final = min((one.until for one in self.held), default=FOREVER)
        self.is_bounded: Final = any(one.most is not None for one in self.held)
        self._of_roles: dict[tuple[Role, ...], Delegations] = {}
        self._covering: dict[Scope, Delegations] = {}
        self.leads: Final = self.of_roles(("lead",))
        """What most decisions ask for."""

    def of_roles(self, roles: tuple[Role, ...]) -> Delegations:
        """Those of these roles, oldest first."""
        found = self._of_roles.get(roles)
        if found is None:
            found = tuple(one for one in self.held if one.role in roles)
            self._of_roles[roles] = found
        return found

    def covering(self, scope: Scope) -> Delegations | None:
        """What was found to cover a scope; None when nobody looked yet."""
        return self._covering.get(scope)

    def remember(self, scope: Scope, found: Delegations) -> None:
        """Keep what was found."""
        if len(self._covering) >= KEPT_MAX:
            self._covering.clear()
        self._covering[scope] = found
