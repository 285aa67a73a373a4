"""What is tried: each command in the forms that different people may give, for `vision` by most."""

from typing import Any

from tests.authority.house import POOL, WORDS, House
from tests.support.correcting import instead, never, quantity
from tests.support.in_memory import day

Act = tuple[str, dict[str, Any]]


def acts(house: House) -> dict[str, Act]:
    """By name: the command, and its fields."""
    return {
        **_of_the_frame(house),
        **_of_requests(house),
        **_of_holding(house),
        **_of_corrections(house),
        **_of_proposals(house),
    }


def _of_the_frame(house: House) -> dict[str, Act]:
    team: dict[str, Any] = {"parent": "research", "kind": "team"}
    project: dict[str, Any] = {"parent": "research", "kind": "project"}
    give: dict[str, Any] = {"to": "a newcomer", "unit": "vision"}
    return {
        "open a pool": ("open_pool", {"pool": "new"}),
        "close a pool": ("close_pool", {"pool": "empty"}),
        "set rules of a pool": ("set_rules", {"pool": POOL, "notice_days": 3}),
        "set rules of all pools": ("set_rules", {"notice_days": 3}),
        "count": ("change_capacity", {"pool": POOL, "kind": "counted", "total": 4004}),
        "lose": ("change_capacity", {"pool": POOL, "kind": "lost", "quantity": 8}),
        "hold back": ("change_capacity", {"pool": POOL, "kind": "headroom", "total": 8}),
        "create a team": ("create_unit", {"unit": "new", **team}),
        "create a project": ("create_unit", {"unit": "new", **project}),
        "rename a team": ("rename_unit", {"unit": "attic", "name": "Roof"}),
        "rename a project": ("rename_unit", {"unit": "shed", "name": "Barn"}),
        "move a team": ("move_unit", {"unit": "attic", "parent": "vision"}),
        "move a project": ("move_unit", {"unit": "shed", "parent": "vision"}),
        "move a project away": ("move_unit", {"unit": "shed", "parent": "products"}),
        "close a team": ("close_unit", {"unit": "attic"}),
        "close a project": ("close_unit", {"unit": "shed"}),
        **{f"delegate {role}": ("delegate", {"role": role, **give})
           for role in ("decider", "operator", "lead", "steward", "importer", "auditor")},
        "revoke a lead": ("revoke", {"delegation": house.ids["given"]}),
        "split": ("split", {"pool": POOL, "parent": "research",
                            "shares": [{"unit": "vision", "amount": 512}]}),
        "pledge": ("pledge", {"to_unit": "vision", "pools": [POOL], "quantity": 8,
                              "until": day(300)}),
        "revise a pledge": ("revise_pledge", {"pledge": house.ids["pledge"], "quantity": 80}),
        "withdraw a pledge": ("withdraw_pledge", {"pledge": house.ids["pledge"], **WORDS}),
        "set a rate": ("set_rate", {"pool": POOL, "h100_milli": 1500}),
        "note": ("note", {"about": {"unit": "vision"}, "text": "It was so"}),
        "note about a request": ("note", {"about": {"request": house.ids["open"]}, "text": "So"}),
    }  # fmt: skip


def _of_requests(house: House) -> dict[str, Act]:
    asked = {"unit": "vision", "pools": [POOL], "quantity": 8, "justification": "More of it"}
    return {
        "request": ("request", asked),
        "amend a request": ("amend_request", {"request": house.ids["open"], "quantity": 16}),
        "withdraw a request": ("withdraw_request", {"request": house.ids["open"]}),
        "appeal": ("appeal", {"request": house.ids["denied"]}),
        "award": ("decide_request", {"request": house.ids["open"], "outcome": "approved"}),
        "deny": ("decide_request", {"request": house.ids["open"], "outcome": "denied", **WORDS}),
        "answer an appeal": (
            "decide_request", {"request": house.ids["appealed"], "outcome": "approved"},
        ),
    }  # fmt: skip


