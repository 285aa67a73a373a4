"""The verbs of those who decide: split and budgets, confirm and proposals."""

from typing import Annotated, Final

import msgspec
import typer

from api.cli.asking import give
from api.cli.endings import USAGE, Ended
from api.cli.fields import percent_bp, whole
from api.cli.listing import show_list
from api.cli.options import (
    At,
    Pool,
    PoolOption,
    UnchangedSince,
    UnderOption,
    examples,
    given,
    moment,
)
from api.cli.verbs import Clocks, Said, Terms, View, seen, unfolded

_PROPOSAL: Final = "0190b3a4-7a31-7000-8000-000000000002"
_LIMITS: Final = ("floor", "amount", "cap")
_AS_SPLIT: Final = Said(reason_code="split")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot split phoenix/h100 lab research=128:384:512 product=20%"
            ' --reason "The board decided"',
            "allot split phoenix/h100 research research/vision=256 research/old=none"
            ' --until 2027-07-01 --reason "For half a year" --dry-run',
        )
    )(split)
    app.command(
        epilog=examples(
            "allot budgets --pool phoenix/h100",
            "allot budgets --under research --until 2027-04-01 -o csv",
        )
    )(budgets)
    app.command(
        epilog=examples(
            f"allot confirm {_PROPOSAL}",
            f"allot confirm {_PROPOSAL} --dry-run -o json",
        )
    )(confirm)
    app.command(
        epilog=examples(
            "allot proposals --status waiting",
            "allot proposals --as-of 2027-01-01 --known-at 1042 -o jsonl",
        )
    )(proposals)


@unfolded
def split(
    pool: Pool,
    parent: Annotated[
        str, typer.Argument(metavar="PARENT", help="The unit under which all of them stand.")
    ],
    shares: Annotated[
        list[str],
        typer.Argument(
            metavar="UNIT=SHARE...",
            help="AMOUNT, PERCENT% of what the parent has, FLOOR:AMOUNT:CAP with parts left out, "
            "or none.",
        ),
    ],
    *,
    at: At = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="When another decision is due."),
    ] = None,
    said: Said = _AS_SPLIT,
    terms: Terms,
) -> None:
    """Say what units under one parent may hold of a pool; who is not named keeps theirs."""
    fields = said.fields()
    fields |= {"pool": pool, "parent": parent, "shares": [share(text) for text in shares]}
    fields |= given((("effective_at", moment(at)), ("until", moment(until))))
    give("split", fields, terms)


def share(text: str) -> dict[str, object]:
    """UNIT=AMOUNT, UNIT=PERCENT%, UNIT=FLOOR:AMOUNT:CAP or UNIT=none, as a share."""
    unit, equals, said = text.rpartition("=")
    if not equals or not unit:
        raise Ended(USAGE, f"'{text}': say who may hold how much, as UNIT=SHARE.")
    if said == "none":
        return {"unit": unit}
    share_bp = percent_bp(said)
    if share_bp is not None:
        return {"unit": unit, "percent_bp": share_bp}
    parts = said.split(":")
    if len(parts) == 1:
        parts = ["", *parts]
    if len(parts) > len(_LIMITS) or not any(parts):
        raise Ended(USAGE, f"'{text}': a share is AMOUNT, PERCENT%, FLOOR:AMOUNT:CAP or none.")
    named = zip(_LIMITS, parts, strict=False)
    return {"unit": unit, **{name: whole(part) for name, part in named if part}}


@unfolded
def budgets(
    *,
    pool: PoolOption = None,
    under: UnderOption = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="The least room at any time before."),
    ] = None,
    org: Annotated[
        str | None,
        typer.Option("--org", metavar="TREE", help="then (default) or now: who is below whom."),
    ] = None,
    when: Clocks,
    view: View,
) -> None:
    """Show what units may hold, what they hold with all below them, and what room is left."""
    params = {"pool": pool, "under": under, "until": moment(until), "org": org}
    columns = (
        "pool", "unit", "floor", "amount", "cap", "title", "inhand", "kept", "lent", "borrowed",
        "room", "over", "overdue", "over_split",
    )  # fmt: skip
    show_list(
        "/v1/budgets", params | when.params(), columns, view=view,
        only=True,
    )  # fmt: skip


@unfolded
def confirm(
    proposal: Annotated[str, typer.Argument(metavar="PROPOSAL", help="The proposal's id.")],
    *,
    unchanged_since: UnchangedSince = None,
    terms: Terms,
) -> None:
    """Carry out what another person proposed, as the second person; it is judged anew."""
    give("confirm", {"proposal": proposal, **seen(unchanged_since)}, terms)


@unfolded
def proposals(
    *,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="waiting, confirmed, rejected, withdrawn or lapsed; left out: any.",
        ),
    ] = None,
    when: Clocks,
    view: View,
) -> None:
    """Show what waits for a second person, and what became of what did."""
    columns = ("position", "proposal", "status", "by", "command", "expires_at", "ended")
    shown = {"command": _command}
    show_list(
        "/v1/proposals",
        {"status": status} | when.params(),
        columns,
        view=view,
        only=True,
        shown=shown,
    )


def _command(command: object) -> str:
    """A command in a line: what is to be done, and with what."""
    named = msgspec.convert(command, dict[str, object])
    do = str(named.pop("do", ""))
    return f"{do} {msgspec.json.encode(named).decode()}"
