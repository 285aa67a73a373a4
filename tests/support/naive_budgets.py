"""What units may hold and do hold with all below them, told the slow way, as `naive_belief` tells.

Who stands where, which share counts and what is held is looked up for each question; only what a
grant is by itself is not read twice.
"""

from functools import cached_property
from typing import Any

from tests.support.naive import FAR
from tests.support.naive_belief import Belief

LIMITS = {"title": "amount", "in_hand": "cap", "kept": "floor"}
Share = dict[str, Any]


class Household(Belief):
    """The log up to a position, with the tree over time and the splits in it."""

    @cached_property
    def _made(self) -> dict[str, dict[str, Any]]:
        return dict(self.makers())

    @cached_property
    def _told(self) -> dict[str, tuple[tuple[str, str], list[tuple[str, int, int]]]]:
        return {name: (super(Household, self).life(name), super(Household, self).taken(name))
                for name in self._made}  # fmt: skip

    def grants(self) -> dict[str, dict[str, Any]]:
        """What made each grant."""
        return self._made

    def life(self, grant: str) -> tuple[str, str]:
        """Its start and its end."""
        return self._told[grant][0] if "_told" in vars(self) else super().life(grant)

    def taken(self, grant: str) -> list[tuple[str, int, int]]:
        """What each leg takes of it."""
        return self._told[grant][1]

    def parent(self, unit: str, at: str) -> str | None:
        """Where a unit stood at an instant; before anything was said of it, where it first did."""
        said = sorted(
            (fact["at"], fact["position"], fact["data"]["parent"])
            for fact in self.facts
            if fact["topic"] in ("unit-created.v1", "unit-moved.v1")
            and fact["data"]["unit"] == unit
            and fact["data"]["parent"] is not None
        )
        by_then = [one for one in said if one[0] <= at] or said[:1]
        return by_then[-1][2] if by_then else None

    def is_below(self, unit: str, above: str, at: str) -> bool:
        """Whether a unit is another, or stood somewhere below it."""
        name: str | None = unit
        while name is not None and name != above:
            name = self.parent(name, at)
        return name == above

    def shares(self, unit: str) -> list[Share]:
        """What splits say of a unit, in the order of the log."""
        return [
            share | {"since": fact["at"], "until": fact["data"].get("until") or FAR}
            for fact in self.facts
            if fact["topic"] == "split-decided.v1"
            for share in fact["data"]["shares"]
            if share["unit"] == unit
        ]

    def share(self, unit: str, at: str) -> Share | None:
        """The newest that covers the instant; else the one that ended last before it (rule 4)."""
        shares = self.shares(unit)
        for share in reversed(shares):
            if share["since"] <= at < share["until"]:
                return share
        over = [share for share in shares if share["until"] <= at]
        over.sort(key=lambda share: share["until"])
        return over[-1] if over else None

    def limit(self, unit: str, measure: str, at: str) -> int | None:
        """The limit of a measure at an instant; None when there is none."""
        share = self.share(unit, at)
        return None if share is None else share.get(LIMITS[measure])

    def measure(self, unit: str, measure: str, at: str) -> int:
        """Title, in hand or kept of a unit and all below it, by the formulas of rule 2."""
        below = [g for g in self.grants() if self.is_below(self.unit(g), unit, at)]
        if measure == "in_hand":
            return sum(self.hold(grant, at) for grant in below)
        own = [grant for grant in below if self.is_guaranteed(grant)]
        title = sum(self.own(grant, at) for grant in own)
        if measure == "title":
            return title
        outside = [
            loan
            for loan in self.grants()
            if (lender := self.lender(loan)) in own
            and self.lives(str(lender), at)
            and not self.is_below(self.unit(loan), unit, at)
        ]
        return title - sum(self.own(loan, at) for loan in outside)

    def is_guaranteed(self, grant: str) -> bool:
        """Whether it is inside the budget."""
        return self.grants()[grant]["data"]["class"] == "guaranteed"

    def lives(self, grant: str, at: str) -> bool:
        """Whether an instant is in its life."""
        start, end = self.life(grant)
        return start <= at < end

    def turning(self) -> list[str]:
        """Every instant at which a measure or a limit may change."""
        found = set(self.instants())
        for fact in self.facts:
            if fact["topic"] == "unit-moved.v1":
                found.add(fact["at"])
            if fact["topic"] == "split-decided.v1":
                found |= {fact["at"], fact["data"].get("until") or FAR}
        return sorted(found - {FAR})
