"""What the record says, told the slow way: every question refolds every event from scratch.

Written differently from the core on purpose: facts are plain JSON, a grant is what rule 0 says it
is, and how much can be taken is found by trying.
"""

from collections.abc import Iterable
from typing import Any

Fact = dict[str, Any]
FAR = "9999-12-31T23:59:59.999999Z"
MAKERS = ("granted.v1", "reallocated.v1")


class Naive:
    """The log as plain facts. `log` may be tried with more facts than were recorded."""

    def __init__(self, log: Iterable[Fact]) -> None:
        self.log = list(log)

    def grants(self) -> list[str]:
        """Every grant ever made, in the order made."""
        return [made(fact)["grant"] for fact in self.log if fact["topic"] in MAKERS]

    def maker(self, grant: str) -> Fact:
        """The fact that made a grant."""
        return next(
            fact for fact in self.log if fact["topic"] in MAKERS and made(fact)["grant"] == grant
        )

    def unit(self, grant: str) -> str:
        """Whose grant it is."""
        return made(self.maker(grant))["unit"]

    def pool(self, grant: str) -> str:
        """Of which pool it is."""
        return self.maker(grant)["data"]["pool"]

    def start(self, grant: str) -> str:
        """When it begins."""
        return self.maker(grant)["effective_at"]

    def end(self, grant: str) -> str:
        """What the last fact about it in log order says."""
        end = FAR
        for fact in self.log:
            if fact["topic"] in MAKERS and made(fact)["grant"] == grant:
                end = fact["data"]["ends_at"] or FAR
            if fact["topic"] == "extended.v1" and fact["data"]["grant"] == grant:
                end = fact["data"]["ends_at"] or FAR
            for leg in taking_legs(fact):
                if leg["grant"] == grant and leg.get("ends"):
                    end = max(fact["effective_at"], self.start(grant))
        return end

    def is_ended(self, grant: str) -> bool:
        """Whether a leg ended it for good."""
        return any(
            leg["grant"] == grant and leg.get("ends", False)
            for fact in self.log
            for leg in taking_legs(fact)
        )

    def draws(self, grant: str) -> list[tuple[str, int, int, bool]]:
        """What its legs take: (instant, quantity less what was advanced, position, release?)."""
        found: list[tuple[str, int, int, bool]] = []
        for fact in self.log:
            for leg in taking_legs(fact):
                if leg["grant"] != grant or leg.get("ends"):
                    continue
                instant = max(fact["effective_at"], self.start(grant))
                advanced = sum(
                    advance["quantity"]
                    for later in self.log
                    for taking in taking_legs(later)
                    if taking["grant"] == grant
                    for advance in taking.get("advances", [])
                    if advance["position"] == fact["position"]
                )
                is_release = fact["topic"] == "released.v1"
                found.append((instant, leg["quantity"] - advanced, fact["position"], is_release))
        return sorted(found, key=lambda draw: (draw[0], draw[2]))

    def own(self, grant: str, at: str) -> int:
        """What it holds at an instant, by rule 0."""
        if not self.start(grant) <= at < self.end(grant):
            return 0
        return made(self.maker(grant))["quantity"] - sum(
            quantity for instant, quantity, _, _ in self.draws(grant) if instant <= at
        )

    def least(self, grant: str, since: str) -> int:
        """The least that it holds at any instant from one on, before its end."""
        end = self.end(grant)
        instants = [since, *(draw[0] for draw in self.draws(grant) if since < draw[0] < end)]
        return min(self.own(grant, instant) for instant in instants)

    def held(self, pool: str, at: str) -> int:
        """What all grants of a pool hold."""
        return sum(self.own(grant, at) for grant in self.grants() if self.pool(grant) == pool)

    def allocatable(self, pool: str, at: str) -> int:
        """max(0, installed - lost - headroom), by the facts in order of (effective, position)."""
        installed = lost = headroom = 0
        facts = [
            fact
            for fact in self.log
            if fact["topic"] == "capacity-changed.v1"
            and fact["data"]["pool"] == pool
            and fact["effective_at"] <= at
        ]
        for fact in sorted(facts, key=lambda fact: (fact["effective_at"], fact["position"])):
            data = fact["data"]
            installed += {"installed": 1, "retired": -1}.get(data["kind"], 0) * data.get(
                "quantity", 0
            )
            lost += {"lost": 1, "restored": -1}.get(data["kind"], 0) * data.get("quantity", 0)
            if data["kind"] == "counted":
                installed = data["total"]
            if data["kind"] == "headroom":
                headroom = data["total"]
        return max(0, installed - lost - headroom)

    def instants(self, pool: str) -> list[str]:
        """Every instant at which anything of a pool changes, and the beginning of time."""
        found = {"0001-01-01T00:00:00.000000Z"}
        for fact in self.log:
            if fact["topic"] == "capacity-changed.v1" and fact["data"]["pool"] == pool:
                found.add(fact["effective_at"])
        for grant in self.grants():
            if self.pool(grant) == pool:
                found |= {self.start(grant), self.end(grant)}
                found |= {draw[0] for draw in self.draws(grant)}
        return sorted(found - {FAR})


