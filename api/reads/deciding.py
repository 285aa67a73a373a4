"""The reads of what is decided with: budgets, proposals, and why a grant is as it is."""

from typing import Final

from api.reads import budgets, proposals, why
from api.reads.parameters import (
    CLOCKS,
    GRANT_PATH,
    JSON_ONLY,
    ORG,
    PAGES,
    POOL,
    PROPOSAL_STATUS,
    UNDER,
    UNTIL_ROOM,
    WAITING,
)
from api.reads.reading import Read, columns_of
from api.reads.shapes_of_deciding import BudgetRow, BudgetsPage, ProposalRow, ProposalsPage
from api.reads.shapes_of_why import GrantWhy

_AT: Final = "2027-03-01T00:00:00.000000Z"
_END: Final = "2027-03-08T00:00:00.000000Z"
_GRANT: Final = "0197d0a1-0000-7000-8000-000000000001"
_PROPOSAL: Final = "0197d0a1-0000-7000-8000-000000000002"
_HAS: Final = (
    "research/vision has a grant of 48 gpu of phoenix/h100, guaranteed, from 2027-02-01; on "
    "2027-03-01 it owns 48 of it"
)

DECIDING: Final = (
    Read(
        path="/v1/budgets",
        name="budgets",
        summary="What units may hold, what they hold with all below them, and what room is left",
        description=(
            "The budgets in force at the instant; a limit that is null limits nothing. `title` is "
            "what a unit and all below it own guaranteed, lent or not, `inhand` what they have in "
            "hand, `borrowed` what of that is beyond their budget, `lent` what of the title is "
            "lent outside, `kept` the rest. `room` is what could still be granted guaranteed: the "
            "least of amount - title and cap - inhand, at the instant or, with `until`, at any "
            "instant before it. Those above have budgets of their own. `over`: more is owned or "
            "in hand than may be, which takes nothing from anybody; `overdue`: the split has "
            "ended, and goes on until another one covers; `over_split`: the next units below are "
            "`promised` more than the amount."
        ),
        says="The budgets.",
        parameters=(POOL, UNDER, UNTIL_ROOM, *CLOCKS, ORG, *PAGES),
        find=budgets.find,
        answer=BudgetsPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "until": None, "org": "then",
            "items": [{"unit": "research", "pool": "phoenix/h100", "floor": 128, "amount": 384,
                       "cap": 512, "title": 352, "inhand": 336, "kept": 336, "lent": 16,
                       "borrowed": 0, "room": 32, "over": False, "overdue": False,
                       "promised": 384, "over_split": False, "since": _AT, "until": None,
                       "split": 17}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(BudgetRow),
    ),
    Read(
        path="/v1/proposals",
        name="proposals",
        summary="What waits for a second person, and what became of what did",
        description=(
            "In the order made. A proposal waits until another person who may give the command "
            "confirms it, it is rejected or withdrawn, or it lapses at `expires_at`. `ended` is "
            "the position by which it waits no more."
        ),
        says="The proposals.",
        parameters=(PROPOSAL_STATUS, *CLOCKS, *PAGES),
        find=proposals.find,
        answer=ProposalsPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT,
            "items": [{"proposal": _PROPOSAL,
                       "command": {"do": "set_rules", "notice_days": 3, "reason": "As agreed"},
                       "by": "kim@lab", "proposed_at": _AT, "needs": ["second_person"],
                       "expires_at": _END, "status": "waiting", "position": 42}],
            "next": None,
        },
        columns=columns_of(ProposalRow),
    ),
    Read(
        path="/v1/grants/{grant}/why",
        name="why",
        summary="Why a grant is as it is: who decided, by what right, whence the units came",
        description=(
            "The chain leads back from the grant to the decision that made it with all its "
            "events, the request it answers, the budget that limited its unit (or the nearest "
            "above) when it started and the split that set it, the delegations used, and where "
            "the units came from: a move's or a loan's grants; else what was given back in the "
            "same decision; else what came back to the pool last before the grant started, in "
            "30 days, as recorded when it was made, which says why there was room and not that "
            "these were the very units. Then, marked `later`, what happened to it since. "
            "`sentences` are those of the chain, in its order."
        ),
        says="Why.",
        parameters=(GRANT_PATH, *CLOCKS, JSON_ONLY, *WAITING),
        find=why.find,
        answer=GrantWhy,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "grant": _GRANT,
            "sentences": [f"{_HAS}."],
            "chain": [{"what": "grant", "position": 17, "grant": _GRANT,
                       "unit": "research/vision", "quantity": 48,
                       "at": "2027-02-01T00:00:00.000000Z", "later": False, "sentence": _HAS}],
        },
        refusals=("UnknownGrant",),
    ),
)  # fmt: skip