def _of_holding(house: House) -> dict[str, Act]:
    of_it: dict[str, Any] = {"pool": POOL, "unit": "vision", "quantity": 8}
    ending, loan, ids = house.ids["ending"], house.ids["loan"], house.ids

    def move(grant: str, to: str) -> Act:
        return "reallocate", {
            "pool": POOL,
            "from_": [{"grant": ids[grant], "quantity": 8}],
            "to": to,
            **WORDS,
        }

    own = {"pool": POOL, "to": "vision", **WORDS}
    return {
        "grant": ("grant", of_it),
        "grant as borrowed": ("grant", {**of_it, "borrowed": True}),
        "prolong": ("extend", {"grant": ending, "ends_at": day(60)}),
        "make guaranteed": (
            "reallocate", {**own, "from_": [{"grant": ids["borrowed"], "quantity": 8}]},
        ),
        "return": ("release", of_it),
        "reclaim": ("release", {**of_it, "kind": "reclaimed", **WORDS}),
        "release unstated": ("release", {**of_it, "kind": "unstated"}),
        "end earlier": ("extend", {"grant": ending, "ends_at": day(20), **WORDS}),
        "move to the sibling": move("plain", "speech"),
        "move from the sibling": move("of the sibling", "vision"),
        "move elsewhere": move("plain", "products"),
        "move for longer": move("ending", "speech"),
        "move for longer to it": move("ending of the sibling", "vision"),
        "lend": ("lend", {"pool": POOL, "from_": {"unit": "vision"}, "quantity": 8, "to": "speech",
                          "returns_at": day(20)}),
        "borrow": ("lend", {"pool": POOL, "from_": {"unit": "speech"}, "quantity": 8,
                            "to": "vision", "returns_at": day(20)}),
        "recall": ("extend", {"grant": loan, "ends_at": day(10), **WORDS}),
        "prolong a loan": ("extend", {"grant": loan, "ends_at": day(25)}),
        "forecast": ("forecast", {"pool": POOL, "unit": "vision",
                                  "steps": [{"quantity": 8, "expected_at": day(30)}]}),
        "a decision": ("decision", {"legs": [
            {"do": "grant", **of_it}, {"do": "note", "about": {"unit": "vision"}, "text": "So"},
        ]}),
    }  # fmt: skip


def _of_corrections(house: House) -> dict[str, Act]:
    ledger, at = house.ledger, house.positions
    changes = {
        "correct a grant": quantity(ledger, at["held"], 72),
        "correct a grant to the sibling": instead(ledger, at["borrowed"], unit="speech"),
        "correct a grant to it": instead(ledger, at["of the sibling"], unit="vision"),
        "call off a return": never(ledger, at["returned"]),
        "call off a reclaim": never(ledger, at["reclaimed"]),
        "correct a move": quantity(ledger, at["moved"], 16),
        "correct a loan": quantity(ledger, at["loan"], 24),
        "correct an end": instead(ledger, at["ended"], ends_at=day(28)),
        "correct a split": instead(ledger, at["split"], shares=[{"unit": "speech", "amount": 600}]),
        "correct a pledge": quantity(ledger, at["pledged"], 48),
        "correct a rate": instead(ledger, at["rated"], h100_milli=900),
        "correct a count": instead(ledger, at["counted"], total=3990),
        "correct a team": instead(ledger, at["attic created"], name="Roof"),
        "call off the move of a team": never(ledger, at["loft moved"]),
        "correct a project": instead(ledger, at["shed created"], name="Barn"),
    }
    return {name: ("correct", fields) for name, fields in changes.items()}


def _of_proposals(house: House) -> dict[str, Act]:
    waiting = {"proposal": house.ids["proposal"]}
    return {
        "propose a grant": (
            "grant", {"pool": POOL, "unit": "vision", "quantity": 8, "propose": True},
        ),
        "confirm a grant": ("confirm", waiting),
        "reject a grant": ("close_proposal", {**waiting, "outcome": "rejected", **WORDS}),
    }  # fmt: skip
