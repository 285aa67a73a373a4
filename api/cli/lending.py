"""The verbs about when it comes back: lend, extend, forecast."""

from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from api.cli.asking import give
from api.cli.endings import USAGE, Ended
from api.cli.fields import end, expected, is_uuid
from api.cli.options import (
    At,
    ForRequest,
    NewGrant,
    Overrides,
    Pool,
    examples,
    given,
    moment,
)
from api.cli.verbs import Said, Terms, unfolded

_GRANT = "0190b3a4-7a31-7000-8000-000000000001"
_AS_LOAN: Final = Said(reason_code="loan")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot lend phoenix/h100 research/vision 80 research/speech --returns-at 2027-07-02",
            f"allot lend phoenix/h100 {_GRANT} 80 research/speech --at 2027-06-16"
            " --returns-at 2027-07-02 --dry-run",
        )
    )(lend)
    app.command(
        epilog=examples(
            f"allot extend {_GRANT} 2027-12-01",
            f'allot extend {_GRANT} 2027-06-25 --override notice --reason "A rack is down"',
        )
    )(extend)
    app.command(
        epilog=examples(
            "allot forecast 64@2027-03-01 32@2027-04-01 --pool phoenix/h100"
            " --unit research/vision --confidence high",
            f"allot forecast --grant {_GRANT} --withdraw",
        )
    )(forecast)


@unfolded
def lend(
    pool: Pool,
    lender: Annotated[
        str, typer.Argument(metavar="UNIT|UUID", help="Who lends: a unit, or one of its grants.")
    ],
    quantity: Annotated[int, typer.Argument(metavar="QUANTITY", help="How many units.")],
    to: Annotated[str, typer.Argument(metavar="UNIT", help="Who borrows.")],
    *,
    returns_at: Annotated[
        str, typer.Option("--returns-at", metavar="TIME", help="When it comes back by itself.")
    ],
    at: At = None,
    new_grant: NewGrant = None,
    for_request: ForRequest = None,
    said: Said = _AS_LOAN,
    terms: Terms,
) -> None:
    """Lend units of a pool: they come back by themselves."""
    fields = said.fields()
    fields |= {
        "pool": pool,
        "from": {"grant" if is_uuid(lender) else "unit": lender},
        "quantity": quantity,
        "to": to,
        "returns_at": moment(returns_at),
    }
    fields |= given((("effective_at", moment(at)), ("grant", new_grant), ("request", for_request)))
    give("lend", fields, terms)


@unfolded
def extend(
    grant_id: Annotated[str, typer.Argument(metavar="GRANT", help="The grant's, or loan's, id.")],
    ends_at: Annotated[
        str | None, typer.Argument(metavar="TIME|open", help="The new end, or open.")
    ] = None,
    *,
    is_open: Annotated[bool, typer.Option("--open", help="No end any more.")] = False,
    overrides: Overrides = None,
    said: Said,
    terms: Terms,
) -> None:
    """Move an end: later, earlier, or to open. Of a loan: prolong it, or recall it."""
    if (ends_at is None) != is_open:
        raise Ended(USAGE, "Say when it ends: a time, or --open.")
    fields = said.fields()
    fields |= {"grant": grant_id, "ends_at": None if ends_at is None else end(ends_at)}
    fields |= given((("overrides", overrides),))
    give("extend", fields, terms)


@unfolded
def forecast(
    steps: Annotated[
        list[str] | None,
        typer.Argument(metavar="[QUANTITY@TIME]...", help="How much is expected back, and when."),
    ] = None,
    *,
    pool: Annotated[
        str | None, typer.Option("--pool", metavar="POOL", help="Of what a unit holds of this.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="UNIT", help="Who is about to give back.")
    ] = None,
    grant_id: Annotated[
        str | None, typer.Option("--grant", metavar="UUID", help="Of this grant instead.")
    ] = None,
    confidence: Annotated[
        str | None,
        typer.Option("--confidence", metavar="HOW", help="low, medium (default) or high."),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Nothing is expected any more.")
    ] = False,
    said: Said,
    terms: Terms,
) -> None:
    """Say what is expected to come back, and when; it binds nobody and replaces what was said."""
    if bool(steps) == withdraw:
        raise Ended(USAGE, "Say how much is expected when, as QUANTITY@TIME, or --withdraw.")
    told = [expected(text) for text in steps or (f"0@{datetime.now(UTC).date()}",)]
    fields = said.fields() | {"steps": told}
    fields |= given(
        (("pool", pool), ("unit", unit), ("grant", grant_id), ("confidence", confidence))
    )
    give("forecast", fields, terms)