def made(fact: Fact) -> dict[str, Any]:
    """The grant that a fact makes, its unit and its first quantity."""
    data = fact["data"]
    if fact["topic"] == "granted.v1":
        return {"grant": data["grant"], "unit": data["unit"], "quantity": data["quantity"]}
    return {"grant": data["to_grant"], "unit": data["to_unit"], "quantity": data["quantity"]}


def taking_legs(fact: Fact) -> list[dict[str, Any]]:
    """The legs of a fact that take something; those of late releases only tell."""
    if fact["topic"] not in ("released.v1", "reallocated.v1") or fact["data"].get("late"):
        return []
    return fact["data"]["legs"]


def taken(
    naive: Naive, grant: str, quantity: int, at: str, now: str, *, advance: bool
) -> dict[str, Any] | None:
    """The leg that takes a quantity from a grant, or None when something would go below zero.

    First what already was to leave it by a release still ahead, soonest first; then the rest.
    """
    begins = max(at, naive.start(grant))
    leg: dict[str, Any] = {"grant": grant, "quantity": quantity, "unit": naive.unit(grant)}
    left = quantity
    advances: list[dict[str, int]] = []
    for instant, ahead, position, is_release in naive.draws(grant):
        ahead_of_both = max(begins, now) < instant < naive.end(grant)
        if advance and is_release and ahead_of_both and ahead and left:
            part = min(left, ahead)
            advances.append({"position": position, "quantity": part})
            left -= part
    if advances:
        leg["advances"] = advances
    trial = {
        "topic": "released.v1", "position": 10**9, "effective_at": begins, "recorded_at": now,
        "data": {"pool": naive.pool(grant), "legs": [leg], "kind": "returned"},
    }  # fmt: skip
    return leg if Naive([*naive.log, trial]).least(grant, begins) >= 0 else None


def most(naive: Naive, grant: str, at: str, now: str, *, advance: bool) -> int:
    """The most that can be taken from a grant, found by trying."""
    begins = max(at, naive.start(grant))
    if not naive.start(grant) <= begins < naive.end(grant):
        return 0
    quantity = naive.own(grant, begins)
    while quantity and taken(naive, grant, quantity, at, now, advance=advance) is None:
        quantity -= 1
    return quantity


def drawn(
    naive: Naive, unit: str, quantity: int | None, at: str, now: str, *, pool: str, advance: bool
) -> list[dict[str, Any]] | None:
    """The legs of a draw by holder, in order; None when there is not enough; all for None."""
    live = [
        grant
        for grant in naive.grants()
        if naive.unit(grant) == unit
        and naive.pool(grant) == pool
        and naive.start(grant) <= at < naive.end(grant)
    ]
    live.sort()
    live.sort(key=naive.start, reverse=True)
    live.sort(key=lambda grant: naive.maker(grant)["data"]["class"] != "borrowed")
    legs: list[dict[str, Any]] = []
    left = quantity
    for grant in live:
        room = most(naive, grant, at, now, advance=advance)
        part = room if left is None else min(room, left)
        if part:
            leg = taken(naive, grant, part, at, now, advance=advance)
            if leg is None:
                raise AssertionError(f"{part} of {grant} cannot be taken although {room} can")
            legs.append(leg)
            left = None if left is None else left - part
    return None if left else legs
