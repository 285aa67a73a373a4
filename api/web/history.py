"""The page of the history: every event, newest first, the audit search, and its export."""

from typing import Final

from api.reads.cursors import Cursor, written
from api.web.facts import Found
from api.web.record import Record
from api.web.rendering import address
from ledger.periods import clean_text
from projections.history.search import parse, position_of

PATH: Final = "/v1/history"
ROWS: Final = ("50", "200", "1000")
"""How many events a page may show."""
SEARCH_MAX: Final = 1000
"""Characters of a search, as many as the API takes."""
HINTS: Final = (
    "#4711", "by:", "unit:", "under:", "pool:", "topic:granted", "code:idle", "flag:backdated",
    "grant:", "decision:", "recorded:>=2026-01-01", "effective:2026-01-01..2026-02-01", "-by:",
    '"exact words"',
)  # fmt: skip


def history_page(record: Record, q: str, before: int | None, rows: int) -> dict[str, object]:
    """The page as recorded by the record's position; `refused` says why a search is not one.

    `number`: what was searched for as a word is the number of an event, too.
    """
    refused: str | None = None
    number = position_of(q.strip())
    found = Found(events=(), older=None)
    try:
        search = parse(clean_text(q, "the search"))
    except ValueError as wrong:
        refused = f"{wrong}."
    else:
        found = record.events.found(search, rows, before)
    return {
        "title": "History",
        "q": q,
        "hints": HINTS,
        "refused": refused,
        "number": number if q[:1] != "#" and number and number <= record.position else None,
        "events": found.events,
        "older": found.older,
        "first_page": before is None,
        "rows": str(rows),
        "exports": {form: export(record, q, before, rows, form) for form in ("csv", "jsonl")},
    }


def export(record: Record, q: str, before: int | None, rows: int, form: str) -> str:
    """Where exactly the events of a page can be had as a file, for as long as the record lasts."""
    asked = [("known_at", str(record.position)), ("order", "desc")]
    if q:
        asked.insert(0, ("q", q))
    file = {"limit": rows, "format": form}
    if before is None:
        return address(PATH, {**dict(asked), **file})
    cursor = Cursor(
        path=PATH, asked=tuple(asked), head=record.position, now=record.now, after=(before,)
    )
    return address(PATH, {"cursor": written(cursor), **file})
