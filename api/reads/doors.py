"""The table of reads: what each takes, finds and answers. Routes and reference are made from it."""

from typing import Final

from api.reads import capacity, flows, grants, history, holdings, organisation, series
from api.reads.asking import ASKING
from api.reads.books import BOOKS
from api.reads.deciding import DECIDING
from api.reads.outlook import OUTLOOK
from api.reads.parameters import (
    CLOCKS,
    EVERY,
    GRANT_PATH,
    HISTORY,
    JSON_ONLY,
    KNOWN_AT,
    ORG,
    PAGES,
    PERIOD,
    PERSON,
    POOL,
    UNDER,
    UNIT,
    WAITING,
    grouped,
)
from api.reads.pledging import PLEDGING
from api.reads.reading import Read, columns_of
from api.reads.shapes import (
    CapacityPage,
    CapacityRow,
    DelegationRow,
    DelegationsPage,
    FlowRow,
    FlowsPage,
    HistoryPage,
    HoldingRow,
    HoldingsPage,
    PoolRow,
    PoolsPage,
    RulesPage,
    RulesRow,
    SeriesPage,
    SeriesRow,
    UnitRow,
    UnitsPage,
)
from api.reads.shapes_of_grants import GrantAnswer

_AT: Final = "2027-03-01T00:00:00.000000Z"
_NOW: Final = {"position": 42, "known_at": 42, "valid_at": _AT}
_HELD: Final = {
    "quantity": 48, "guaranteed": 40, "borrowed": 8, "lent": 0, "borrowed_in": 0, "deliverable": 48,
}  # fmt: skip
_GRANT: Final = "0197d0a1-0000-7000-8000-000000000001"

