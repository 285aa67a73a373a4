"""The operations besides the command doors, as the reference tells of them."""

from typing import Final, Literal

from msgspec import Struct

from api.decisions.headers import BULK_TYPES
from api.decisions.routes import LineAnswer
from api.reads.parameters import WAITING
from api.reference.schemas import (
    FeedPage,
    Json,
    Positions,
    Readiness,
    Receipt,
    Version,
    ref,
)
from ledger.planning.shapes import Planned
from ledger.plans import Plan


class Operation(Struct, frozen=True, kw_only=True):
    """One route: what it takes, what it answers by media type, and when it says no."""

    path: str
    method: Literal["get", "post"]
    name: str
    tag: str
    summary: str
    description: str
    says: str
    answers: dict[str, Json]
    parameters: tuple[Json, ...] = ()
    refusals: tuple[tuple[int, str], ...] = ()
    example: object = None
    body: Json | None = None
    is_open: bool = False
    also: dict[str, Json] = {}
    is_cached: bool = False


def _parameter(name: str, says: str, schema: Json, where: str = "query", **more: object) -> Json:
    return {"name": name, "in": where, "description": says, "schema": schema, **more}


_INVALID: Final = (422, "InvalidField")
_DOWN: Final = ((500, "Broken"), (503, "Unavailable"))
_NUMBER: Final[Json] = {"type": "integer", "minimum": 0}
_TOPICS: Final = _parameter(
    "topic", "Only these topics.", {"type": "array", "items": {"type": "string"}}, explode=True
)

_WAITING: Final = tuple(parameter.described() for parameter in WAITING)
_LATE: Final = (503, "NotReflectedYet")

LINES: Final = Operation(
    path="/v1/commands",
    method="post",
    name="commands",
    tag="commands",
    summary="Many commands in one request, each its own decision",
    description=(
        'Each line is `{"key", "do", ...}` with the fields of the command. Lines are judged in '
        "order; a failed line stops nothing. Answered line by line in the same order; a blank line "
        "is passed over and gets no answer. A key that was used is answered as the first time when "
        "the line has the same fields with the same values, in whatever order and spelling of "
        "JSON. What is sent is compared, not what it means: a field that is left out is another "
        "command than its default, and a time another than the same instant with another offset."
    ),
    says="One answer a line.",
    parameters=(
        _parameter("dry_run", "Judge only: each line at head.", {"type": "boolean"}),
        _parameter("Allot-Via", "The tool that sends this.", {"type": "string"}, "header"),
    ),
    body={
        "required": True,
        "content": {
            BULK_TYPES[0]: {
                "schema": {"type": "string"},
                "example": '{"key":"a","do":"grant","pool":"phoenix/h100","unit":"research/vision",'
                '"quantity":8}\n',
            }
        },
    },
    answers={BULK_TYPES[0]: ref(LineAnswer)},
    example='{"key":"a","status":201,"position":12}\n',
    refusals=(
        (400, "Malformed"), (408, "BodyTooSlow"), (413, "TooLarge"),
        (415, "WrongMediaType"), _INVALID, *_DOWN, (503, "TooMuchAtOnce"),
    ),
)  # fmt: skip

_GRANT: Final = "0197d0a1-0000-7000-8000-000000000001"
PLANS: Final = Operation(
    path="/v1/plans",
    method="post",
    name="plans",
    tag="reads",
    summary="From where so much of a pool could come by a date, with the least harm",
    description=(
        "A function of the newest position, of what is asked, and of the second of asking; nothing "
        "is recorded or held, and no key is used. In this order are taken: what is `free` all the "
        "while; what the unit has lent (`recall`); what is `winding_down`: forecast to be back by "
        "then, or leaving within 30 days after it anyway; what is `borrowed`, the newest first; "
        "guaranteed units of who is `above_amount`; and of requests of `lower_priority`. In each, "
        "the largest first, and at last the smallest that covers the rest. Nobody falls below a "
        "floor. `decision` is a body for /v1/decisions, `verdict` what it would be answered with "
        "now if you gave it. `limits` names what held something back, and amounts and caps with no "
        "room for it, `tell` who answers for whom it takes from. Without room within an amount it "
        "plans a borrowed grant. All but the `verdict` is the same whoever asks."
    ),
    says="The plan.",
    parameters=_WAITING,
    body={
        "required": True,
        "content": {
            "application/json": {
                "schema": ref(Plan),
                "example": {
                    "pool": "phoenix/h100", "quantity": 512, "unit": "research/vision",
                    "by": "2027-03-01T00:00:00Z",
                },
            }
        },
    },
    answers={"application/json": ref(Planned)},
    example={
        "position": 42, "asked_at": "2027-02-01T09:00:00.000000Z", "pool": "phoenix/h100",
        "unit": "research/vision", "quantity": 512, "by": "2027-03-01T00:00:00.000000Z",
        "ends_at": None, "request": None, "borrowed": False, "found": 512, "missing": 0,
        "moves": [{"tier": 3, "harm": "winding_down", "unit": "research/speech",
                   "grant": _GRANT, "quantity": 512,
                   "sentence": "512 gpu of phoenix/h100 of research/speech: its grant ends on "
                   "2027-03-15"}],
        "limits": [], "tell": [{"unit": "research/speech", "quantity": 512, "person": "lea@lab",
                                "role": "lead"}],
        "verdict": {"status": 201, "code": None, "detail": None, "unit": None, "needs": [],
                    "warnings": []},
        "decision": {"reason": "512 of phoenix/h100 for research/vision by 2027-03-01", "seen": 42,
                     "legs": [{"do": "reallocate", "pool": "phoenix/h100",
                               "from": [{"grant": _GRANT, "quantity": 512}],
                               "to": "research/vision",
                               "starts_at": "2027-03-01T00:00:00.000000Z"}]},
    },
    refusals=(
        (400, "Malformed"), (404, "UnknownGrant"), (404, "UnknownPool"), (404, "UnknownRequest"),
        (404, "UnknownUnit"), (408, "BodyTooSlow"), (409, "OffGranule"), (413, "TooLarge"),
        (415, "WrongMediaType"), _INVALID, *_DOWN, _LATE, (503, "AnswerLate"),
        (503, "ClockUnsure"), (503, "ReadersBusy"), (503, "ReadTooLong"), (503, "TooManyWaiting"),
        (503, "Unfounded"),
    ),
)  # fmt: skip

