"""The doors that take commands: for each its path, its command, and what it may answer."""

from typing import Final

from api.decisions.asking import DOORS_OF_REQUESTS
from api.decisions.door import ALWAYS, KIB, Door
from api.decisions.pledging import DOORS_OF_PLEDGES
from ledger import commands, organising

DECISION_MAX: Final = 1024 * KIB
BULK_MAX: Final = 16 * 1024 * KIB


_GRANT: Final = "0192f0c1-7a10-7c3e-8b54-000000000001"
_ORGANISED: Final = ("UnknownUnit", "UnitClosed", *ALWAYS)
_HELD: Final = (
    "UnknownPool", "UnknownUnit", "UnknownGrant", "NotEnoughFree", "MoreThanHeld", "GrantEnded",
    "OffGranule", "UnitClosed", "PoolClosed", "WordsMissing", "TooFarBack", "OverAmount", "OverCap",
    "BelowFloor", "NoticeNeeded", "UnknownRequest", "BeyondAward", "Impossible", *ALWAYS,
)  # fmt: skip
_OF_ANY_LEG: Final = (
    *_HELD, "Cycle", "DependentFacts", "Misshapen", "NegativeHolding", "NoDifference", "NotEmpty",
    "OwnRequest", "SameUnit", "UnknownDelegation", "UnknownPledge",
)  # fmt: skip

