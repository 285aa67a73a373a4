"""The verbs of authority: who may decide what, given and taken back."""

from typing import Annotated, Final

import typer

from api.cli.asking import give
from api.cli.fields import whole
from api.cli.listing import show_list
from api.cli.options import (
    examples,
    given,
    moment,
)
from api.cli.verbs import Clocks, Said, Terms, View, unfolded

_DELEGATION: Final = "0190b3a4-7a31-7000-8000-000000000003"
_AS_OTHER: Final = Said(reason_code="other")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            'allot delegate dora@lab decider research --reason "She heads research"',
            "allot delegate otto@lab operator research --pool phoenix/h100 --most 64"
            " --until 2027-07-01",
        )
    )(delegate)
    app.command(
        epilog=examples(
            f'allot revoke {_DELEGATION} --reason "He moves to another group"',
            f"allot revoke {_DELEGATION} --dry-run",
        )
    )(revoke)
    app.command(
        epilog=examples(
            "allot delegations --person dora@lab",
            "allot delegations --unit research --as-of 2026-03-01 -o jsonl",
        )
    )(delegations)


@unfolded
def delegate(
    to: Annotated[str, typer.Argument(metavar="PERSON", help="Who is given the role.")],
    role: Annotated[
        str,
        typer.Argument(
            metavar="ROLE", help="steward, decider, operator, lead, importer or auditor."
        ),
    ],
    unit: Annotated[
        str, typer.Argument(metavar="UNIT", help="The unit over which, with all below it.")
    ],
    *,
    pools: Annotated[
        list[str] | None,
        typer.Option("--pool", metavar="POOL", help="Only for this pool; may be repeated."),
    ] = None,
    most: Annotated[
        str | None,
        typer.Option("--most", metavar="N", help="The most that one decision may give or take."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it ends; left out: never.")
    ] = None,
    said: Said = _AS_OTHER,
    terms: Terms,
) -> None:
    """Give a person a role over a unit and all below it, from now on."""
    fields = said.fields()
    fields |= {"to": to, "role": role, "unit": unit}
    limits = (("pools", pools), ("most", most and whole(most)), ("until", moment(until)))
    give("delegate", fields | given(limits), terms)


@unfolded
def revoke(
    delegation: Annotated[str, typer.Argument(metavar="DELEGATION", help="The delegation's id.")],
    *,
    said: Said = _AS_OTHER,
    terms: Terms,
) -> None:
    """End a delegation from now on; what was done under it stands."""
    fields = said.fields()
    give("revoke", fields | {"delegation": delegation}, terms)


@unfolded
def delegations(
    *,
    person: Annotated[
        str | None, typer.Option("--person", metavar="PERSON", help="Whose roles.")
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option("--unit", metavar="UNIT", help="Over this very unit, not those above it."),
    ] = None,
    when: Clocks,
    view: View,
) -> None:
    """Show who may decide what, over which unit, within which limits."""
    params = {"person": person, "unit": unit}
    columns = ("to", "role", "unit", "pools", "most", "since", "until", "by", "delegation")
    show_list(
        "/v1/delegations", params | when.params(), columns, view=view, only=True,
    )  # fmt: skip
