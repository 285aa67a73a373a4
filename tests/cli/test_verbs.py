"""A verb that takes bundles of options is typed option by option."""

from inspect import signature
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from api.cli.options import Output
from api.cli.verbs import Said, Terms, Why, seen, unfolded

AS_SPLIT = Said(reason_code="split")
taken: list[tuple[str, bool, Said, Terms]] = []


@unfolded
def verb(
    what: Annotated[str, typer.Argument()],
    *,
    much: Annotated[bool, typer.Option("--much")] = False,
    said: Said = AS_SPLIT,
    terms: Terms,
) -> None:
    """Do something."""
    taken.append((what, much, said, terms))


@pytest.fixture
def app() -> typer.Typer:
    taken.clear()
    app = typer.Typer()
    app.command()(verb)
    return app


def test_options_stand_where_their_bundle_stands() -> None:
    assert list(signature(verb).parameters) == [
        "what", "much", "reason", "reason_code", "refs", "on_behalf_of", "unchanged_since",
        "dry_run", "yes", "key", "form", "url", "actor",
    ]  # fmt: skip


def test_what_is_not_typed_is_as_the_bundle_says(app: typer.Typer) -> None:
    assert CliRunner(env={"ALLOT_URL": "", "ALLOT_AS": ""}).invoke(app, ["it"]).exit_code == 0
    ((what, much, said, terms),) = taken
    assert (what, much, said) == ("it", False, AS_SPLIT)
    assert terms == Terms(actor=terms.actor, url=terms.url)


def test_what_is_typed_reaches_the_verb_in_its_bundle(app: typer.Typer) -> None:
    typed = "it --much --reason why --ref a --ref b --if-unchanged-since 0"
    how = "--dry-run -o json --as ada"
    assert CliRunner().invoke(app, f"{typed} {how}".split()).exit_code == 0
    ((_, much, said, terms),) = taken
    assert much
    assert said.fields() == {
        "reason": "why",
        "reason_code": "split",
        "refs": ["a", "b"],
        "seen": 0,
        "if_unchanged": True,
    }
    assert (terms.dry_run, terms.form, terms.actor) == (True, Output.JSON, "ada")


def test_nothing_said_is_no_field() -> None:
    assert Why().fields() == Said().fields() == seen(None) == {}
