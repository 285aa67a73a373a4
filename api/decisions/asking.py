"""The doors through which compute is asked for, and answers are given."""

from typing import Final

from api.decisions.door import ALWAYS, Door
from ledger import requesting

_REQUEST: Final = "0192f0c1-7a10-7c3e-8b54-000000000003"
_ASKED: Final = ("UnknownRequest", "UnitClosed", "Impossible", *ALWAYS)

DOORS_OF_REQUESTS: Final = (
    Door(
        path="/v1/requests",
        command=requesting.Request,
        summary="Ask for units of any of some pools",
        example={
            "unit": "research/vision",
            "pools": ["phoenix/h100"],
            "quantity": 128,
            "least": 64,
            "ends_at": "2027-07-01T00:00:00Z",
            "priority": "high",
            "justification": "The next encoder is trained from April on",
        },
        refusals=("UnknownPool", "UnknownUnit", "PoolClosed", "OffGranule", *_ASKED[1:]),
    ),
    Door(
        path="/v1/requests/amend",
        command=requesting.AmendRequest,
        summary="Ask for something else",
        example={"request": _REQUEST, "quantity": 96},
        refusals=("UnknownPool", "PoolClosed", "OffGranule", "NoDifference", *_ASKED),
    ),
    Door(
        path="/v1/requests/withdraw",
        command=requesting.WithdrawRequest,
        summary="Ask no longer",
        example={"request": _REQUEST},
        refusals=("NoDifference", *_ASKED),
    ),
    Door(
        path="/v1/requests/decide",
        command=requesting.DecideRequest,
        summary="Answer a request: what is awarded is the total so far",
        example={
            "request": _REQUEST,
            "outcome": "partly",
            "awarded": [{"pool": "phoenix/h100", "quantity": 64}],
            "rest": "waits",
            "reason": "The other half when Atlas winds down",
        },
        refusals=(
            "OwnRequest",
            "BeyondAward",
            "OffGranule",
            "UnknownPool",
            "WordsMissing",
            *_ASKED,
        ),
    ),
    Door(
        path="/v1/requests/appeal",
        command=requesting.Appeal,
        summary="Ask for another decider's answer",
        example={"request": _REQUEST, "reason": "Without it the encoder is late by a quarter"},
        refusals=("NoDifference", *_ASKED),
    ),
)
