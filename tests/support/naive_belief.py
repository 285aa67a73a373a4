"""What is believed, told the slow way: every question refolds every event that was known by then.

Written differently from the core on purpose. The log is plain JSON. First each event is given its
effective data as known at a position (rule 8), then a grant is what rule 0 says it is; every
belief is folded from scratch, and what is lent is subtracted when somebody asks.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.naive import FAR

Fact = dict[str, Any]
BEGINNING = "0001-01-01T00:00:00.000000Z"


class Belief:
    """The log up to a position, each event saying what it is known by then to have said."""

    def __init__(self, log: Iterable[Fact], known_at: int | None = None) -> None:
        events = [fact for fact in log if known_at is None or fact["position"] <= known_at]
        instead = {
            fact["data"]["corrects"]: fact["data"]["replacement"]
            for fact in events
            if fact["topic"] == "corrected.v1"
        }
        self.facts: list[Fact] = []
        for fact in events:
            said = instead.get(fact["position"], fact)
            if said is not None:
                self.facts.append(fact | {"at": said["effective_at"], "data": said["data"]})
        self._made = dict(self.makers())
        self._taken = {name: self._taken_from(name) for name in self._made}
        self._lives = {name: self._life_of(name) for name in self._made}

    def makers(self) -> Iterator[tuple[str, Fact]]:
        """Each grant that was made, with what made it."""
        for fact in self.facts:
            if fact["topic"] == "granted.v1":
                yield fact["data"]["grant"], fact
            if fact["topic"] == "reallocated.v1":
                yield fact["data"]["to_grant"], fact

    def grants(self) -> dict[str, Fact]:
        """What made each grant."""
        return self._made

    def unit(self, grant: str) -> str:
        """Whose it is."""
        data = self.grants()[grant]["data"]
        return data["unit"] if "unit" in data else data["to_unit"]

    def lender(self, grant: str) -> str | None:
        """The grant that a loan was made out of."""
        data = self.grants()[grant]["data"]
        return data["legs"][0]["grant"] if data.get("loan") else None

    def life(self, grant: str) -> tuple[str, str]:
        """Its start, and the end that the last event about it says."""
        return self._lives[grant]

    def taken(self, grant: str) -> list[tuple[str, int, int]]:
        """(instant, quantity less what was advanced of it, position) of each leg."""
        return self._taken[grant]

    def _life_of(self, grant: str) -> tuple[str, str]:
        start = self.grants()[grant]["at"]
        end = FAR
        for fact in self.facts:
            data = fact["data"]
            if grant in (data.get("grant"), data.get("to_grant")) and "ends_at" in data:
                end = data["ends_at"] or FAR
            if fact["topic"] == "released.v1" and not data.get("late"):
                for leg in data["legs"]:
                    if leg["grant"] == grant and leg.get("ends"):
                        end = max(fact["at"], start)
        return start, end

    def legs(self, grant: str) -> Iterator[tuple[Fact, Fact]]:
        """The legs that take from a grant, each with its event."""
        for fact in self.facts:
            data = fact["data"]
            is_taking = fact["topic"] == "released.v1" and not data.get("late")
            is_taking |= fact["topic"] == "reallocated.v1" and not data.get("loan")
            for leg in data["legs"] if is_taking else ():
                if leg["grant"] == grant and not leg.get("ends"):
                    yield fact, leg

    def _taken_from(self, grant: str) -> list[tuple[str, int, int]]:
        start = self._made[grant]["at"]
        found: list[tuple[str, int, int]] = []
        for fact, leg in self.legs(grant):
            advanced = sum(
                one["quantity"]
                for _, other in self.legs(grant)
                for one in other.get("advances", ())
                if one["position"] == fact["position"]
            )
            found.append((max(start, fact["at"]), leg["quantity"] - advanced, fact["position"]))
        return found

    def own(self, grant: str, at: str) -> int:
        """q0 less the legs drawn by then, within its life."""
        start, end = self.life(grant)
        if not start <= at < end:
            return 0
        first = self.grants()[grant]["data"]["quantity"]
        return first - sum(quantity for instant, quantity, _ in self.taken(grant) if instant <= at)

    def hold(self, grant: str, at: str) -> int:
        """own(t) less own(t) of its loans, within its life."""
        start, end = self.life(grant)
        if not start <= at < end:
            return 0
        lent = [name for name in self.grants() if self.lender(name) == grant]
        return self.own(grant, at) - sum(self.own(name, at) for name in lent)

    def capacity(self, at: str) -> dict[str, int]:
        """installed, lost and headroom at an instant."""
        level = {"installed": 0, "lost": 0, "headroom": 0}
        facts = [fact for fact in self.facts if fact["topic"] == "capacity-changed.v1"]
        for fact in sorted(facts, key=lambda fact: (fact["at"], fact["position"])):
            data = fact["data"]
            match data["kind"] if fact["at"] <= at else None:
                case "counted":
                    level["installed"] = data["total"]
                case "headroom":
                    level["headroom"] = data["total"]
                case "installed":
                    level["installed"] += data["quantity"]
                case "retired":
                    level["installed"] -= data["quantity"]
                case "lost":
                    level["lost"] += data["quantity"]
                case "restored":
                    level["lost"] -= data["quantity"]
                case _:
                    pass
        return level

    def allocatable(self, at: str) -> int:
        """max(0, installed - lost - headroom)."""
        level = self.capacity(at)
        return max(0, level["installed"] - level["lost"] - level["headroom"])

    def instants(self) -> list[str]:
        """Every instant at which anything changes, and the beginning of time."""
        found = {BEGINNING}
        found |= {fact["at"] for fact in self.facts if fact["topic"] == "capacity-changed.v1"}
        for grant in self.grants():
            found |= {*self.life(grant), *(instant for instant, _, _ in self.taken(grant))}
        return sorted(found - {FAR})
