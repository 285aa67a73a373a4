"""The reads of what is asked for: the queue, and one request."""

from typing import Final

from api.reads import requests, why_request
from api.reads.parameters import (
    CLOCKS,
    JSON_ONLY,
    PAGES,
    POOL,
    REQUEST_PATH,
    REQUEST_STATUS,
    UNDER,
    WAITING,
)
from api.reads.reading import Read, columns_of
from api.reads.shapes_of_asking import RequestAnswer, RequestFields, RequestsPage
from api.reads.shapes_of_why import RequestWhy

_AT: Final = "2027-03-01T00:00:00.000000Z"
_END: Final = "2027-07-01T00:00:00.000000Z"
_REQUEST: Final = "0197d0a1-0000-7000-8000-000000000003"
_RIGHT: Final = "0197d0a1-0000-7000-8000-000000000004"
_DENIED: Final = (
    "dee@lab decided on 2027-03-01 at 00:00: The request of research/vision (first for 128 "
    'gpu of phoenix/h100) was denied, because "The flagship comes first"'
)
_EXAMPLE: Final[dict[str, object]] = {
    "request": _REQUEST, "unit": "research/vision", "pools": ["phoenix/h100"], "quantity": 128,
    "least": 64, "starts_at": _AT, "ends_at": _END, "granted": 16, "awarded": 64,
    "awards": [{"pool": "phoenix/h100", "awarded": 64, "granted": 16}], "status": "awarded",
    "outcome": "partly", "until": None, "priority": "high", "asked_priority": "critical",
    "justification": "The next encoder is trained from April on", "asked_by": "lea@lab",
    "asked_at": _AT, "ahead": {"requests": 2, "quantity": 96},
    "eta": "2027-03-09T00:00:00.000000Z", "eta_likely": "2027-03-05T00:00:00.000000Z",
    "blocked_by": "capacity", "deciders": ["dee@lab", "kim@lab"],
}  # fmt: skip

ASKING: Final = (
    Read(
        path="/v1/requests",
        name="requests",
        summary="Who waits for what, in the order of the queue, and when each can have it",
        description=(
            "Awarded ones first, then by priority, by age since they last asked for more, and by "
            "id; behind them, with `status=any`, those that nobody waits for any more. `ahead` "
            "counts those before one that would take of its pools. In this order each takes, by "
            "what is recorded to come free, the earliest instant from which all that it still "
            "wants is there until its end: its `eta`; `eta_likely` counts forecasts of high and "
            "medium confidence too. Null: no recorded fact supports one; of a closed pool nothing "
            "can be had. `blocked_by` says what stands in the way: a `decision`, `capacity`, or a "
            "`budget` that leaves too little from the `eta` on, which looks at what is free alone."
        ),
        says="The requests.",
        parameters=(REQUEST_STATUS, POOL, UNDER, *CLOCKS, *PAGES),
        find=requests.find,
        answer=RequestsPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "items": [_EXAMPLE], "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(RequestFields),
    ),
    Read(
        path="/v1/requests/{request}",
        name="request",
        summary="One request: where it stands, and the earliest honest date",
        description="As the list of requests tells it.",
        says="The request.",
        parameters=(REQUEST_PATH, *CLOCKS, JSON_ONLY, *WAITING),
        find=requests.find_one,
        answer=RequestAnswer,
        example={"position": 42, "known_at": 42, "valid_at": _AT, **_EXAMPLE},
        refusals=("UnknownRequest",),
    ),
    Read(
        path="/v1/requests/{request}/why",
        name="request_why",
        summary="Why a request stands as it does: who answered, in which words, who got it instead",
        description=(
            "The chain begins with what is asked for and where it stands. Then what was asked, "
            "answered and appealed, in which words and by what right; the grants made for it; the "
            "budget that limits its unit (or the nearest above) in each pool, what room it has, "
            "and the split that set it. What is not granted is told further: what others were "
            "given `instead` of each pool since it was asked for, in the time that it asks for, by "
            "unit and one by one, the newest first; and where it stands in the `queue`, with its "
            "eta as `at`. `sentences` are those of the chain, in its order."
        ),
        says="Why.",
        parameters=(REQUEST_PATH, *CLOCKS, JSON_ONLY, *WAITING),
        find=why_request.find,
        answer=RequestWhy,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "request": _REQUEST,
            "status": "denied", "sentences": [f"{_DENIED}."],
            "chain": [{"what": "decision", "position": 41, "request": _REQUEST,
                       "outcome": "denied", "quantity": 0, "by": "dee@lab", "at": _AT,
                       "reason_code": "other", "reason": "The flagship comes first",
                       "authority": [_RIGHT], "later": False, "sentence": _DENIED}],
        },
        refusals=("UnknownRequest",),
    ),
)  # fmt: skip
