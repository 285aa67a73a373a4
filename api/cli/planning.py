"""The verb that finds compute: from where so much could come by a date, with the least harm."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from msgspec import Struct

from api.cli.asking import client_of, give, refuse
from api.cli.endings import REFUSED, Ended
from api.cli.listing import reflects
from api.cli.options import ForRequest, Output, Overrides, Pool, examples, given, moment
from api.cli.output import say, show_document, show_rows
from api.cli.verbs import Terms, Why, unfolded
from api.client import Json

_REQUEST: Final = "0190b3a4-7a31-7000-8000-000000000003"
_COLUMNS: Final = ("tier", "harm", "quantity", "unit", "grant", "sentence")


class Move(Struct, frozen=True):
    """What comes from one place."""

    tier: int
    harm: str
    unit: str | None
    grant: str | None
    quantity: int
    sentence: str


class Touched(Struct, frozen=True):
    """A limit that held something back, or says no."""

    code: str
    detail: str


class Affected(Struct, frozen=True):
    """Who answers for a unit that gives something away."""

    unit: str
    quantity: int
    person: str
    role: str


class Verdict(Struct, frozen=True):
    """What the decision would be answered with."""

    status: int
    code: str | None
    detail: str | None


class Planned(Struct, frozen=True):
    """A plan, as far as it is shown."""

    position: int
    found: int
    missing: int
    borrowed: bool
    moves: Sequence[Move]
    limits: Sequence[Touched]
    tell: Sequence[Affected]
    verdict: Verdict | None
    decision: dict[str, Json] | None


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command(
        epilog=examples(
            "allot plan phoenix/h100 research/vision 512 --by 2027-03-01",
            f"allot plan phoenix/h100 research/vision 64 --by 2027-03-01 --request {_REQUEST}"
            ' --avoid research/speech --decide --reason "The encoder run"',
        )
    )(plan)


@unfolded
def plan(
    pool: Pool,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit that needs it.")],
    quantity: Annotated[int, typer.Argument(metavar="QUANTITY", help="How much more.", min=1)],
    *,
    by: Annotated[str, typer.Option("--by", metavar="TIME", help="When it is needed.")],
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="TIME", help="Until when; left out: without an end."),
    ] = None,
    request: ForRequest = None,
    avoid: Annotated[
        list[str] | None,
        typer.Option("--avoid", metavar="UNIT|GRANT", help="Leave it, and all below it, alone."),
    ] = None,
    overrides: Overrides = None,
    decide: Annotated[
        bool, typer.Option("--decide", help="Carry the plan out, as one decision.")
    ] = False,
    why: Why,
    terms: Terms,
) -> None:
    """Show from where so much could come by a date, with the least harm; --decide carries it out.

    Free units go first, then one's own loans, who is winding down, what is borrowed, what is
    above an amount, what answers a request of lower priority. Nobody falls below a floor. Ends
    with 1 when not all of it can be found.
    """
    asked = {
        "pool": pool, "unit": unit, "quantity": quantity, "by": moment(by),
        **given((("ends_at", moment(until)), ("request", request), ("avoid", avoid),
                 ("overrides", overrides), ("reason", why.reason),
                 ("reason_code", why.reason_code))),
    }  # fmt: skip
    with client_of(terms.url, terms.actor, "allot plan") as client:
        reply = client.ask("/v1/plans", asked)
    if reply.is_refusal:
        refuse(reply, terms.form)
    found = reply.read(Planned)
    _show(found, reply.body, terms.form, decide=decide)
    if found.missing:
        nothing = ": nothing was decided" if decide else ""
        raise Ended(REFUSED, f"{found.missing} of {quantity} cannot be found{nothing}.")
    if decide and found.decision is not None:
        give("decision", {**found.decision, **why.fields()}, terms)


def _show(found: Planned, body: bytes, form: Output, *, decide: bool) -> None:
    """Show a plan; as talk beside the answer when it is decided right away."""
    if decide:
        for move in found.moves:
            say(move.sentence)
    elif form is Output.JSON:
        show_document(body)
    else:
        rows = [{name: getattr(move, name) for name in _COLUMNS} for move in found.moves]
        show_rows(rows, form, _COLUMNS)
    for line in _words(found):
        say(line)
    say(reflects((("position", found.position),)))


def _words(found: Planned) -> list[str]:
    """What is to be known of a plan beside its moves."""
    lines = [f"limit: {one.code}: {one.detail}" for one in found.limits]
    if found.borrowed:
        lines.append("It would be borrowed: first to go.")
    lines += [
        f"tell {one.person}, {one.role}: {one.unit} gives {one.quantity}" for one in found.tell
    ]
    verdict = found.verdict
    if verdict is not None and verdict.code is not None:
        lines.append(f"You would be refused: {verdict.code}: {verdict.detail}")
    elif verdict is not None and verdict.status == 202:
        lines.append("It would wait for a second person.")
    return lines
