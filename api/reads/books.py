"""The reads that reconcile: statements over valid time, differences over recorded time."""

from typing import Final

from api.reads import differences, statement
from api.reads.parameters import (
    KNOWN_AT,
    KNOWN_FROM,
    KNOWN_TO,
    ORG,
    PAGES,
    PERIOD,
    POOL,
    STATED_POOL,
    UNDER,
    UNIT,
    VALID_AT,
)
from api.reads.reading import Read, columns_of
from api.reads.shapes_of_books import DifferenceRow, DifferencesPage, Entry, StatementPage

_AT: Final = "2027-03-01T00:00:00.000000Z"
_GRANT: Final = "0197d0a1-0000-7000-8000-000000000001"

BOOKS: Final = (
    Read(
        path="/v1/statement",
        name="statement",
        summary="What a unit had, each thing that changed it, and what it has then",
        description=(
            "opening (just before `from`) + entries = closing, or the read fails. Entries are "
            "`starts ends returned reclaimed released moved_in moved_out lent loan_back "
            "borrowed_in loan_ends`, in order of time; with `under` and the tree of then also "
            "`joined` and `left`, when a unit moves with all it holds. Derived from dates: the "
            "closing of one period is the opening of the next. `position` is the fact an entry "
            "follows from, `corrected_by` the correction of it that stands."
        ),
        says="The statement.",
        parameters=(STATED_POOL, UNIT, UNDER, *PERIOD, KNOWN_AT, ORG, *PAGES),
        find=statement.find,
        answer=StatementPage,
        example={
            "position": 42, "known_at": 42, "from": _AT, "to": "2027-04-01T00:00:00.000000Z",
            "pool": "phoenix/h100", "unit": "research/vision", "org": "then", "opening": 64,
            "entries": [
                {"at": "2027-03-09T00:00:00.000000Z", "kind": "returned",
                 "unit": "research/vision", "quantity": -16, "balance": 48, "grant": _GRANT,
                 "position": 31,
                 "sentence": "research/vision gives 16 gpu of phoenix/h100 back"}
            ],
            "closing": 48, "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(Entry),
        listed="entries",
    ),
    Read(
        path="/v1/differences",
        name="differences",
        summary="What is believed of an instant now and was not before, and what changed it",
        description=(
            "The belief at `known_from` about `valid_at`, and what was recorded after it up to "
            "`known_to`, make the belief at `known_to`. `positions` are the events that changed "
            "what is believed of the grant; a grant of which the same is believed is left out."
        ),
        says="Grants of which something else is believed.",
        parameters=(POOL, UNIT, UNDER, VALID_AT, KNOWN_FROM, KNOWN_TO, *PAGES),
        find=differences.find,
        answer=DifferencesPage,
        example={
            "position": 42, "known_at": 42, "valid_at": _AT, "known_from": 30, "known_to": 42,
            "items": [{"pool": "phoenix/h100", "unit": "research/vision", "grant": _GRANT,
                       "before": 64, "after": 48, "positions": [31]}],
            "next": None,
        },
        refusals=("UnknownPool", "UnknownUnit"),
        columns=columns_of(DifferenceRow),
    ),
)  # fmt: skip
