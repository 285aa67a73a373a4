"""A house in which somebody stands in every role at every place, and something of every kind waits.

lab > science > research > vision > core, where acts are about vision. Beside vision stand speech,
attic and loft (empty teams; loft stood there and was moved below vision) and shed (an empty
project); beside science stands products.
"""

from typing import Any, Final

import msgspec

from tests.support.in_memory import InMemory, day, lab

POOL: Final = "h100"
OTHER_POOL: Final = "a100"
ROLES: Final = ("steward", "decider", "operator", "lead", "importer", "auditor")
PLACES: Final = {
    "root": "lab", "above": "science", "parent": "research", "unit": "vision", "below": "core",
    "sibling": "speech", "elsewhere": "products",
}  # fmt: skip
"""What a delegation is over, as seen from the unit."""
NARROWER: Final[dict[str, dict[str, Any]]] = {
    "of another pool": {"pools": [OTHER_POOL]},
    "of one at most": {"most": 1},
    "that expired": {"until": day(1)},
    "that was revoked": {},
    "who leads it too": {},
}
"""What is different about a delegation at the root."""
ASKER: Final = "who asked"
GIVER: Final = "who gave it"
NOBODY: Final = "nobody"
WORDS: Final = {"reason": "As agreed"}


def at(role: str, place: str) -> str:
    """The person who has this role at a place, and nothing else."""
    return f"{role} at {place}"


class House:
    """The ledger, and by name what there is in it to act on."""

    def __init__(self) -> None:
        self.ledger: InMemory = lab(total=4096)
        self.ids: dict[str, str] = {}
        self.positions: dict[str, int] = {}
        self._build()
        self._staff()
        self._fill()
        self._ask()
        self.ledger.go_to(day(2))

    def verdict(self, do: str, fields: dict[str, Any], by: str) -> str:
        """What comes of an act on trial: "yes", "second" (a second person is needed) or "no"."""
        given = self.ledger.ask(do, by=by, dry_run=True, **fields)
        if given.status == 200:
            return "second" if "needs" in msgspec.json.decode(given.body) else "yes"
        assert given.status == 403, (do, by, given.body)
        return "no"

    def _build(self) -> None:
        for unit, kind, parent in (
            ("science", "division", "lab"), ("products", "division", "lab"),
            ("research", "division", "science"), ("vision", "team", "research"),
            ("speech", "team", "research"), ("attic", "team", "research"),
            ("loft", "team", "research"), ("shed", "project", "research"),
            ("core", "project", "vision"),
        ):  # fmt: skip
            self._tell(f"{unit} created", "create_unit", unit=unit, kind=kind, parent=parent)
        self._tell("loft moved", "move_unit", unit="loft", parent="vision")
        for pool in (OTHER_POOL, "empty"):
            self.ledger.tell("open_pool", pool=pool)
        self._tell("counted", "change_capacity", pool=OTHER_POOL, kind="counted", total=64)
        self._tell("counted", "change_capacity", pool=POOL, kind="counted", total=4000)

    def _staff(self) -> None:
        for role in ROLES:
            for place, unit in PLACES.items():
                self.give(at(role, place), role, unit)
            for narrower, fields in NARROWER.items():
                given = self.give(at(role, narrower), role, "lab", **fields)
                if narrower == "that was revoked":
                    self.ledger.tell("revoke", delegation=given)
                if narrower == "who leads it too":
                    self.give(at(role, narrower), "lead", "vision")
        asking = self.give(ASKER, "lead", "vision")
        giving = self.give(GIVER, "steward", "lab")
        self.ids["given"] = self.give("somebody", "lead", "vision", by=GIVER)
        for request in ("open", "denied", "appealed"):
            made = self._tell(request, "request", by=ASKER, unit="vision", pools=[POOL],
                              quantity=8, justification="The next encoder")  # fmt: skip
            self.ids[request] = made["data"]["request"]
        for given in (asking, giving):
            self.ledger.tell("revoke", delegation=given)

    def _fill(self) -> None:
        for name, unit, ends in (
            ("held", "vision", None), ("plain", "vision", None), ("of the sibling", "speech", None),
            ("ending", "vision", day(30)), ("ending of the sibling", "speech", day(30)),
            ("elsewhere", "products", None),
        ):  # fmt: skip
            made = self._tell(name, "grant", pool=POOL, unit=unit, quantity=64, ends_at=ends)
            self.ids[name] = made["data"]["grant"]
        made = self._tell("borrowed", "grant", pool=POOL, unit="vision", quantity=32, borrowed=True)
        self.ids["borrowed"] = made["data"]["grant"]
        named = {"grant": self.ids["held"]}
        made = self._tell("loan", "lend", pool=POOL, from_=named, quantity=16, to="speech",
                          returns_at=day(20))  # fmt: skip
        self.ids["loan"] = made["data"]["to_grant"]
        for kind in ("returned", "reclaimed"):
            self._tell(kind, "release", grants=[named | {"quantity": 8}], kind=kind,
                       effective_at=day(40), **WORDS)  # fmt: skip
        self._tell("moved", "reallocate", pool=POOL, to="speech", effective_at=day(40),
                   from_=[named | {"quantity": 8}], **WORDS)  # fmt: skip
        self._tell("ended", "extend", grant=self.ids["ending"], ends_at=day(29), **WORDS)
        self._tell("split", "split", pool=POOL, parent="research",
                   shares=[{"unit": "speech", "amount": 512}])  # fmt: skip

        made = self._tell("pledged", "pledge", to_unit="vision", pools=[POOL], quantity=64,
                          until=day(300))  # fmt: skip
        self.ids["pledge"] = made["data"]["pledge"]
        self._tell("rated", "set_rate", pool=POOL, h100_milli=1000)

    def _ask(self) -> None:
        for request in ("denied", "appealed"):
            self.ledger.tell("decide_request", request=self.ids[request], outcome="denied", **WORDS)
        self.ledger.tell("appeal", by=ASKER, request=self.ids["appealed"])
        given = self.ledger.ask("grant", pool=POOL, unit="vision", quantity=8, propose=True)
        self.ids["proposal"] = msgspec.json.decode(given.body)["proposal"]

    def give(self, to: str, role: str, unit: str, **more: Any) -> str:
        """Delegate; returns the delegation."""
        [made] = self.ledger.tell("delegate", to=to, role=role, unit=unit, **more)
        return made["data"]["delegation"]

    def _tell(self, name: str, do: str, **fields: Any) -> dict[str, Any]:
        made = self.ledger.tell(do, **fields)[-1]
        self.positions[name] = made["position"]
        return made
