"""The limits that protect a process: what sets each, and what whoever meets it is told."""

from typing import Final, Literal

from msgspec import Struct

LimitName = Literal[
    "head_size", "head_time", "body_size", "body_time", "line_size", "bulk_lines", "bulk_bytes",
    "nesting", "queue", "answer_time", "reads", "read_time", "read_lock", "connections",
    "subscribers", "slow_reader", "commands_of_a_person", "reads_of_a_person",
]  # fmt: skip


class Limit(Struct, frozen=True, kw_only=True):
    """One limit. `settings` name fields of Settings; `fixed` says what no setting changes."""

    name: LimitName
    bounds: str
    settings: tuple[str, ...] = ()
    fixed: str = ""
    answer: str


LIMITS: Final = (
    Limit(
        name="head_size",
        bounds="the request line and the headers together, and how many headers",
        settings=("head_bytes_max", "headers_max"),
        answer="431 `HeadTooLarge`",
    ),
    Limit(
        name="head_time",
        bounds="from the first byte of a head, or the beginning of a connection, to its end",
        settings=("head_s",),
        answer="408 `HeadTooSlow`; nothing where nothing was sent",
    ),
    Limit(
        name="body_size",
        bounds="a body; what is too large is not read to its end",
        fixed="64 KiB; `/v1/decisions` 1 MiB, `/v1/commands` 16 MiB, forms 512 KiB",
        answer="413 `TooLarge`",
    ),
    Limit(
        name="body_time",
        bounds="from the end of the head to the end of the body",
        settings=("body_s",),
        answer="408 `BodyTooSlow`",
    ),
    Limit(
        name="line_size",
        bounds="one line of `/v1/commands`",
        fixed="1 MiB",
        answer="200, and 413 `TooLarge` for that line",
    ),
    Limit(
        name="bulk_lines",
        bounds="the lines of one request",
        settings=("lines_max",),
        answer="413 `TooLarge`",
    ),
    Limit(
        name="bulk_bytes",
        bounds="what all bulk requests under way hold together",
        settings=("bulk_bytes_max",),
        answer="503 `TooMuchAtOnce`",
    ),
    Limit(
        name="nesting",
        bounds="how deep JSON is nested",
        fixed="100 levels",
        answer="400 `Malformed`",
    ),
    Limit(
        name="queue",
        bounds="commands that wait for the committer, by number and by bytes",
        settings=("waiting_max", "waiting_bytes_max"),
        answer="503 `TooManyWaiting`: nothing was recorded",
    ),
    Limit(
        name="answer_time",
        bounds="how long a command is waited for",
        settings=("answer_s",),
        answer="503 `AnswerLate`: the fate of a command is unknown",
    ),
    Limit(
        name="reads",
        bounds="reads at once, and how long one more waits for a place",
        settings=("reading_connections", "read_wait_s"),
        answer="503 `ReadersBusy`",
    ),
    Limit(
        name="read_time",
        bounds="one statement of a read",
        settings=("read_s",),
        answer="503 `ReadTooLong`",
    ),
    Limit(
        name="read_lock",
        bounds="how long a read waits for a lock",
        settings=("read_lock_s",),
        answer="503 `Locked`",
    ),
    Limit(
        name="connections",
        bounds="connections; the doors of health stay open beyond it",
        settings=("connections_max",),
        answer="503 `TooManyConnections`",
    ),
    Limit(
        name="subscribers",
        bounds="live subscribers of the feed",
        settings=("subscribers_max",),
        answer="503 `TooManySubscribers`",
    ),
    Limit(
        name="slow_reader",
        bounds="how long an answer, or a live stream, is held for who takes nothing of it",
        settings=("reader_s",),
        answer="the connection is cut; a stream resumes by `Last-Event-ID`",
    ),
    Limit(
        name="commands_of_a_person",
        bounds="commands a second, and at once, each bulk line counted; 0 a second is no limit",
        settings=("commands_per_s", "commands_burst"),
        answer="429 `TooManyRequests`",
    ),
    Limit(
        name="reads_of_a_person",
        bounds="reads and pages a second, and at once; 0 a second is no limit",
        settings=("reads_per_s", "reads_burst"),
        answer="429 `TooManyRequests`",
    ),
)