READS: Final = (
    Read(
        path="/v1/holdings",
        name="holdings",
        summary="Who holds how much, at any instant, as recorded at any position",
        description=(
            "By unit, grant, pool or parent. `totals` are the sums of all that is listed, by pool. "
            "`deliverable` says, for display, what can be used while a pool has less than is held: "
            "loans and borrowed grants are short first, the newest before the others, then units "
            "in proportion to what they hold guaranteed. What is lent is not in hand: `lent` "
            "stands beside it, also where nothing else is left. Grouped by parent, what the root "
            "holds itself stands under the root."
        ),
        says="Who holds what.",
        parameters=(
            POOL, UNIT, UNDER, grouped("unit", "grant", "pool", "parent"), *CLOCKS, ORG, *PAGES,
        ),
        find=holdings.find,
        answer=HoldingsPage,
        example={
            **_NOW,
            "org": "then",
            "items": [{"pool": "phoenix/h100", "unit": "research/vision", **_HELD}],
            "totals": [{"pool": "phoenix/h100", **_HELD}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(HoldingRow),
    ),
    Read(
        path="/v1/capacity",
        name="capacity",
        summary="What each pool has, holds and has free",
        description=(
            "held + free = allocatable + overcommitted. Before a pool's first capacity fact "
            "`unknown` is true and there are no numbers."
        ),
        says="What there is.",
        parameters=(POOL, *CLOCKS, ORG, *PAGES),
        find=capacity.find,
        answer=CapacityPage,
        example={
            **_NOW,
            "items": [
                {"pool": "phoenix/h100", "unit_label": "gpu", "granule": 8, "installed": 64,
                 "lost": 8, "headroom": 0, "allocatable": 56, "held": 48, "free": 8,
                 "overcommitted": 0, "shortfall": 0}
            ],
            "next": None,
        },
        refusals=("UnknownPool",),
        columns=columns_of(CapacityRow),
    ),
    Read(
        path="/v1/pools",
        name="pools",
        summary="The pools, and when each opened and closed",
        description="Those opened by the instant, closed ones included.",
        says="The pools.",
        parameters=(*CLOCKS, ORG, *PAGES),
        find=organisation.find_pools,
        answer=PoolsPage,
        example={
            **_NOW,
            "items": [{"pool": "phoenix/h100", "title": "Phoenix H100", "unit_label": "gpu",
                       "granule": 8, "opened_at": _AT, "closed_at": None}],
            "next": None,
        },
        columns=columns_of(PoolRow),
    ),
    Read(
        path="/v1/units",
        name="units",
        summary="The organisation as it stood at an instant",
        description=(
            "Units that exist at the instant. `under` is the unit and all below it; with org=now "
            "by today's tree, in which a closed unit stands where it last stood."
        ),
        says="The units.",
        parameters=(UNDER, *CLOCKS, ORG, *PAGES),
        find=organisation.find_units,
        answer=UnitsPage,
        example={
            **_NOW,
            "org": "then",
            "items": [{"unit": "research/vision", "name": "Vision", "kind": "team",
                       "parent": "research", "created_at": _AT, "closed_at": None,
                       "merged_into": None}],
            "next": None,
        },
        refusals=("UnknownUnit",),
        columns=columns_of(UnitRow),
    ),
    Read(
        path="/v1/delegations",
        name="delegations",
        summary="Who may decide over what",
        description="Delegations in force at the instant, given to a person, over a unit itself.",
        says="The delegations.",
        parameters=(PERSON, UNIT, *CLOCKS, ORG, *PAGES),
        find=organisation.find_delegations,
        answer=DelegationsPage,
        example={
            **_NOW,
            "items": [{"delegation": _GRANT, "to": "kim@lab", "role": "operator",
                       "unit": "research", "pools": None, "most": 128, "since": _AT,
                       "until": None, "by": "founder@lab", "position": 12}],
            "next": None,
        },
        refusals=("UnknownUnit",),
        columns=columns_of(DelegationRow),
    ),
    Read(
        path="/v1/rules",
        name="rules",
        summary="The settings that decide",
        description="In force at the instant: those for all pools, then those of a pool.",
        says="The rules.",
        parameters=(*CLOCKS, ORG, *PAGES),
        find=organisation.find_rules,
        answer=RulesPage,
        example={
            **_NOW,
            "items": [{"pool": None, "second_person_from": None, "backdate_days": 7,
                       "notice_days": None, "since": _AT}],
            "next": None,
        },
        columns=columns_of(RulesRow),
    ),
    Read(
        path="/v1/history",
        name="history",
        summary="What was decided, by whom and why, in plain words; audit search",
        description=(
            "Events with their own fields, and beside them a sentence, flags, and what each unit "
            "had in hand before and after. All filters must hold; `topic` may repeat. Positions "
            "never change, so `after` leads on for ever."
        ),
        says="Events.",
        parameters=(*HISTORY, KNOWN_AT, ORG, *PAGES),
        find=history.find,
        answer=HistoryPage,
        example={
            "position": 42, "known_at": 42, "clock": "recorded", "org": "then", "items": [],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=history.COLUMNS,
    ),
    Read(
        path="/v1/grants/{grant}",
        name="grant",
        summary="One grant, and what it has in hand over its life",
        description=(
            "`own` and `hold` are at the instant; what is lent is owned and not in hand. `steps` "
            "leave out where it has nothing. `corrections` are those that stand on its facts. "
            "`takeable` is what of `hold` may be taken from its holder at the instant: what no "
            "floor keeps, by a reclaim, a recall or an earlier end from `earliest` on, sooner "
            "where notice is set aside. A move to another unit needs no notice. The ledger judges "
            "every instant from then on."
        ),
        says="The grant.",
        parameters=(GRANT_PATH, *CLOCKS, JSON_ONLY, *WAITING),
        find=grants.find,
        answer=GrantAnswer,
        example={
            **_NOW, "grant": _GRANT, "pool": "phoenix/h100", "unit": "research/vision",
            "class": "guaranteed", "quantity": 48, "starts_at": _AT, "ends_at": None, "made": 17,
            "moved": False, "own": 48, "hold": 48, "lender": None,
            "steps": [{"from": _AT, "to": None, "own": 48, "hold": 48}],
            "loans": [], "corrections": [],
            "takeable": {"quantity": 32, "under_floor": 16, "notice_days": 14,
                         "earliest": "2027-03-15T00:00:00.000000Z"},
        },
        refusals=("UnknownGrant",),
    ),
    Read(
        path="/v1/series",
        name="series",
        summary="Holdings over time, and the unit-hours in them",
        description=(
            "One row from change to change, or with `every` one for each step, in which the "
            "quantity is that at its start. Steps in which nothing is held are left out. "
            "Unit-hours are decimal strings; they add up to the pool's."
        ),
        says="Steps.",
        parameters=(
            POOL, UNIT, UNDER, grouped("unit", "grant", "pool", "parent"), *PERIOD, EVERY,
            KNOWN_AT, ORG, *PAGES,
        ),
        find=series.find,
        answer=SeriesPage,
        example={
            "position": 42, "known_at": 42, "from": _AT, "to": "2027-03-02T00:00:00.000000Z",
            "every": None, "org": "then",
            "items": [{"pool": "phoenix/h100", "unit": "research/vision", "from": _AT,
                       "to": "2027-03-02T00:00:00.000000Z", "quantity": 48, "unit_hours": "1152",
                       "unit_seconds": "4147200"}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(SeriesRow),
    ),
    Read(
        path="/v1/flows",
        name="flows",
        summary="Who passed how much to whom over a period",
        description=(
            "Null stands for the pool: what starts comes from it, what ends or is released goes "
            "to it. So flows are all that changes what a unit has. What is moved out of a grant "
            "that begins later comes from the pool until then, and so does a loan whose lender's "
            "grant is over when it begins. A change of class inside a unit passes nothing. "
            "Grouped by parent, what passes between members of the same unit is left out. A period "
            "in which more than 2^53-1 passed from one to another is answered 422."
        ),
        says="Flows.",
        parameters=(POOL, *PERIOD, grouped("unit", "parent"), KNOWN_AT, ORG, *PAGES),
        find=flows.find,
        answer=FlowsPage,
        example={
            "position": 42, "known_at": 42, "from": _AT, "to": "2027-04-01T00:00:00.000000Z",
            "org": "then",
            "items": [{"pool": "phoenix/h100", "from_unit": "research/speech",
                       "to_unit": "research/vision", "quantity": 16}],
            "next": None,
        },
        refusals=("UnknownPool",),
        columns=columns_of(FlowRow),
    ),
    *BOOKS,
    *OUTLOOK,
    *DECIDING,
    *ASKING,
    *PLEDGING,
)  # fmt: skip
