"""The verbs of promises and rates: pledge, revise and withdraw; pledges and rates show them."""

from decimal import Decimal
from typing import Annotated, Final

import msgspec
import typer

from api.cli.asking import give
from api.cli.endings import USAGE, Ended
from api.cli.fields import percent_bp, whole
from api.cli.listing import show_list
from api.cli.options import (
    Pool,
    PoolOption,
    UnderOption,
    examples,
    given,
    moment,
)
from api.cli.verbs import Clocks, Said, Terms, View, Why, unfolded

_PLEDGE: Final = "0197d0a1-0000-7000-8000-000000000005"
_HOUR_S: Final = 3600
PledgeId = Annotated[str, typer.Argument(metavar="PLEDGE", help="The pledge's id.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="From when on; left out: now.")
]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            "allot pledge research/vision 20% --of research --pool phoenix/h100"
            ' --from 2027-01-01 --until 2028-01-01 --reason "A fifth for a year"',
            "allot pledge research 256 --pool phoenix/h100 --pool phoenix/a100"
            " --until 2028-01-01 --dry-run",
        )
    )(pledge)
    app.command(
        epilog=examples(
            f'allot revise-pledge {_PLEDGE} 15% --from 2027-07-01 --reason "Reasoning comes first"',
            f"allot revise-pledge {_PLEDGE} --until 2028-07-01",
        )
    )(revise_pledge)
    app.command(
        epilog=examples(
            f'allot withdraw-pledge {_PLEDGE} --reason "The programme was cancelled"',
            f'allot withdraw-pledge {_PLEDGE} --from 2027-07-01 --reason "At mid-year" --dry-run',
        )
    )(withdraw_pledge)
    app.command(
        epilog=examples(
            "allot pledges --under research",
            "allot pledges --status running --as-of 2027-04-01 --known-at 1042 -o json",
        )
    )(pledges)
    app.command(
        epilog=examples(
            "allot rate phoenix/b200 2250",
            'allot rate phoenix/b200 2300 --from 2027-01-01 --reason "Measured anew"',
        )
    )(rate)
    app.command(epilog=examples("allot rates", "allot rates --as-of 2027-01-01 -o csv"))(rates)


@unfolded
def pledge(
    to_unit: Annotated[str, typer.Argument(metavar="UNIT", help="To whom it is promised.")],
    promised: Annotated[
        str, typer.Argument(metavar="PROMISE", help="PERCENT%, or how many units of the pools.")
    ],
    *,
    pools: Annotated[
        list[str], typer.Option("--pool", metavar="POOL", help="A pool; again for another.")
    ],
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="When it ends.")],
    of_unit: Annotated[
        str | None,
        typer.Option(
            "--of", metavar="UNIT", help="PERCENT% of its budgets; left out: of all there is."
        ),
    ] = None,
    since: Since = None,
    new_pledge: Annotated[
        str | None, typer.Option("--pledge", metavar="UUID", help="The id of the new pledge.")
    ] = None,
    said: Said,
    terms: Terms,
) -> None:
    """Promise a unit compute for a time. It is measured, and moves nothing."""
    fields = said.fields()
    fields |= {"to_unit": to_unit, "pools": pools, "until": moment(until), **promise(promised)}
    fields |= given((("of_unit", of_unit), ("from", moment(since)), ("pledge", new_pledge)))
    give("pledge", fields, terms)


def promise(text: str) -> dict[str, int]:
    """PERCENT% as a share, or a number of units as a quantity."""
    share = percent_bp(text)
    if share is None:
        return {"quantity": whole(text, "neither a number of units nor a percentage like 20%")}
    if not 1 <= share <= 10_000:
        raise Ended(USAGE, f"'{text}': a share is more than 0% and at most 100%.")
    return {"share_bp": share}


@unfolded
def revise_pledge(
    pledge_id: PledgeId,
    promised: Annotated[
        str | None,
        typer.Argument(metavar="[PROMISE]", help="PERCENT%, or how many units, instead."),
    ] = None,
    *,
    pools: Annotated[
        list[str] | None,
        typer.Option("--pool", metavar="POOL", help="A pool, instead; again for another."),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="When it ends, instead.")
    ] = None,
    of_unit: Annotated[
        str | None, typer.Option("--of", metavar="UNIT|all", help="Of whose budgets, instead.")
    ] = None,
    since: Since = None,
    said: Said,
    terms: Terms,
) -> None:
    """Promise something else from a time on; what is left out stays."""
    fields = said.fields()
    fields |= {"pledge": pledge_id, **({} if promised is None else promise(promised))}
    fields |= given((("pools", pools), ("from", moment(since)), ("until", moment(until))))
    if of_unit is not None:
        fields["of_unit"] = None if of_unit == "all" else of_unit
    give("revise_pledge", fields, terms)


@unfolded
def withdraw_pledge(
    pledge_id: PledgeId,
    *,
    since: Since = None,
    said: Said,
    terms: Terms,
) -> None:
    """Promise nothing any more, from a time on."""
    fields = said.fields()
    fields |= {"pledge": pledge_id, **given((("from", moment(since)),))}
    give("withdraw_pledge", fields, terms)


@unfolded
def pledges(
    *,
    status: Annotated[
        str | None,
        typer.Option(
            "--status",
            metavar="STATUS",
            help="ahead, running, ended or withdrawn; left out: any.",
        ),
    ] = None,
    pool: PoolOption = None,
    under: UnderOption = None,
    when: Clocks,
    view: View,
) -> None:
    """Show what was promised and what came of it; the table in unit-hours, all else in seconds."""
    sums = ("promised", "budgeted", "granted", "held", "ahead", "behind")
    columns = ("pledge", "to_unit", "pools", "status", "from", "until", *sums, "kept")
    show_list(
        "/v1/pledges",
        {"status": status, "pool": pool, "under": under} | when.params(),
        columns,
        view=view,
        only=True,
        shown={**dict.fromkeys(sums, _hours), "pools": _listed},
    )


def _hours(cell: object) -> str:
    """Unit-seconds as unit-hours, to two digits."""
    return f"{Decimal(str(cell)) / _HOUR_S:,.2f}"


def _listed(names: object) -> str:
    return ", ".join(msgspec.convert(names, list[str]))


@unfolded
def rate(
    pool: Pool,
    h100_milli: Annotated[
        int, typer.Argument(metavar="THOUSANDTHS", help="Of an H100 that one unit counts as.")
    ],
    *,
    since: Since = None,
    why: Why,
    terms: Terms,
) -> None:
    """Say what a unit of a pool counts as when it is shown; nothing is decided by it."""
    fields = why.fields()
    fields |= {"pool": pool, "h100_milli": h100_milli, **given((("from", moment(since)),))}
    give("set_rate", fields, terms)


@unfolded
def rates(
    *,
    pool: PoolOption = None,
    when: Clocks,
    view: View,
) -> None:
    """Show what a unit of each pool counts as, in thousandths of an H100."""
    columns = ("pool", "h100_milli", "since", "position")
    show_list(
        "/v1/rates", {"pool": pool} | when.params(), columns, view=view,
    )  # fmt: skip
