"""The routes that take commands: parse, hand over, await, send the answer's bytes as stored."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.bodies import read_body
from api.decisions.commands import BULK_MAX, DOORS, Door
from api.decisions.headers import demand_json, demand_lines, is_dry_run, read_key, read_via
from api.decisions.parsing import Parsed, parse_command, parse_line
from api.problems import MEDIA_TYPE, Problem, count_limit
from api.running import Running, running
from api.scopes import SignedIn
from ledger.asks import REPLAYED, Answer, Ask
from ledger.facts import Via

LINES_AT_ONCE: Final = 1000
"""As many lines are parsed and judged before the next are: the loop is never held for long."""

_encoder = msgspec.json.Encoder()


class LineAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one bulk line is answered with."""

    key: str | None
    status: int
    position: int | None = None
    replayed: bool = False
    problem: msgspec.Raw | None = None


def routes() -> Iterable[BaseRoute]:
    """Every POST route of this package."""
    yield from (
        Route(door.path, _endpoint(door), methods=["POST"], name=f"command:{door.do}")
        for door in DOORS
    )
    yield Route("/v1/commands", take_lines, methods=["POST"], name="commands")


def _endpoint(door: Door) -> Callable[[Request], Awaitable[Response]]:
    async def take(request: Request) -> Response:
        now = running(request)
        who = await now.identity.of(request, "write")
        demand_json(request)
        dry_run = is_dry_run(request)
        key = "" if dry_run else read_key(request)
        via = read_via(request, who.credential)
        body = await read_body(request, door.body_max, now.settings.body_s)
        parsed = parse_command(body, door.do)
        return sent(await now.desk.ask(_ask(parsed, who, via, key, dry_run), len(body)))

    return take


async def take_lines(request: Request) -> Response:
    """Judge each line in order as a decision of its own; a failed line stops nothing."""
    now = running(request)
    # Its lines are counted once it is known how many they are.
    who = await now.identity.of(request, "write", 0)
    demand_lines(request)
    dry_run = is_dry_run(request)
    via = read_via(request, who.credential)

    def ask(parsed: Parsed, key: str) -> Ask:
        return _ask(parsed, who, via, "" if dry_run else key, dry_run)

    position = now.head()
    answers: list[LineAnswer] = []
    with now.room.share() as take:
        body = await read_body(request, BULK_MAX, now.settings.body_s, take)
        lines = _lines(body, now.settings.lines_max)
        now.identity.count(who, "write", len(lines))
        for start in range(0, len(lines), LINES_AT_ONCE):
            some = lines[start : start + LINES_AT_ONCE]
            read = [parse_line(line) for line in some]
            for _, parsed in read:
                if isinstance(parsed, Problem):
                    count_limit(request, parsed)
            size = sum(map(len, some))
            try:
                answers += await _judge(now, read, size, ask)
            except Problem as late:
                count_limit(request, late)
                answers += [
                    _line(key, parsed if isinstance(parsed, Problem) else late)
                    for key, parsed in read
                ]
    position = max([position, *(answer.position or 0 for answer in answers)])
    return Response(
        _encoder.encode_lines(answers), 200, {"Allot-Position": str(position)}, BULK_TYPE
    )


BULK_TYPE: Final = "application/x-ndjson"


def _lines(body: bytes, at_most: int) -> list[bytes]:
    if body.count(b"\n") > at_most:
        detail = f"One request takes {at_most:,} lines: send the rest in another."
        raise Problem(413, "TooLarge", detail, limit="bulk_lines")
    return [line for line in body.split(b"\n") if line.strip()]


async def _judge(
    now: Running,
    read: Sequence[tuple[str | None, Parsed | Problem]],
    size: int,
    ask: Callable[[Parsed, str], Ask],
) -> list[LineAnswer]:
    asks = [ask(parsed, key or "") for key, parsed in read if isinstance(parsed, Parsed)]
    given = iter(await now.desk.ask_in_order(asks, size))
    return [
        _line(key, parsed if isinstance(parsed, Problem) else next(given)) for key, parsed in read
    ]


def _line(key: str | None, answer: Answer | Problem) -> LineAnswer:
    if isinstance(answer, Problem):
        return LineAnswer(key=key, status=answer.status, problem=msgspec.Raw(answer.body()))
    refused = answer.status >= 400
    return LineAnswer(
        key=key,
        status=answer.status,
        position=None if answer.status == 200 else answer.position or None,
        replayed=answer.replayed,
        problem=msgspec.Raw(answer.body) if refused else None,
    )


def _ask(parsed: Parsed, who: SignedIn, via: Via, key: str, dry_run: bool) -> Ask:
    return Ask(
        command=parsed.command,
        by=who.person,
        via=via,
        key=key,
        fingerprint=parsed.fingerprint,
        dry_run=dry_run,
    )


def sent(answer: Answer) -> Response:
    """The HTTP answer: status and bytes as the committer gave or found them.

    What was not judged tells of no position, and gets the newest that is known (`Observing`).
    """
    headers = {"Allot-Position": str(answer.position)} if answer.position else {}
    if answer.replayed:
        headers[REPLAYED] = "true"
    if answer.status in (429, 503):
        headers["Retry-After"] = "1"
    media_type = MEDIA_TYPE if answer.status >= 400 else "application/json"
    return Response(answer.body, answer.status, headers, media_type)
