"""Print a list of the API: every page of it, in any of the four forms, with the clocks it used."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import msgspec

from api.cli.asking import client_of, refuse
from api.cli.catching_up import catch_up
from api.cli.options import Output
from api.cli.output import Row, say, show_document, show_rows
from api.cli.verbs import View

_ALL: Final = 1_000  # the largest page the API gives


def show_list(
    path: str,
    params: Mapping[str, str | None],
    columns: tuple[str, ...],
    *,
    view: View,
    at_most: int | None = None,
    only: bool = False,
    rare: Collection[str] = (),
    shown: Mapping[str, Callable[[object], str]] | None = None,
) -> int:
    """Print a list of the API, all its pages; returns how many rows it has.

    With `at_most` it says when there are more, and in JSON where they go on (`next`). On a table
    `only` leaves out all but the named columns, those of them that are `rare` unless some row has
    one, and `shown` puts cells into words.
    """
    rows: list[Row] = []
    first: dict[str, object] = {}
    next_page, is_cut = None, False
    with client_of(view.url, view.actor, "allot") as client:
        catch_up(client)
        asked = dict(params) | {"limit": str(min(at_most or _ALL, _ALL))}
        for reply, page in client.pages(path, asked):
            if page is None:
                refuse(reply, view.form)
            first = first or reply.read(dict[str, object])
            taken = page.items if at_most is None else page.items[: at_most - len(rows)]
            rows += taken
            next_page = page.next if len(taken) == len(page.items) else None
            is_cut = page.next is not None or len(taken) < len(page.items)
            if at_most is not None and len(rows) >= at_most:
                break
    if is_cut:
        say(f"There are more than these {len(rows)}: --limit, or a narrower question.")
    if view.form is Output.JSON:
        show_document(msgspec.json.encode(first | {"items": rows, "next": next_page}))
        return len(rows)
    table = rows
    if view.form is Output.TABLE:
        words = shown or {}
        columns = _met(columns, rare, rows)
        table = [
            {name: words[name](cell) if name in words else cell
             for name, cell in (_only(row, columns) if only else row).items()}
            for row in rows
        ]  # fmt: skip
    show_rows(table, view.form, columns)
    say(reflects(first.items()))
    return len(rows)


def _met(columns: Iterable[str], rare: Collection[str], rows: Iterable[Row]) -> tuple[str, ...]:
    """The columns, without those that are rare and of which no row has one."""
    missing = set(rare).difference(*rows)
    return tuple(name for name in columns if name not in missing)


def _only(row: Row, columns: tuple[str, ...]) -> Row:
    return {name: row.get(name) for name in columns}


def reflects(named: Iterable[tuple[str, object]]) -> str:
    """The clocks an answer was read by, in words."""
    used = [f"{name} {value}" for name, value in named if name in _CLOCKS and value is not None]
    return ", ".join(used)


_CLOCKS: Final = (
    "position", "valid_at", "known_at", "known_from", "known_to", "from", "until", "clock",
)  # fmt: skip