DOORS: Final = (
    Door(
        path="/v1/grants",
        command=commands.Grant,
        summary="Give units of a pool to a unit",
        example={
            "pool": "phoenix/h100",
            "unit": "research/vision",
            "quantity": 64,
            "ends_at": "2027-04-01T00:00:00Z",
            "reason_code": "project_started",
            "reason": "Training of the next encoder",
        },
        refusals=tuple(name for name in _HELD if name not in {"UnknownGrant", "MoreThanHeld"}),
    ),
    Door(
        path="/v1/releases",
        command=commands.Release,
        summary="Give units back to their pool",
        example={"pool": "phoenix/h100", "unit": "research/vision", "quantity": 16},
        refusals=(*_HELD, "NegativeHolding", "DependentFacts"),
    ),
    Door(
        path="/v1/reallocations",
        command=commands.Reallocate,
        summary="Move units from one or more holders to another, as one event",
        example={
            "pool": "phoenix/h100",
            "from": [{"unit": "research/vision", "quantity": 32}],
            "to": "research/reasoning",
            "reason_code": "strategic_priority",
            "reason": "The reasoning run starts on Monday",
        },
        refusals=(*_HELD, "SameUnit", "NegativeHolding", "DependentFacts"),
    ),
    Door(
        path="/v1/extensions",
        command=commands.Extend,
        summary="Move a grant's end: later, earlier, or null for open",
        example={"grant": _GRANT, "ends_at": "2027-07-01T00:00:00Z"},
        refusals=("NoDifference", "NegativeHolding", "DependentFacts", *_HELD),
    ),
    Door(
        path="/v1/loans",
        command=commands.Lend,
        summary="Lend units of a pool, which come back by themselves",
        example={
            "pool": "phoenix/h100",
            "from": {"unit": "research/vision"},
            "quantity": 80,
            "to": "research/reasoning",
            "returns_at": "2027-07-02T00:00:00Z",
            "reason_code": "loan",
        },
        refusals=(*_HELD, "SameUnit"),
    ),
    Door(
        path="/v1/decisions",
        command=commands.Decision,
        summary="Several commands as one act: all or nothing",
        example={
            "reason_code": "project_finished",
            "reason": "Vision winds down, reasoning takes over",
            "legs": [
                {
                    "do": "release",
                    "pool": "phoenix/h100",
                    "unit": "research/vision",
                    "quantity": 16,
                },
                {
                    "do": "grant",
                    "pool": "phoenix/h100",
                    "unit": "research/reasoning",
                    "quantity": 16,
                },
            ],
        },
        refusals=_OF_ANY_LEG,
        body_max=DECISION_MAX,
    ),
    Door(
        path="/v1/corrections",
        command=commands.Correct,
        summary="Say what an earlier event should have said, or that it never happened",
        example={
            "corrects": 12,
            "replacement": {
                "effective_at": "2027-01-11T00:00:00Z",
                "data": {
                    "grant": _GRANT,
                    "pool": "phoenix/h100",
                    "unit": "research/vision",
                    "quantity": 106,
                    "ends_at": None,
                    "class": "guaranteed",
                },
            },
            "reason_code": "correction",
            "reason": "106000 was typed for 106",
        },
        refusals=(
            "UnknownPosition",
            "DependentFacts",
            "NegativeHolding",
            "NoDifference",
            "SameUnit",
            "Misshapen",
            "Cycle",
            *_HELD,
        ),
    ),
    Door(
        path="/v1/forecasts",
        command=commands.ForecastRelease,
        summary="Say what is expected to come back, and when",
        example={
            "pool": "phoenix/h100",
            "unit": "research/vision",
            "steps": [{"quantity": 64, "expected_at": "2027-03-01T00:00:00Z"}],
            "confidence": "high",
        },
        refusals=(
            "UnknownPool",
            "UnknownUnit",
            "UnknownGrant",
            "GrantEnded",
            "MoreThanHeld",
            "Impossible",
            "NoDifference",
            *ALWAYS,
        ),
    ),
    Door(
        path="/v1/splits",
        command=organising.Split,
        summary="Split a pool between the units under one parent",
        example={
            "pool": "phoenix/h100",
            "parent": "lab",
            "shares": [
                {"unit": "research", "floor": 128, "amount": 512, "cap": 640},
                {"unit": "products", "percent_bp": 2500},
            ],
            "until": "2027-07-01T00:00:00Z",
            "reason_code": "split",
            "reason": "The second half of the year, as the board decided",
        },
        refusals=(
            "UnknownPool",
            "UnknownUnit",
            "UnitClosed",
            "PoolClosed",
            "OverAmount",
            "Impossible",
            "NoDifference",
            "WordsMissing",
            "TooFarBack",
            *ALWAYS,
        ),
    ),
    *DOORS_OF_REQUESTS,
    *DOORS_OF_PLEDGES,
    Door(
        path="/v1/proposals/confirm",
        command=organising.Confirm,
        summary="Carry out what another person proposed, as the second person",
        example={"proposal": "0192f0c1-7a10-7c3e-8b54-000000000003"},
        refusals=("UnknownProposal", "ProposalOver", *_OF_ANY_LEG),
        body_max=DECISION_MAX,
    ),
    Door(
        path="/v1/proposals/close",
        command=organising.CloseProposal,
        summary="Withdraw one's own proposal, or reject another's",
        example={
            "proposal": "0192f0c1-7a10-7c3e-8b54-000000000003",
            "outcome": "rejected",
            "reason": "The count is being checked again",
        },
        refusals=("UnknownProposal", "ProposalOver", "WordsMissing", "OwnRequest", *ALWAYS),
    ),
    Door(
        path="/v1/rules",
        command=organising.SetRules,
        summary="Set what decides: notice, how far back, from when on a second person",
        example={"backdate_days": 14, "reason": "Counts come in fortnightly"},
        refusals=("UnknownPool", "Impossible", "NoDifference", *ALWAYS),
    ),
    Door(
        path="/v1/notes",
        command=commands.Note,
        summary="Put words beside the record",
        example={"about": {"position": 7}, "text": "Agreed in the weekly review"},
        refusals=("UnknownPosition", "UnknownGrant", "UnknownUnit", "UnknownRequest", *ALWAYS),
    ),
    Door(
        path="/v1/capacity",
        command=organising.ChangeCapacity,
        summary="Record a pool's capacity: counted, installed, retired, lost, restored, held back",
        example={"pool": "phoenix/h100", "kind": "counted", "total": 1024},
        refusals=(
            "UnknownPool",
            "PoolClosed",
            "Impossible",
            "WordsMissing",
            "TooFarBack",
            *ALWAYS,
        ),
    ),
    Door(
        path="/v1/pools",
        command=organising.OpenPool,
        summary="Open a pool",
        example={"pool": "phoenix/h100", "title": "H100 in Phoenix", "granule": 8},
        refusals=("WordsMissing", "TooFarBack", "Impossible", *ALWAYS),
    ),
    Door(
        path="/v1/pools/close",
        command=organising.ClosePool,
        summary="Close a pool that holds nothing",
        example={"pool": "phoenix/h100"},
        refusals=("UnknownPool", "PoolClosed", "NotEmpty", *ALWAYS),
    ),
    Door(
        path="/v1/units",
        command=organising.CreateUnit,
        summary="Create a unit of the organisation",
        example={"unit": "research/vision", "name": "Vision", "parent": "research"},
        refusals=("WordsMissing", "TooFarBack", "Impossible", *_ORGANISED),
    ),
    Door(
        path="/v1/units/rename",
        command=organising.RenameUnit,
        summary="Give a unit another display name",
        example={"unit": "research/vision", "name": "Vision and video"},
        refusals=("NoDifference", *_ORGANISED),
    ),
    Door(
        path="/v1/units/move",
        command=organising.MoveUnit,
        summary="Put a unit, with all it holds, under another parent",
        example={"unit": "research/vision", "parent": "products"},
        refusals=("NoDifference", "Cycle", "Impossible", *_ORGANISED),
    ),
    Door(
        path="/v1/units/close",
        command=organising.CloseUnit,
        summary="Close a unit whose subtree holds nothing",
        example={"unit": "research/vision", "merged_into": "research/reasoning"},
        refusals=("NotEmpty", "Cycle", "Impossible", *_ORGANISED),
    ),
    Door(
        path="/v1/delegations",
        command=organising.Delegate,
        summary="Give a person a role over a unit's subtree",
        example={"to": "ada@example.org", "role": "operator", "unit": "research", "most": 256},
        refusals=("UnknownPool", "Impossible", *_ORGANISED),
    ),
    Door(
        path="/v1/delegations/revoke",
        command=organising.Revoke,
        summary="End a delegation",
        example={"delegation": "0192f0c1-7a10-7c3e-8b54-000000000002"},
        refusals=("UnknownDelegation", "NoDifference", *ALWAYS),
    ),
)
"""Every door, the busiest first: the router asks them in this order."""