FEED: Final = (
    Operation(
        path="/v1/events",
        method="get",
        name="events",
        tag="feed",
        summary="What was recorded after a position, in order, without gaps",
        description=(
            "Whole decisions only, so a page may hold a few events more or fewer than `limit`. "
            "As application/jsonl everything from `after` to head is streamed, each line the "
            "stored bytes."
        ),
        says="Events after a position.",
        parameters=(
            _parameter("after", "The position before the first event.", {**_NUMBER, "default": 0}),
            _parameter(
                "limit",
                "Events a page.",
                {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
            ),
            _parameter(
                "wait",
                "Seconds to wait when there is nothing yet, or nothing of these topics.",
                {"type": "integer", "minimum": 0, "maximum": 60, "default": 0},
            ),
            _TOPICS,
            _parameter("format", "Instead of Accept.", {"enum": ["json", "jsonl"]}),
            *_WAITING,
        ),
        answers={"application/json": ref(FeedPage), "application/jsonl": {"type": "string"}},
        example={"events": [], "next": 12, "head": 12},
        refusals=((406, "NotAcceptable"), _INVALID, *_DOWN, _LATE),
    ),
    Operation(
        path="/v1/events/stream",
        method="get",
        name="events_stream",
        tag="feed",
        summary="What is recorded, live, as server-sent events",
        description=(
            "`id` is the position. Resumes after Last-Event-ID, else after `after`, else from "
            "head. A comment comes every 15 seconds of silence. At least once, in order. A dated "
            "step that falls due while you follow comes once as `event: due` without an id, with "
            "the fields of an item of /v1/due."
        ),
        says="A stream of events.",
        parameters=(
            _parameter("after", "The position before the first event.", _NUMBER),
            _parameter("Last-Event-ID", "The last id seen.", _NUMBER, "header"),
            _TOPICS,
        ),
        answers={"text/event-stream": {"type": "string"}},
        example='id: 12\ndata: {"topic":"granted.v1"}\n\n'
        'event: due\ndata: {"at":"2027-03-09T00:00:00.000000Z","kind":"end","quantity":16}\n\n',
        refusals=(_INVALID, *_DOWN, _LATE, (503, "TooManySubscribers")),
    ),
)

HEALTH: Final = (
    Operation(
        path="/v1/receipts",
        method="get",
        name="receipts",
        tag="feed",
        summary="What was answered to one of your keys",
        description="Keys belong to the person: another's key is unknown here.",
        says="The stored answer.",
        parameters=(_parameter("key", "The idempotency key.", {"type": "string"}, required=True),),
        answers={"application/json": ref(Receipt)},
        example={"key": "a", "status": 201, "position": 12, "decision": None, "answer": {}},
        refusals=((404, "UnknownKey"), _INVALID, *_DOWN),
    ),
    Operation(
        path="/v1/position",
        method="get",
        name="position",
        tag="feed",
        summary="The head of the log, and how far each read model is",
        description=(
            "A read model that stopped says so in `state`. With `min_position` it answers once "
            "every read model reflects that: whether you are caught up with what you just wrote."
        ),
        says="Where everything stands.",
        parameters=_WAITING,
        answers={"application/json": ref(Positions)},
        example={"head": 12, "projections": []},
        refusals=(_INVALID, *_DOWN, _LATE),
    ),
    Operation(
        path="/livez",
        method="get",
        name="livez",
        tag="health",
        summary="Whether the process answers",
        description="Asks nothing of the database.",
        says="It does.",
        answers={"text/plain": {"type": "string"}},
        example="alive\n",
        is_open=True,
    ),
    Operation(
        path="/readyz",
        method="get",
        name="readyz",
        tag="health",
        summary="Whether commands are taken and read models keep up, in words",
        description="503 with the same body when a check is red.",
        says="Everything is as it must be.",
        answers={"application/json": ref(Readiness)},
        example={
            "ready": True,
            "checks": [{"name": "writing", "ok": True, "words": "what is decided is stored"}],
        },
        is_open=True,
        also={
            "503": {
                "description": "Something is not: the checks that are red say what.",
                "content": {"application/json": {"schema": ref(Readiness)}},
            }
        },
    ),
    Operation(
        path="/metrics",
        method="get",
        name="metrics",
        tag="health",
        summary="Counters and gauges for Prometheus",
        description="Text exposition format.",
        says="The metrics.",
        answers={"text/plain": {"type": "string"}},
        example="allot_head_position 12.0\n",
        is_open=True,
    ),
    Operation(
        path="/version",
        method="get",
        name="version",
        tag="health",
        summary="Which release answers",
        description="The name and version of the package.",
        says="The release.",
        answers={"application/json": ref(Version)},
        example={"name": "allot", "version": "0.1.0"},
        is_open=True,
    ),
)
