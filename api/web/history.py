"""The page of the history: every event, newest first, the audit search, and its export."""

from typing import Final

from api.web.facts import Found
from api.web.record import Record
from api.web.rendering import address
from projections.history.search import parse

ROWS: Final = 50
HINTS: Final = (
    "by:", "unit:", "under:", "pool:", "topic:granted", "code:idle", "flag:backdated", "grant:",
    "decision:", "recorded:>=2026-01-01", "effective:2026-01-01..2026-02-01", "-by:",
    '"exact words"',
)  # fmt: skip


def history_page(record: Record, q: str, before: int | None) -> dict[str, object]:
    """The page as recorded by the record's position; `refused` says why a search is not one."""
    refused: str | None = None
    found = Found(events=(), older=None)
    try:
        search = parse(q)
    except ValueError as wrong:
        refused = f"{wrong}."
    else:
        found = record.events.found(search, ROWS, before)
    return {
        "title": "History",
        "q": q,
        "hints": HINTS,
        "refused": refused,
        "events": found.events,
        "older": found.older,
        "first_page": before is None,
        "exports": exports(record.position, q),
    }


def exports(position: int, q: str) -> dict[str, str]:
    """Where all of a search can be had as files, as recorded by a position."""
    asked = {"q": q or None, "known_at": position, "order": "desc"}
    return {kind: address("/v1/history", {**asked, "format": kind}) for kind in ("csv", "jsonl")}
