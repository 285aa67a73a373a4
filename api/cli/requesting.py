"""The verbs of those who ask for compute: request, amend, withdraw, appeal."""

from typing import Annotated

import typer

from api.cli.asking import give
from api.cli.fields import end, whole
from api.cli.options import (
    RequestId,
    examples,
    given,
    moment,
)
from api.cli.verbs import Said, Terms, Why, unfolded

_REQUEST = "0197d0a1-0000-7000-8000-000000000003"
Pools = Annotated[
    list[str] | None,
    typer.Option("--pool", metavar="POOL", help="A pool that would do; again for another."),
]
Least = Annotated[
    int | None, typer.Option("--least", metavar="N", help="The smallest quantity of use.")
]
Start = Annotated[str | None, typer.Option("--at", metavar="TIME", help="From when on; else now.")]
Priority = Annotated[
    str | None,
    typer.Option("--priority", metavar="LEVEL", help="low, normal (default), high or critical."),
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot request research/vision 64 --pool phoenix/h100 --until 2027-07-01"
            ' --justification "The next encoder"',
            "allot request research/vision 64 --pool phoenix/h100 --pool phoenix/a100 --least 32"
            ' --justification "Either will do" --dry-run',
        )
    )(request)
    app.command(
        epilog=examples(
            f"allot amend {_REQUEST} --quantity 96 --justification 'The model has grown'",
            f"allot amend {_REQUEST} --until open",
        )
    )(amend)
    app.command(
        epilog=examples(
            f"allot withdraw {_REQUEST}",
            f'allot withdraw {_REQUEST} --reason "The project was cancelled" --yes',
        )
    )(withdraw)
    app.command(
        epilog=examples(
            f'allot appeal {_REQUEST} --reason "The paper is due in March"',
            f"allot appeal {_REQUEST} --dry-run",
        )
    )(appeal)


@unfolded
def request(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Who needs it.")],
    quantity: Annotated[int, typer.Argument(metavar="QUANTITY", help="How many units.")],
    *,
    pools: Annotated[
        list[str],
        typer.Option("--pool", metavar="POOL", help="A pool that would do; again for another."),
    ],
    justification: Annotated[
        str, typer.Option("--justification", metavar="WORDS", help="What it is needed for.")
    ],
    least: Least = None,
    at: Start = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it ends; left out: open.")
    ] = None,
    priority: Priority = None,
    new_request: Annotated[
        str | None, typer.Option("--request", metavar="UUID", help="The id of the new request.")
    ] = None,
    why: Why,
    terms: Terms,
) -> None:
    """Ask for units of any of some pools. Asking holds nothing: a decider answers."""
    fields = why.fields()
    fields |= {
        "unit": unit,
        "pools": pools,
        "quantity": quantity,
        "justification": justification,
    }
    fields |= given(
        (("least", least), ("starts_at", moment(at)), ("ends_at", moment(until)),
         ("priority", priority), ("request", new_request))
    )  # fmt: skip
    give("request", fields, terms)


@unfolded
def amend(
    request_id: RequestId,
    *,
    pools: Pools = None,
    quantity: Annotated[
        str | None, typer.Option("--quantity", metavar="N", help="How many units instead.")
    ] = None,
    least: Least = None,
    at: Start = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME|open", help="When it ends instead.")
    ] = None,
    priority: Priority = None,
    justification: Annotated[
        str | None, typer.Option("--justification", metavar="WORDS", help="What for, instead.")
    ] = None,
    said: Said,
    terms: Terms,
) -> None:
    """Ask for something else; what is left out stays. Asking for more loses the place in line."""
    fields = said.fields()
    fields |= {"request": request_id}
    fields |= given(
        (("pools", pools), ("quantity", None if quantity is None else whole(quantity)),
         ("least", least), ("starts_at", moment(at)), ("priority", priority),
         ("justification", justification))
    )  # fmt: skip
    if until is not None:
        fields["ends_at"] = end(until)
    give("amend_request", fields, terms)


@unfolded
def withdraw(
    request_id: RequestId,
    *,
    said: Said,
    terms: Terms,
) -> None:
    """Ask no longer."""
    fields = said.fields()
    give("withdraw_request", fields | {"request": request_id}, terms)


@unfolded
def appeal(
    request_id: RequestId,
    *,
    said: Said,
    terms: Terms,
) -> None:
    """Ask for another decider's answer."""
    fields = said.fields()
    give("appeal", fields | {"request": request_id}, terms)
