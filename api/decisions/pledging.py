"""The doors through which compute is pledged, and through which rates are set."""

from typing import Final

from api.decisions.door import ALWAYS, Door
from ledger import pledging

_PLEDGE: Final = "0192f0c1-7a10-7c3e-8b54-000000000004"
_PLEDGED: Final = (
    "UnknownPool", "UnknownUnit", "UnitClosed", "PoolClosed", "Impossible", "WordsMissing",
    "TooFarBack", *ALWAYS,
)  # fmt: skip

DOORS_OF_PLEDGES: Final = (
    Door(
        path="/v1/pledges",
        command=pledging.Pledge,
        summary="Promise a unit a share of compute, or a quantity: measured, moves nothing",
        example={
            "to_unit": "research/vision",
            "of_unit": "research",
            "pools": ["phoenix/h100"],
            "share_bp": 2000,
            "from": "2027-01-01T00:00:00Z",
            "until": "2028-01-01T00:00:00Z",
            "reason_code": "strategic_priority",
            "reason": "A fifth of research compute for a year",
        },
        refusals=_PLEDGED,
    ),
    Door(
        path="/v1/pledges/revise",
        command=pledging.RevisePledge,
        summary="Promise something else, from an instant on",
        example={
            "pledge": _PLEDGE,
            "share_bp": 1500,
            "from": "2027-07-01T00:00:00Z",
            "reason": "Reasoning needs more in the second half",
        },
        refusals=("UnknownPledge", "NoDifference", *_PLEDGED),
    ),
    Door(
        path="/v1/pledges/withdraw",
        command=pledging.WithdrawPledge,
        summary="Promise nothing any more",
        example={"pledge": _PLEDGE, "reason": "The programme was cancelled"},
        refusals=("UnknownPledge", "NoDifference", *_PLEDGED[4:]),
    ),
    Door(
        path="/v1/rates",
        command=pledging.SetRate,
        summary="Say what a unit of a pool counts as in H100s, for display only",
        example={"pool": "phoenix/b200", "h100_milli": 2250},
        refusals=("UnknownPool", "NoDifference", "WordsMissing", "TooFarBack", *ALWAYS),
    ),
)
