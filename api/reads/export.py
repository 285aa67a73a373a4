"""GET /v1/export: whole tables, streamed: every event, or every holding over all time."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, Literal, TypeVar

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.feed.pace import Pace
from api.problems import Problem, invalid
from api.reads import forms
from api.reads.asked import Asked
from api.reads.forms import Form, wished_form
from api.reads.look import Look, look
from api.reads.parameters import (
    AT_ONE_INSTANT,
    EXPORT_FORMAT,
    KNOWN_AT,
    WAITING,
    WHAT,
    Parameter,
)
from api.reads.reading import columns_of, once_reflected
from api.running import Running, running
from ledger.events import Recorded
from ledger.periods import BEGINNING, FOREVER, Instant, or_null
from ledger.vocabulary import GrantClass
from projections.holdings import runs as record
from projections.organisation import read as organisation

What = Literal["events", "holdings"]
WHATS: Final[tuple[What, ...]] = ("events", "holdings")
FORMS: Final[tuple[Form, ...]] = ("jsonl", "csv")
EVENTS_AT_ONCE: Final = 1000
UNITS_AT_ONCE: Final = 5
PARAMETERS: Final[tuple[Parameter, ...]] = (WHAT, EXPORT_FORMAT, AT_ONE_INSTANT, KNOWN_AT, *WAITING)
KNOWN: Final = tuple(parameter.name for parameter in PARAMETERS)
EVENT_COLUMNS: Final = ("topic", *columns_of(Recorded), "data")

T = TypeVar("T")


class HeldOver(Struct, frozen=True, kw_only=True):
    """What a grant has in hand over `[from, to)`; null = open."""

    pool: str
    unit: str
    grant: str
    grant_class: GrantClass = msgspec.field(name="class")
    quantity: int
    start: Instant = msgspec.field(name="from")
    end: Instant | None = msgspec.field(name="to")


HOLDING_COLUMNS: Final = columns_of(HeldOver)


class _Plan(Struct, frozen=True, kw_only=True):
    known_at: int
    valid_at: Instant | None
    is_fixed: bool
    units: tuple[str, ...]


async def export(request: Request) -> Response:
    """Stream a table as it is believed at one position.

    Events are the stored bytes, a line each, from the first to `known_at`.
    """
    now = running(request)
    await now.identity.of(request)
    asked = Asked(request, KNOWN)
    asked.check(KNOWN)
    what = _what(asked)
    form = wished_form(request, asked, FORMS)
    plan = await once_reflected(now, asked, lambda: _plan(now, asked, what))
    media_type = forms.MEDIA_TYPES[form]
    told = msgspec.json.encode((what, form, plan.known_at, plan.valid_at))
    headers = {
        "Allot-Position": str(plan.known_at),
        "Allot-Known-At": str(plan.known_at),
        "Cache-Control": forms.FIXED if plan.is_fixed else forms.CHANGING,
        "Content-Disposition": f'attachment; filename="{what}-{plan.known_at}.{form}"',
        "ETag": forms.validator(told, media_type),
        "Vary": forms.VARY,
    }
    if forms.is_known(request, headers["ETag"]):
        return Response(None, 304, headers)
    if request.method == "HEAD":
        # How long it is shows only when it is made.
        answer = Response(None, 200, headers, media_type)
        del answer.headers["content-length"]
        return answer
    blocks = _events(now, plan, form) if what == "events" else _holdings(now, plan, form)
    return StreamingResponse(_sent(now, blocks), 200, headers, media_type)


def _what(asked: Asked) -> What:
    if asked.text("what") is None:
        raise invalid(f"what is {' or '.join(WHATS)}.", parameter="what")
    what = asked.one_of("what", WHATS)
    if what == "events" and asked.text("valid_at") is not None:
        raise invalid("valid_at goes with holdings: events have no instant.", parameter="valid_at")
    return what


def _plan(now: Running, asked: Asked, what: What) -> _Plan:
    with look(now.pool, asked) as seen:
        known_at, is_known = seen.known_at(asked)
        units = _units(seen, known_at) if what == "holdings" else ()
    return _Plan(
        known_at=known_at,
        valid_at=asked.instant("valid_at"),
        # Without valid_at the answer is about all time, so that known_at is the only clock.
        is_fixed=is_known and seen.reflected > known_at,
        units=units,
    )


def _units(seen: Look, known_at: int) -> tuple[str, ...]:
    runs = organisation.runs(seen.connection, known_at)
    return tuple(sorted({run.unit for run in runs}))


async def _sent(now: Running, blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    # Each block is made when the connection has taken the one before; no place is kept between.
    while (block := await now.readers.run_at_leisure(lambda: next(blocks, None))) is not None:
        yield block


def _events(now: Running, plan: _Plan, form: Form) -> Iterator[bytes]:
    if form == "csv":
        yield forms.as_csv((), EVENT_COLUMNS, head=True)
    position = 0
    pace = Pace(EVENTS_AT_ONCE)
    while position < plan.known_at:
        some = now.log.read(position, min(pace.count, plan.known_at - position))
        if not some:
            raise Problem(503, "Unavailable", f"The log ends before position {plan.known_at}.")
        pace.read(some)
        position = some[-1].position
        if form == "csv":
            rows = [msgspec.json.decode(one.stored, type=dict[str, object]) for one in some]
            yield forms.as_csv(rows, EVENT_COLUMNS, head=False)
        else:
            yield b"".join([one.stored + b"\n" for one in some])


def _holdings(now: Running, plan: _Plan, form: Form) -> Iterator[bytes]:
    if form == "csv":
        yield forms.as_csv((), HOLDING_COLUMNS, head=True)
    for units in _batches(plan.units, UNITS_AT_ONCE):
        rows = _held(now, plan, units)
        if form == "csv":
            yield forms.as_csv(map(_plain, rows), HOLDING_COLUMNS, head=False)
        else:
            yield forms.as_lines(rows)


def _held(now: Running, plan: _Plan, units: Sequence[str]) -> list[HeldOver]:
    """The holdings of some units, by unit, pool and time: all, or those at an instant."""
    with now.pool.connection() as connection:
        if plan.valid_at is None:
            spans = record.spans(
                connection,
                pool=None,
                units=units,
                start=BEGINNING,
                end=FOREVER,
                known_at=plan.known_at,
            )
        else:
            spans = record.spans_at(
                connection,
                pool=None,
                units=units,
                valid_at=plan.valid_at,
                known_at=plan.known_at,
            )
    return [
        HeldOver(
            pool=one.pool,
            unit=one.unit,
            grant=one.grant,
            grant_class=one.grant_class,
            quantity=one.quantity,
            start=one.start,
            end=or_null(one.end),
        )
        for one in sorted(spans, key=lambda one: (one.unit, one.pool, one.start, one.grant))
    ]


def _plain(row: HeldOver) -> Mapping[str, object]:
    return msgspec.to_builtins(row)


def _batches(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    left = iter(items)
    while some := tuple(islice(left, size)):
        yield some
