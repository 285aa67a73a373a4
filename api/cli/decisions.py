"""The verbs that record who gets what: grant, release, reclaim, reallocate; and note."""

from typing import Annotated

import typer

from api.cli.asking import give
from api.cli.endings import USAGE, Ended
from api.cli.fields import amount, named_grant, source
from api.cli.options import (
    At,
    ForRequest,
    NewGrant,
    OnBehalfOf,
    Overrides,
    Pool,
    Refs,
    examples,
    given,
    moment,
)
from api.cli.verbs import Bundle, Said, Terms, unfolded

Until = Annotated[
    str | None, typer.Option("--until", metavar="TIME", help="When it ends; left out: open.")
]
Borrowed = Annotated[bool, typer.Option("--borrowed", help="Beyond the budget: first to go.")]
KeepSchedule = Annotated[
    bool, typer.Option("--no-advance", help="Leave scheduled releases as they are.")
]

OfPool = Annotated[str | None, typer.Argument(metavar="POOL", help="The pool.")]
HowMany = Annotated[
    str | None, typer.Argument(metavar="QUANTITY|all", help="How many units, or all.")
]


class Leaving(Bundle, frozen=True, kw_only=True):
    """What leaves its holder, and when."""

    grants: Annotated[
        list[str] | None,
        typer.Option("--grant", metavar="UUID=QUANTITY", help="From this grant instead."),
    ] = None
    future: Annotated[bool, typer.Option("--future", help="With all: reservations go as well.")] = (
        False
    )
    no_advance: KeepSchedule = False
    at: At = None
    overrides: Overrides = None

    def fields(
        self, pool: str | None, unit: str | None, quantity: str | None
    ) -> dict[str, object]:  # fmt: skip
        """So many of a unit, all of it, or from named grants, as fields of a release."""
        named = [named_grant(text) for text in self.grants or ()]
        wanted = None if quantity is None else amount(quantity)
        found = given(
            (("pool", pool), ("unit", unit), ("quantity", wanted), ("grants", named),
             ("future", self.future), ("effective_at", moment(self.at)),
             ("overrides", self.overrides))
        )  # fmt: skip
        return found | ({"advance": False} if self.no_advance else {})


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command(
        epilog=examples(
            'allot grant phoenix/h100 research/vision 64 --reason "For the spring run"',
            "allot grant phoenix/h100 research/speech 16 --at 2026-07-01 --until 2026-10-01",
        )
    )(grant)
    app.command(
        epilog=examples(
            'allot release phoenix/h100 research/vision 32 --reason "The run is over"',
            "allot release phoenix/h100 research/speech all --at 2027-04-01 --dry-run",
        )
    )(release)
    app.command(
        epilog=examples(
            'allot reclaim phoenix/h100 research/speech 32 --reason "Idle since March"',
            "allot reclaim phoenix/h100 research/speech all --override notice"
            ' --reason "The flagship comes first" --dry-run',
        )
    )(reclaim)
    app.command(
        epilog=examples(
            "allot reallocate phoenix/h100 research/atlas --from research/vision=64"
            ' --reason "Atlas begins"',
            "allot reallocate phoenix/h100 research/atlas --from research/vision=64"
            " --from research/speech=all --dry-run",
        )
    )(reallocate)
    app.command(
        epilog=examples(
            'allot note "Agreed with the head of research by telephone" --position 1042',
            'allot note "Moves to the new hall in May" --unit research/vision',
        )
    )(note)


@unfolded
def grant(
    pool: Pool,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Who receives it.")],
    quantity: Annotated[int, typer.Argument(metavar="QUANTITY", help="How many units.")],
    *,
    at: At = None,
    until: Until = None,
    borrowed: Borrowed = False,
    new_grant: NewGrant = None,
    for_request: ForRequest = None,
    said: Said,
    terms: Terms,
) -> None:
    """Give units of a pool to a unit."""
    fields = said.fields()
    fields |= {"pool": pool, "unit": unit, "quantity": quantity}
    fields |= given(
        (("effective_at", moment(at)), ("ends_at", moment(until)), ("borrowed", borrowed),
         ("grant", new_grant), ("request", for_request))
    )  # fmt: skip
    give("grant", fields, terms)


@unfolded
def release(
    pool: OfPool = None,
    unit: Annotated[str | None, typer.Argument(metavar="UNIT", help="Who gives back.")] = None,
    quantity: HowMany = None,
    *,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="returned (default), reclaimed or unstated."),
    ] = None,
    leaving: Leaving,
    said: Said,
    terms: Terms,
) -> None:
    """Give units back to their pool: so many of a unit, all of it, or from named grants."""
    leaves = leaving.fields(pool, unit, quantity) | given((("kind", kind),))
    give("release", said.fields() | leaves, terms)


@unfolded
def reclaim(
    pool: OfPool = None,
    unit: Annotated[
        str | None, typer.Argument(metavar="UNIT", help="From whom it is taken.")
    ] = None,
    quantity: HowMany = None,
    *,
    leaving: Leaving,
    said: Said,
    terms: Terms,
) -> None:
    """Take units back to their pool against the holder's will; say why, in words.

    A release of kind reclaimed. Where notice is due and it is sooner: --override notice.
    """
    leaves = leaving.fields(pool, unit, quantity) | {"kind": "reclaimed"}
    give("release", said.fields() | leaves, terms)


@unfolded
def reallocate(
    pool: Pool,
    to: Annotated[str, typer.Argument(metavar="UNIT", help="Who receives it.")],
    *,
    sources: Annotated[
        list[str],
        typer.Option(
            "--from", metavar="UNIT=QUANTITY|all", help="Who gives, or UUID=QUANTITY of a grant."
        ),
    ],
    at: At = None,
    until: Until = None,
    borrowed: Borrowed = False,
    new_grant: NewGrant = None,
    for_request: ForRequest = None,
    no_advance: KeepSchedule = False,
    overrides: Overrides = None,
    said: Said,
    terms: Terms,
) -> None:
    """Move units from one or more holders to another unit, in one event."""
    fields = said.fields()
    fields |= {"pool": pool, "to": to, "from": [source(text) for text in sources]}
    fields |= given(
        (("effective_at", moment(at)), ("ends_at", moment(until)), ("borrowed", borrowed),
         ("grant", new_grant), ("request", for_request), ("overrides", overrides))
    )  # fmt: skip
    if no_advance:
        fields["advance"] = False
    give("reallocate", fields, terms)


@unfolded
def note(
    text: Annotated[str, typer.Argument(metavar="WORDS", help="What is to be kept.")],
    *,
    position: Annotated[
        int | None, typer.Option("--position", metavar="N", help="About this event.")
    ] = None,
    grant_id: Annotated[
        str | None, typer.Option("--grant", metavar="UUID", help="About this grant.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="UNIT", help="About this unit.")
    ] = None,
    request: Annotated[
        str | None, typer.Option("--request", metavar="UUID", help="About this request.")
    ] = None,
    refs: Refs = None,
    on_behalf_of: OnBehalfOf = None,
    terms: Terms,
) -> None:
    """Put words beside an event, a grant, a unit or a request."""
    about = given(
        (("position", position), ("grant", grant_id), ("unit", unit), ("request", request))
    )
    if len(about) != 1:
        raise Ended(USAGE, "A note is about one of --position, --grant, --unit, --request.")
    beside = given((("refs", refs), ("on_behalf_of", on_behalf_of)))
    give("note", {"about": about, "text": text, **beside}, terms)
