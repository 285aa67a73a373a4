"""The reads that look ahead: supply, forecasts, the calendar."""

from typing import Final

from api.reads import due, forecasts, supply
from api.reads.parameters import (
    AHEAD_FROM,
    AHEAD_VALID_AT,
    JSON_ONLY,
    KNOWN_AT,
    PAGES,
    POOL,
    STATED_POOL,
    UNDER,
    UNTIL_14,
    UNTIL_90,
    UNTIL_EXPECTED,
    WAITING,
)
from api.reads.reading import Read, columns_of
from api.reads.shapes_of_outlook import DuePage, DueRow, ForecastRow, ForecastsPage, SupplyAnswer
from api.reference.schemas import Json

_AT: Final = "2027-03-01T00:00:00.000000Z"
_END: Final = "2027-03-09T00:00:00.000000Z"
_GRANT: Final = "0197d0a1-0000-7000-8000-000000000001"
_CURVE: Final[list[Json]] = [
    {"at": _AT, "free": 8, "short": 0, "grantable": 8, "causes": []},
    {"at": _END, "free": 24, "short": 0, "grantable": 24,
     "causes": [{"kind": "end", "quantity": 16, "grant": _GRANT, "unit": "research/vision",
                 "position": 17}]},
]  # fmt: skip

OUTLOOK: Final = (
    Read(
        path="/v1/supply",
        name="supply",
        summary="What comes free in a pool, when, from whom, and how sure it is",
        description=(
            "Steps from `from` on, up to and with `until`. `certain` counts what is recorded: "
            "ends, scheduled releases, loans that end to the pool, capacity, grants that start. "
            "`likely` adds the live forecasts of high and medium confidence, `possible` those of "
            "low confidence as well. `grantable` is the least that is free from a step until the "
            "end, in whole granules; nothing where the pool is closed by then. The quantities of "
            "the causes add up to what changes."
        ),
        says="The three curves.",
        parameters=(
            STATED_POOL, AHEAD_FROM, AHEAD_VALID_AT, UNTIL_90, KNOWN_AT, JSON_ONLY, *WAITING,
        ),
        find=supply.find,
        answer=SupplyAnswer,
        example={
            "position": 42, "known_at": 42, "pool": "phoenix/h100", "from": _AT,
            "until": "2027-05-30T00:00:00.000000Z", "certain": _CURVE, "likely": _CURVE,
            "possible": _CURVE,
        },
        refusals=("UnknownPool",),
    ),
    Read(
        path="/v1/forecasts",
        name="forecasts",
        summary="Who is about to finish, and how late such forecasts have come true",
        description=(
            "Live forecasts of what is not back yet, by the date on which it is likely to be. "
            "`steps` are as they were said; `expected` is what of them is not back, on the date "
            "said or now, and `slip_days` behind it: the lower median lateness of the unit's last "
            "ten predictions that fell due, or of its parent's subtree when there are fewer than "
            "two."
        ),
        says="Forecasts.",
        parameters=(
            POOL, UNDER, AHEAD_FROM, AHEAD_VALID_AT, UNTIL_EXPECTED, KNOWN_AT, *PAGES,
        ),
        find=forecasts.find,
        answer=ForecastsPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "until": None,
            "items": [{"grant": _GRANT, "unit": "research/vision", "pool": "phoenix/h100",
                       "steps": [{"quantity": 16, "expected_at": _AT}], "confidence": "medium",
                       "slip_days": 8, "revised": 2,
                       "expected": [{"quantity": 16, "expected_at": _END}], "position": 31}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(ForecastRow),
    ),
    Read(
        path="/v1/due",
        name="due",
        summary="The calendar: what happens by its date, between two looks or in the days ahead",
        description=(
            "Starts, ends, scheduled releases and moves, loans and their returns, capacity, "
            "forecasts due or overdue, splits that begin or end, delegations that end, proposals "
            "and requests that lapse, answers put off, pledges that begin or end, and words still "
            "owed, at the instant from which they are. A move and a loan stand there once, with "
            "the unit that gives; `under` finds either side, and of capacity the pools of which "
            "those units hold, may hold or wait for something; under the root is everything."
        ),
        says="Dated steps.",
        parameters=(
            POOL, UNDER, AHEAD_FROM, AHEAD_VALID_AT, UNTIL_14, KNOWN_AT, *PAGES,
        ),
        find=due.find,
        answer=DuePage,
        example={
            "position": 42, "known_at": 42, "from": _AT, "until": "2027-03-15T00:00:00.000000Z",
            "items": [{"at": _END, "kind": "end", "pool": "phoenix/h100",
                       "unit": "research/vision", "grant": _GRANT, "quantity": 16, "position": 17,
                       "sentence": "The grant of 16 gpu of phoenix/h100 to research/vision ends"}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(DueRow),
    ),
)  # fmt: skip
