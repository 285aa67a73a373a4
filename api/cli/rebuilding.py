"""`allot rebuild`: make read models anew beside the old, compare, switch."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Final

import typer

from api.cli.database import DataOption, connection_to, ledger_in, told_in_words
from api.cli.endings import INTERRUPTED, REFUSED, USAGE, Ended
from api.cli.options import Form, Output, examples
from api.cli.output import Row, say, show_rows, steps
from api.cli.processes import finish_undisturbed, interrupted_by_sigterm

if TYPE_CHECKING:
    from projections.building import Built
    from projections.model import Model

_INTERRUPTED: Final = (
    "Interrupted: each read model is as it was, or made anew, and whole. `allot rebuild` begins"
    " again."
)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(
        epilog=examples("allot rebuild", "allot rebuild holdings history --dry-run --data here")
    )(rebuild)


def rebuild(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[MODEL]...", help="Which; left out: all.")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Make and compare them, let the old ones serve on.")
    ] = False,
    data: DataOption = None,
    form: Form = Output.TABLE,
) -> None:
    """Make read models anew from the log; the old ones serve until the new ones take over.

    Exit code 1 when a new one differs from the old at the same position, or could not be made.
    The new one takes over all the same: it follows from the log alone.
    """
    chosen = _chosen(models or [])
    with ledger_in(data) as address:
        built = _built(address, chosen, is_switching=not dry_run)
    show_rows([_row(one) for one in built], form)
    differing = [one for one in built if one.differences]
    for one in differing:
        say("\n".join(_differences(one)))
    if differing:
        raise Ended(REFUSED, f"{len(differing)} of {len(built)} differed from what served.")
    say("Compared; the old ones serve on." if dry_run else "The new ones serve.")


def make_current(address: str) -> list[str]:
    """Make the read models that are missing, and anew those of another release; returns these."""
    from ledger.store.roles import FOLLOWER, as_role
    from projections.registry import MODELS, ensure, positions

    with connection_to(as_role(address, FOLLOWER)) as connection:
        ensure(connection)
        versions = {one.name: one.version for one in positions(connection)}
    other = [model for model in MODELS if versions[model.name] != model.version]
    if other:
        _built(address, other, is_switching=True)
    return [model.name for model in other]


def _built(address: str, models: Sequence["Model"], *, is_switching: bool) -> list["Built"]:
    from ledger.store.reading import head
    from ledger.store.roles import FOLLOWER, as_role
    from projections.rebuild import RebuildFailed, rebuild

    url = as_role(address, FOLLOWER)
    with connection_to(url) as connection:
        newest = head(connection)
    with steps("Making read models anew", newest * len(models)) as bar, told_in_words():
        said = _told(bar.at)
        try:
            with interrupted_by_sigterm():
                return rebuild(url, models=models, is_switching=is_switching, progress=said)
        except RebuildFailed as why:
            text = f"Not all were made anew; those that were not serve as before: {why}"
            raise Ended(REFUSED, text) from why
        except KeyboardInterrupt as told:
            finish_undisturbed()
            raise Ended(INTERRUPTED, _INTERRUPTED) from told


def _chosen(names: Sequence[str]) -> Sequence["Model"]:
    from projections.registry import MODELS

    known = {model.name: model for model in MODELS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Ended(USAGE, f"There is no read model {unknown[0]}. There are: {', '.join(known)}.")
    return [known[name] for name in dict.fromkeys(names)] or MODELS


def _told(at: Callable[[int, str], None]) -> Callable[[str, int, int], None]:
    """Adds up how far all the models are, which are made side by side."""
    done: dict[str, int] = {}

    def say_progress(model: str, position: int, _up_to: int) -> None:
        done[model] = position
        at(sum(done.values()), f"Making {model} anew")

    return say_progress


def _row(one: "Built") -> Row:
    return {
        "model": one.model,
        "version": one.version,
        "position": one.position,
        "compared_at": one.compared_at,
        "differing_tables": len(one.differences),
        "why": one.why,
    }


def _differences(one: "Built") -> Sequence[str]:
    lines: list[str] = []
    for found in one.differences:
        lines.append(
            f"{one.model}.{found.table}: {found.rows_before} rows served, {found.rows_after} follow"
            f" from the log up to position {one.compared_at}"
        )
        lines += [f"  only served: {row}" for row in found.only_before]
        lines += [f"  only from the log: {row}" for row in found.only_after]
    return lines
