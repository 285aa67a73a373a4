"""The reads of what is promised, and of what a unit of a pool counts as."""

from typing import Final

from api.reads import pledges, rates
from api.reads.parameters import CLOCKS, ORG, PAGES, POOL, UNDER, UNIT, Parameter
from api.reads.reading import Read, columns_of
from api.reads.shapes_of_pledges import (
    PLEDGE_STATUSES,
    PledgeRow,
    PledgesPage,
    RateRow,
    RatesPage,
)

_AT: Final = "2027-03-01T00:00:00.000000Z"
_START: Final = "2027-01-01T00:00:00.000000Z"
_END: Final = "2028-01-01T00:00:00.000000Z"
_PLEDGE: Final = "0197d0a1-0000-7000-8000-000000000005"
_STATUS: Final = Parameter(
    name="status",
    says="Only those of this status at the instant.",
    schema={"enum": ["any", *PLEDGE_STATUSES], "default": "any"},
)
_SUMS: Final = {
    "promised": "391495680", "budgeted": "489369600", "granted": "367027200", "held": "326246400",
    "kept": False,
}  # fmt: skip

PLEDGING: Final = (
    Read(
        path="/v1/pledges",
        name="pledges",
        summary="What units were promised, and what was budgeted, granted and held: exactly",
        description=(
            "In the order given. Everything is summed up over the time from the pledge's start to "
            "the instant asked about, or to its end, of its pools together, and again for each "
            "quarter of UTC: unit-seconds, as exact decimals. `promised` is the share of what "
            "`of_unit` has as amounts of its budgets (null: of what is allocatable), or the "
            "quantity; `budgeted` the amounts of the unit's own budget; `granted` what the "
            "grants of the unit and all below it own that are no loans, lent or not; `held` what "
            "they have in hand: what is granted, less what they have lent to others, more what "
            "others have lent to them. Who stands below is asked of each instant. `kept`: "
            "as much was held as was promised. `of_unit`, `pools`, `share_bp` and `quantity` are "
            "the terms at the instant; `revised` are the positions that changed them."
        ),
        says="The pledges.",
        parameters=(_STATUS, POOL, UNIT, UNDER, *CLOCKS, *PAGES),
        find=pledges.find,
        answer=PledgesPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "measure": "unit_seconds",
            "items": [{"pledge": _PLEDGE, "to_unit": "research/vision", "of_unit": "research",
                       "pools": ["phoenix/h100"], "share_bp": 2000, "quantity": None,
                       "from": _START, "until": _END, "status": "running",
                       "measured_until": _AT, **_SUMS, "ahead": "0", "behind": "65249280",
                       "quarters": [{"quarter": "2027-Q1", "from": _START, "to": _AT, **_SUMS}],
                       "by": "dee@lab", "pledged_at": _START, "position": 17, "revised": []}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(PledgeRow),
    ),
    Read(
        path="/v1/rates",
        name="rates",
        summary="What a unit of each pool counts as in H100s, for display",
        description=(
            "Those that count at the instant, in thousandths of an H100. Nothing is decided or "
            "conserved by them."
        ),
        says="The rates.",
        parameters=(POOL, *CLOCKS, ORG, *PAGES),
        find=rates.find,
        answer=RatesPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT,
            "items": [{"pool": "phoenix/b200", "h100_milli": 2250, "since": _START,
                       "position": 12}],
            "next": None,
        },
        refusals=("UnknownPool",),
        columns=columns_of(RateRow),
    ),
)  # fmt: skip
