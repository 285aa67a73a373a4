"""The pages of requests: who waits for what and since when, and one request with its answers."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from api.reads.requests import STATUSES
from api.reads.shapes_of_asking import RequestAnswer, RequestFields
from api.web.events import ALL
from api.web.facts import EventRow
from api.web.forms import Form, Sent
from api.web.offered import form_for
from api.web.record import Record
from api.web.rendering import quantity
from ledger.vocabulary import RequestStatus

USUAL: Final = "waiting"
FIRST: Final = ("waiting", "any")
LISTED: Final = (*FIRST, *(one for one in STATUSES if one not in FIRST))


class Filter(Struct, frozen=True, kw_only=True):
    """What is chosen on the page: a status, a pool or all, a unit with all below it or all."""

    status: str
    pool: str | None
    under: str | None


class RequestRow(Struct, frozen=True, kw_only=True):
    """One request as it is listed; `wish` is what is asked for, in words."""

    fields: RequestFields | RequestAnswer
    name: str
    wish: str
    label: str


class Offered(Struct, frozen=True, kw_only=True):
    """A form of a page; it stands open for who is likely to want it."""

    form: Form
    is_open: bool


def requests_page(record: Record, chosen: Filter) -> dict[str, object]:
    """The list at the record's clocks. Problem 404 UnknownPool, UnknownUnit."""
    found, more = record.reads.requests(chosen.status, pool=chosen.pool, under=chosen.under)
    return {
        "title": "Requests",
        "chosen": chosen,
        "statuses": LISTED,
        "pools": [pool.pool for pool in record.pools],
        "rows": rows(found.items, record.names),
        "more": more,
    }


def rows(
    items: Sequence[RequestFields | RequestAnswer], names: Mapping[str, str]
) -> tuple[RequestRow, ...]:
    """Requests as they are listed."""
    return tuple(
        RequestRow(
            fields=one,
            name=names.get(one.unit, one.unit),
            wish=f"{quantity(one.quantity)} of {' or '.join(one.pools)}",
            label=SAYS[one.status],
        )
        for one in items
    )


def request_page(record: Record, request: str, person: str) -> dict[str, object]:
    """One request at the record's clocks. Problem 404 UnknownRequest."""
    found = record.reads.request(request)
    (row,) = rows([found], record.names)
    events = tuple(reversed(record.events.recent(ALL, request=found.request)))
    return {
        "title": f"{row.wish} for {row.name}",
        "row": row,
        "one": found,
        "answers": [one for one in events if _is_answer(one)],
        "offered": [
            Offered(
                form=form_for(record, do, Sent({"request": [found.request]})),
                is_open=_is_likely(do, found, person),
            )
            for do in _offered(found)
        ],
        "why": record.reads.why_request(found.request).chain,
        "events": events,
    }


def _offered(one: RequestAnswer) -> Sequence[str]:
    """What can be done about a request: what waits again after an answer can be appealed too."""
    found = OFFERED[one.status]
    return (*found, "appeal") if one.status == "open" and one.outcome is not None else found


def _is_answer(event: EventRow) -> bool:
    return event.topic in ("request-decided.v1", "decision-appealed.v1")


def _is_likely(do: str, one: RequestAnswer, person: str) -> bool:
    """Whether a person will want a form: who may answer, and who may grant what is awarded."""
    if do == "decide_request":
        return person in one.deciders and one.status in ("open", "appealed")
    return do == "grant" and person != one.asked_by


SAYS: Final[Mapping[RequestStatus, str]] = {
    "open": "waits for an answer",
    "appealed": "appealed: waits for another decider",
    "awarded": "awarded: waits to be granted",
    "deferred": "deferred",
    "fulfilled": "fulfilled",
    "denied": "denied",
    "lapsed": "lapsed",
    "withdrawn": "withdrawn",
}
_ASKED: Final = ("amend_request", "withdraw_request")
OFFERED: Final[Mapping[RequestStatus, tuple[str, ...]]] = {
    "open": ("decide_request", *_ASKED),
    "appealed": ("decide_request", *_ASKED),
    "awarded": ("grant", "decide_request", "appeal", *_ASKED),
    "deferred": ("decide_request", "appeal", *_ASKED),
    "fulfilled": ("decide_request", "appeal", "amend_request"),
    "denied": ("appeal", "decide_request", *_ASKED),
    "lapsed": ("amend_request",),
    "withdrawn": (),
}
"""What can be done about a request, what is likeliest first."""
