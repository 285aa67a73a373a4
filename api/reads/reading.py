"""One read from question to answer: what it takes, what it finds, in which form it is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final, TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from api.problems import Problem
from api.reads import forms
from api.reads.asked import Asked
from api.reads.cursors import Cursor, Key, written
from api.reads.forms import Form, wished_form
from api.reads.look import Behind, Look, look
from api.reads.parameters import Parameter
from api.reads.shapes import Answer
from api.running import Running, running
from ledger.periods import FOREVER

T = TypeVar("T")
LIST_FORMS: Final[tuple[Form, ...]] = ("json", "jsonl", "csv")


class Found(Struct, frozen=True, kw_only=True):
    """An answer: `after` is the key of its last row when more follow.

    `is_fixed` says that every clock was named by the caller, and org is not now.
    """

    answer: Answer
    is_fixed: bool
    after: Key | None = None


class Read(Struct, frozen=True, kw_only=True):
    """A read as it is asked for and described.

    `columns` are those of its rows as CSV; the rows stand in the answer's field `listed`.
    """

    path: str
    name: str
    summary: str
    description: str
    says: str
    parameters: tuple[Parameter, ...]
    find: Callable[[Look, Asked], Found]
    answer: type[Answer]
    example: object
    refusals: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    listed: str = "items"

    @property
    def forms(self) -> Sequence[Form]:
        """The forms it comes in: lists in three, a single thing as JSON."""
        return LIST_FORMS if self.columns else ("json",)


class _Given(Struct, frozen=True):
    body: bytes
    headers: dict[str, str]


def endpoint(read: Read) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of a read."""
    known = tuple(one.name for one in read.parameters if one.where == "query")

    async def take(request: Request) -> Response:
        # Answers are counted by the path as it is declared, not by the ids in it.
        request.scope["route"] = read
        now = running(request)
        await now.identity.of(request)
        asked = Asked(request, known)
        asked.check(known)
        form = wished_form(request, asked, read.forms)
        given = await once_reflected(now, asked, lambda: _give(read, now, asked, form))
        return forms.answered(request, given.body, forms.MEDIA_TYPES[form], given.headers)

    return take


async def once_reflected(now: Running, asked: Asked, find: Callable[[], T]) -> T:
    """What a function finds, once the read models reflect what it needs. Problem 503 if late."""
    loop = asyncio.get_running_loop()
    until = loop.time() + asked.wait_s
    while True:
        try:
            return await now.readers.run(find)
        except Behind as behind:
            left = max(0.0, until - loop.time())
            await now.waiting.until(behind.position, left, seen=behind.reflected)


def _give(read: Read, now: Running, asked: Asked, form: Form) -> _Given:
    """Find and write the answer. For a thread, not the loop."""
    with look(now.pool, asked) as seen:
        found = read.find(seen, asked)
    answer = found.answer
    fixed = found.is_fixed and seen.reflected > answer.known_at and asked.org != "now"
    headers = {
        "Allot-Position": str(answer.position),
        "Allot-Known-At": str(answer.known_at),
        "Cache-Control": forms.FIXED if fixed else forms.CHANGING,
    }
    valid_at = getattr(answer, "valid_at", None)
    if valid_at is not None:
        headers["Allot-Valid-At"] = valid_at
    if found.after is not None:
        cursor = written(_further(asked, seen, found, found.after))
        query = urlencode([*asked.pinned, *asked.free, ("cursor", cursor)])
        headers["Link"] = f'<{asked.path}?{query}>; rel="next"'
        if form == "json":
            answer = msgspec.structs.replace(answer, next=cursor)
    if form == "json":
        return _Given(msgspec.json.encode(answer), headers)
    items: tuple[object, ...] = getattr(answer, read.listed, ())
    if form == "jsonl":
        return _Given(forms.as_lines(items), headers)
    return _Given(forms.as_csv(map(plain, items), read.columns, head=True), headers)


def _further(asked: Asked, seen: Look, found: Found, after: Key) -> Cursor:
    """Where the next page begins.

    When every clock was named neither the head nor the time of asking is looked at again: the
    cursor has nothing of them, so that the page is the same bytes for ever (decision 8).
    """
    return Cursor(
        path=asked.path,
        asked=tuple(asked.pinned),
        head=found.answer.known_at if found.is_fixed else seen.head,
        now=FOREVER if found.is_fixed else seen.now,
        after=after,
    )


def plain(row: object) -> Mapping[str, object]:
    """A row as JSON says it."""
    if isinstance(row, msgspec.Raw):
        return msgspec.json.decode(row, type=dict[str, object])
    return msgspec.to_builtins(row)


def columns_of(kind: type[Struct]) -> tuple[str, ...]:
    """The names of a row's fields as they are written."""
    return tuple(field.encode_name for field in msgspec.structs.fields(kind))


def paged(
    rows: Iterable[T], key: Callable[[T], Key], asked: Asked
) -> tuple[tuple[T, ...], Key | None]:
    """One page of rows in the order of their keys, and the key it ends with when more follow."""
    after = asked.cursor.after if asked.cursor else None
    limit = asked.limit
    page: list[T] = []
    for row in rows:
        if after is not None and key(row) <= after:
            continue
        if len(page) == limit:
            return tuple(page), key(page[-1])
        page.append(row)
    return tuple(page), None


def unknown(kind: str, name: str, position: int) -> Problem:
    """404: an id in a filter that nothing recorded up to a position has named."""
    return Problem(
        404,
        f"Unknown{kind.capitalize()}",
        f"There is no {kind} {name}, as recorded up to position {position}.",
        position=position,
    )
