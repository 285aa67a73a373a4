"""The options that many commands share, and how their values are read."""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final

import typer

DEFAULT_URL: Final = "http://127.0.0.1:8000"


class Output(StrEnum):
    """The forms data is printed in."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


Url = Annotated[
    str, typer.Option("--url", envvar="ALLOT_URL", help="Where the ledger answers.", metavar="URL")
]
Actor = Annotated[
    str | None,
    typer.Option(
        "--as", envvar="ALLOT_AS", metavar="PERSON", help="Who acts; in open mode on loopback only."
    ),
]
Form = Annotated[Output, typer.Option("--output", "-o", help="The form of the answer.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="TIME", help="What was, or will be, true at this time."),
]
KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", metavar="POSITION|TIME", help="As the books stood then."),
]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="From this time on.")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before this time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Judge it, record nothing.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before recording.")]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="WORDS", help="Why, in words for the record.")
]
ReasonCode = Annotated[
    str | None,
    typer.Option("--reason-code", metavar="CODE", help="Why, as a code: idle, deadline, ..."),
]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When it takes effect; left out: now."),
]
Refs = Annotated[
    list[str] | None, typer.Option("--ref", metavar="LINK", help="A link kept beside it.")
]
OnBehalfOf = Annotated[
    str | None,
    typer.Option("--on-behalf-of", metavar="PERSON", help="For whom it is done: a statement."),
]
UnchangedSince = Annotated[
    int | None,
    typer.Option(
        "--if-unchanged-since", metavar="POSITION", help="Refuse when what it names changed since."
    ),
]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", metavar="RULE", help="A rule that is knowingly set aside: notice."),
]
Pool = Annotated[str, typer.Argument(metavar="POOL", help="The pool, e.g. phoenix/h100.")]
NewGrant = Annotated[
    str | None, typer.Option("--grant", metavar="UUID", help="The id of the new grant.")
]
RequestId = Annotated[str, typer.Argument(metavar="REQUEST", help="The request's id.")]
ForRequest = Annotated[
    str | None,
    typer.Option("--request", metavar="UUID", help="The request that it is done for."),
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="TEXT", help="The idempotency key, to repeat a lost answer."),
]
PoolOption = Annotated[str | None, typer.Option("--pool", metavar="POOL", help="This pool only.")]
UnitOption = Annotated[str | None, typer.Option("--unit", metavar="UNIT", help="This unit only.")]
UnderOption = Annotated[
    str | None, typer.Option("--under", metavar="UNIT", help="This unit and all below it.")
]

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def moment(text: str | None) -> str | None:
    """A time as the API takes it: a bare date is midnight UTC (contracts, section 4)."""
    if text is not None and _DATE.fullmatch(text):
        return f"{text}T00:00:00Z"
    return text


def examples(*lines: str) -> str:
    """The closing words of a command's help: how it is used."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def given(pairs: Iterable[tuple[str, object]]) -> dict[str, object]:
    """The fields that were given a value, as a body for the API."""
    return {name: value for name, value in pairs if value not in (None, False, [], ())}
