"""The parameters of the reads: one table tells what is taken and what the reference says of it."""

from typing import Final

from msgspec import Struct

from api.reference.schemas import Json
from ledger.events import TOPICS
from ledger.quantities import LARGEST
from projections.history.search import FLAGS


class Parameter(Struct, frozen=True, kw_only=True):
    """A parameter of the query, or of the path."""

    name: str
    says: str
    schema: Json
    where: str = "query"
    is_needed: bool = False
    may_repeat: bool = False
    example: object = None

    def described(self) -> Json:
        """As OpenAPI describes it."""
        told: Json = {
            "name": self.name,
            "in": self.where,
            "description": self.says,
            "schema": self.schema,
        }
        if self.is_needed:
            told["required"] = True
        if self.may_repeat:
            told["explode"] = True
        if self.example is not None:
            told["example"] = self.example
        return told


def _id(of: str, example: str) -> Json:
    return {
        "type": "string",
        "maxLength": 200,
        "pattern": r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$",
        "description": f"the id of a {of}, e.g. {example}",
    }


_UUID: Final[Json] = {
    "type": "string",
    "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
}
_TIME: Final[Json] = {"type": "string", "format": "date-time"}
_TEXT: Final[Json] = {"type": "string", "minLength": 1, "maxLength": 1000}
_POSITION: Final[Json] = {"type": "integer", "minimum": 0, "maximum": LARGEST}

