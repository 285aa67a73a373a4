"""openapi.json says all that can be asked, and the committed one is the one that is served."""

import re
from pathlib import Path
from typing import get_args

import jsonschema
import msgspec
import pytest
from starlette.routing import Route

from api.app import create_app, document
from api.decisions.commands import DOORS, Door
from api.reference.page import STYLE, render
from api.reference.schemas import Json, written
from api.settings import Settings
from ledger.commands import Decision, Single
from ledger.organising import Confirm
from ledger.refusals import REFUSALS

COMMITTED = Path(__file__).parents[2] / "docs/reference/openapi.json"
NOT_DESCRIBED = {"/docs", "/docs/page.css", "/openapi.json"}


class _Content(msgspec.Struct):
    schema: Json = {}
    example: object = None


class _Body(msgspec.Struct):
    content: dict[str, _Content] = {}


class _Operation(msgspec.Struct):
    summary: str
    responses: dict[str, _Body]
    body: _Body | None = msgspec.field(name="requestBody", default=None)


class _Components(msgspec.Struct):
    schemes: dict[str, dict[str, str]] = msgspec.field(name="securitySchemes")
    schemas: dict[str, Json]


class _Document(msgspec.Struct):
    paths: dict[str, dict[str, _Operation]]


def operations() -> list[tuple[str, _Operation]]:
    read = msgspec.convert(document(), _Document)
    return [
        (f"{method} {path}", operation)
        for path, item in read.paths.items()
        for method, operation in item.items()
    ]


def test_the_committed_reference_is_what_the_code_says() -> None:
    assert COMMITTED.read_text() == written(document()), (
        "write it anew: python -m api.reference > docs/reference/openapi.json"
    )


def test_all_that_it_points_at_is_there() -> None:
    text = written(document())
    named = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', text))
    assert len(named) > 100
    assert named <= msgspec.convert(document()["components"], _Components).schemas.keys()


def test_it_says_by_which_headers_one_says_who_asks() -> None:
    said = msgspec.convert(document()["components"], _Components).schemes
    assert said["token"]["scheme"] == "bearer"
    assert (said["named"]["in"], said["named"]["name"]) == ("header", "Allot-As")
    assert document()["security"] == [{"token": []}, {"named": []}]


def test_every_operation_has_a_summary_an_example_and_its_refusals() -> None:
    for name, operation in operations():
        assert operation.summary, name
        bodies = [*operation.responses.values(), operation.body or _Body()]
        shown = [one.example for body in bodies for one in body.content.values()]
        assert any(example is not None for example in shown), name
        health = name.split()[1] in {"/livez", "/readyz", "/metrics", "/version"}
        assert health or {"401", "422"} <= operation.responses.keys(), name


def test_every_route_is_described() -> None:
    app = create_app(Settings(database_url="", auth="token"))
    asked = {
        f"{method.lower()} {route.path}"
        for route in app.routes
        if isinstance(route, Route) and route.path not in NOT_DESCRIBED
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert asked <= {name for name, _ in operations()}


def test_every_refusal_that_a_door_names_exists() -> None:
    assert {name for door in DOORS for name in door.refusals} <= REFUSALS.keys()


def test_a_decision_and_a_confirmation_name_what_any_of_their_legs_may_be_refused_by() -> None:
    named = {door.command: set(door.refusals) for door in DOORS}
    of_legs = set[str]().union(*(named[kind] for kind in get_args(Single)))
    assert named[Decision] == of_legs
    assert named[Confirm] == of_legs | {"UnknownProposal", "ProposalOver"}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.do)
def test_the_schema_takes_the_example_of_its_door(door: Door) -> None:
    described = document()
    body = msgspec.convert(described, _Document).paths[door.path]["post"].body
    assert body is not None
    schema = body.content["application/json"].schema
    schema = {**schema, "components": described["components"]}
    jsonschema.validate(door.example, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**door.example, "budget": 1}, schema)


def test_the_page_shows_every_operation_and_fetches_nothing_foreign() -> None:
    page = render(document())
    for name, _ in operations():
        assert f"{name.split()[1]}</a>" in page, name
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="([^"#][^"]*)"', page)) == {
        "/openapi.json",
        "/docs/page.css",
    }
    assert b"url(" not in STYLE
    assert b"@import" not in STYLE
