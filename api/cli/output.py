"""What a person sees: data on stdout in one of four forms, talk and progress on stderr."""

import csv
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import msgspec

from api.cells import guarded
from api.cli.options import Output

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID
    from rich.text import Text

Row = Mapping[str, object]
# A pipe has no width: what is cut off there is lost.
_WIDTH_OF_A_PIPE = 10_000
GAP = 2
"""Between two columns of a table."""


def console(stream: IO[str]) -> "Console":
    """A console on a stream: plain off a terminal or under NO_COLOR, never cut in a pipe."""
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else _WIDTH_OF_A_PIPE, soft_wrap=True)


def say(words: str) -> None:
    """Say something to the person; it is no data, and comes after the data printed before."""
    sys.stdout.flush()
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


def show_document(body: bytes) -> None:
    """Print a JSON document, indented, as it came."""
    sys.stdout.write(msgspec.json.format(body, indent=2).decode() + "\n")


def show_rows(rows: Sequence[Row], form: Output, columns: Sequence[str] = ()) -> None:
    """Print rows as table, JSON lines or CSV; `columns` come first and stand even without rows."""
    if form is Output.JSON:
        show_document(msgspec.json.encode(rows))
    elif form is Output.JSONL:
        for row in rows:
            sys.stdout.write(msgspec.json.encode(row).decode() + "\n")
    elif form is Output.CSV:
        _show_csv(rows, _columns(rows, columns))
    else:
        _show_table(rows, _columns(rows, columns))


def _columns(rows: Sequence[Row], first: Sequence[str]) -> list[str]:
    named = dict.fromkeys(first)
    for row in rows:
        named.update(dict.fromkeys(row))
    return list(named)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def _show_csv(rows: Sequence[Row], columns: Sequence[str]) -> None:
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(columns)
    for row in rows:
        out.writerow([_csv_cell(row.get(column)) for column in columns])


def _csv_cell(value: object) -> str:
    # Numbers may begin with a minus; text may not, to a spreadsheet.
    return guarded(value) if isinstance(value, str) else _cell(value)


def _show_table(rows: Sequence[Row], columns: Sequence[str]) -> None:
    from rich import box
    from rich.table import Table

    shown = console(sys.stdout)
    is_seen = sys.stdout.isatty()
    if is_seen:  # a program finds every column where it was
        columns = [c for c in columns if not rows or any(_cell(row.get(c)) for row in rows)]
    widths = {column: _longest_word(rows, column) for column in columns}
    if is_seen and sum(widths.values()) + (GAP + 1) * len(columns) + 1 > shown.width:
        _show_records(rows, columns)
        return
    drawn = box.SIMPLE_HEAD if is_seen else None
    table = Table(box=drawn, pad_edge=False, padding=(0, GAP, 0, 0))
    counts = {c for c in columns if any(isinstance(row.get(c), int) for row in rows)}
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in counts else "left",
            overflow="fold",
            no_wrap=not is_seen or not any(" " in _cell(row.get(column)) for row in rows),
        )
    for row in rows:
        table.add_row(*(_shown(row.get(column)) for column in columns))
    with shown.capture() as captured:
        shown.print(table)
    for line in captured.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def _longest_word(rows: Sequence[Row], column: str) -> int:
    """How wide a column has to be, so that no id, number or time in it is broken."""
    cells = [column, *(_cell(row.get(column)) for row in rows)]
    return max(len(word) for cell in cells for word in cell.split() or [""])


def _show_records(rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Print each row as lines of name and value: what is too wide for this terminal as a table."""
    indent = max(len(column) for column in columns) + GAP
    for row in rows:
        for column in columns:
            cell = _cell(row.get(column))
            if cell:
                sys.stdout.write(f"{column:<{indent}}{cell}\n")
        sys.stdout.write("\n")


def _shown(value: object) -> "Text":
    from rich.text import Text

    # Text and not markup: a reason may contain [brackets].
    return Text(_cell(value))


class Steps:
    """Long work that moves on: a bar with the time left on a terminal, silent elsewhere."""

    def __init__(self, bar: "Progress | None" = None, task: "TaskID | None" = None) -> None:
        self._bar = bar
        self._task = task

    def at(self, done: int, words: str | None = None) -> None:
        """So much is done now; `words` say what it is about."""
        if self._bar is None or self._task is None:
            return
        if words is None:
            self._bar.update(self._task, completed=done)
        else:
            self._bar.update(self._task, completed=done, description=words)


@contextmanager
def steps(words: str, total: int) -> Generator[Steps]:
    """Show progress towards a total on stderr while the block runs, on a terminal only."""
    if not sys.stderr.isatty():
        yield Steps()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        yield Steps(bar, bar.add_task(words, total=total))