POOL: Final = Parameter(name="pool", says="This pool alone.", schema=_id("pool", "phoenix/h100"))
STATED_POOL: Final = Parameter(
    name="pool", says="The pool it is about.", schema=_id("pool", "phoenix/h100"), is_needed=True,
    example="phoenix/h100",
)  # fmt: skip
UNIT: Final = Parameter(
    name="unit", says="This unit alone, without what stands below it.",
    schema=_id("unit", "research/vision"),
)  # fmt: skip
UNDER: Final = Parameter(
    name="under", says="This unit and all below it.", schema=_id("unit", "research")
)
PERSON: Final = Parameter(name="person", says="Given to this person.", schema=_TEXT)
BY: Final = Parameter(
    name="by", says="Decided by this person, or on that person's behalf.", schema=_TEXT
)
VALID_AT: Final = Parameter(
    name="valid_at",
    says="The instant asked about, RFC 3339 with a zone. Left out: now.",
    schema=_TIME,
)
KNOWN_AT: Final = Parameter(
    name="known_at",
    says="As the record stood then: a position (inside a decision: its end), or a time. "
    "Left out: the newest. In the future: 422.",
    schema={"anyOf": [_POSITION, _TIME]},
)
KNOWN_FROM: Final = Parameter(
    name="known_from",
    says="As the record stood then: a position or a time. In the future: 422.",
    schema={"anyOf": [_POSITION, _TIME]},
    is_needed=True,
    example=30,
)
KNOWN_TO: Final = Parameter(
    name="known_to",
    says="As the record stood then: a position or a time, not before `known_from`. Left out: the "
    "newest.",
    schema={"anyOf": [_POSITION, _TIME]},
)
AT_ONE_INSTANT: Final = Parameter(
    name="valid_at", says="Holdings at this instant alone. Left out: over all time.", schema=_TIME
)
ORG: Final = Parameter(
    name="org",
    says="Who belongs to whom: as it was then, or as it is now.",
    schema={"enum": ["then", "now"], "default": "then"},
)
FROM: Final = Parameter(
    name="from", says="The first instant. Left out: when the first grant starts.", schema=_TIME
)
TO: Final = Parameter(
    name="to", says="The first instant after the period. Left out: now.", schema=_TIME
)
AHEAD_FROM: Final = Parameter(
    name="from", says="The instant asked about. Left out: now.", schema=_TIME
)
AHEAD_VALID_AT: Final = Parameter(name="valid_at", says="The same as `from`.", schema=_TIME)
UNTIL_90: Final = Parameter(
    name="until", says="The last instant of the curves. Left out: 90 days on.", schema=_TIME
)
UNTIL_14: Final = Parameter(
    name="until", says="The first instant after the window. Left out: 14 days on.", schema=_TIME
)
UNTIL_EXPECTED: Final = Parameter(
    name="until", says="Only what is likely to be back by then.", schema=_TIME
)
UNTIL_ROOM: Final = Parameter(
    name="until", says="The room that is there at any instant before this one. Left out: now.",
    schema=_TIME,
)  # fmt: skip
REQUEST_STATUS: Final = Parameter(
    name="status",
    says="Only those of this status at the instant; `waiting`: those that wait for something.",
    schema={
        "enum": ["any", "waiting", "withdrawn", "lapsed", "appealed", "open", "denied", "deferred",
                 "awarded", "fulfilled"],
        "default": "any",
    },
)  # fmt: skip
PROPOSAL_STATUS: Final = Parameter(
    name="status",
    says="Only those of this status at the instant.",
    schema={
        "enum": ["any", "waiting", "confirmed", "rejected", "withdrawn", "lapsed"],
        "default": "any",
    },
)
CURSOR: Final = Parameter(
    name="cursor",
    says="The `next` of the page before. It holds every other parameter and the head that the "
    "first page was read at.",
    schema={"type": "string"},
)
LIMIT: Final = Parameter(
    name="limit", says="Rows a page.",
    schema={"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
)  # fmt: skip
FORMAT: Final = Parameter(
    name="format", says="Instead of Accept.", schema={"enum": ["json", "jsonl", "csv"]}
)
JSON_ONLY: Final = Parameter(name="format", says="Instead of Accept.", schema={"enum": ["json"]})
MIN_POSITION: Final = Parameter(
    name="min_position",
    says="Answer once this position is reflected: the Allot-Position of a command of yours.",
    schema=_POSITION,
)
WAIT_S: Final = Parameter(
    name="wait_s",
    says="Seconds to wait for that at most; then 503 with Retry-After.",
    schema={"type": "number", "minimum": 0, "maximum": 60, "default": 5},
)
WAITING: Final = (MIN_POSITION, WAIT_S)
PAGES: Final = (LIMIT, CURSOR, FORMAT, *WAITING)
CLOCKS: Final = (VALID_AT, KNOWN_AT)
PERIOD: Final = (FROM, TO)
GRANT: Final = Parameter(name="grant", says="Events about this grant.", schema=_UUID)
GRANT_PATH: Final = Parameter(
    name="grant", says="The grant's id.", schema=_UUID, where="path", is_needed=True
)
REQUEST_PATH: Final = Parameter(
    name="request", says="The request's id.", schema=_UUID, where="path", is_needed=True
)


def grouped(*by: str) -> Parameter:
    """What rows are summed by; the first is the default."""
    return Parameter(
        name="group", says="What a row stands for. `parent` sums the members of each unit.",
        schema={"enum": list(by), "default": by[0]},
    )  # fmt: skip


EVERY: Final = Parameter(
    name="every",
    says="Steps of this length from `from` on, instead of one from change to change: a number "
    "and h, d, w or mo (calendar months).",
    schema={"type": "string", "pattern": "^[1-9][0-9]{0,3}(h|d|w|mo)$"},
    example="1d",
)
HISTORY: Final = (
    Parameter(
        name="q",
        says="Audit search: `by: unit: under: pool: topic: code: decision: flag: grant: request: "
        "key: position:4711 recorded:>=2026-01-01 effective:2026-01-01..2026-02-01`, `#4711` for "
        "`position:4711`, quoted and free words of the reasons, each with `-` for the contrary; "
        "what is quoted may say `\"\"` for a quotation mark. "
        "All must hold; several topics, codes, decisions, keys or positions are alternatives.",
        schema=_TEXT,
        example="by:operator@lab -topic:noted.v1",
    ),
    POOL, UNIT, UNDER, BY,
    Parameter(
        name="topic", says="One of these topics.", may_repeat=True,
        schema={"type": "array", "items": {"enum": sorted(TOPICS)}},
    ),
    GRANT,
    Parameter(
        name="request", says="Events about this request, or done for it.", schema=_UUID
    ),
    Parameter(name="decision", says="The events of this decision.", schema=_UUID),
    Parameter(name="flag", says="Events so flagged.", schema={"enum": list(FLAGS)}),
    Parameter(name="from", says="Not before this, by `clock`.", schema=_TIME),
    Parameter(name="to", says="Before this, by `clock`.", schema=_TIME),
    Parameter(
        name="clock", says="Which time `from` and `to` speak of.",
        schema={"enum": ["recorded", "effective"], "default": "recorded"},
    ),
    Parameter(name="after", says="Events after this position.", schema=_POSITION),
    Parameter(
        name="order", says="By position, oldest or newest first.",
        schema={"enum": ["asc", "desc"], "default": "asc"},
    ),
)  # fmt: skip

WHAT: Final = Parameter(
    name="what",
    says="Every event as it is stored, or what grants have in hand over all time (with valid_at: "
    "what they have at that instant).",
    schema={"enum": ["events", "holdings"]},
    is_needed=True,
    example="events",
)
EXPORT_FORMAT: Final = Parameter(
    name="format", says="Instead of Accept.", schema={"enum": ["jsonl", "csv"]}
)
