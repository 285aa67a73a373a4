"""Whatever the reference allows, and much that it does not, is answered as the reference tells."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from requests import Session
from schemathesis import Case, CheckContext, Response, SerializationContext
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import document
from ledger.store.embedded.server import Server
from tests.api.conftest import begin, prepare, serving
from tests.support.postgres import fresh

AnyCase = Case[Any]


@schemathesis.serializer("application/x-ndjson")
def lines(_context: SerializationContext, value: object) -> bytes:
    """A bulk body as it is; whatever else was thought up for it, as JSON."""
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)


def no_bug(_context: CheckContext, response: Response, _case: AnyCase) -> None:
    """A 503 may be due, such as for a position that nothing reflects yet; a 500 never is."""
    assert response.status_code != 500, response.text


CHECKS = [
    no_bug,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# A stream that never ends, and bodies that are the sum of all others: making one takes half a
# minute. Both have tests of their own.
LEFT_OUT = ["/v1/events/stream", "/v1/decisions"]
WAITS = ("wait", "wait_s")

schema = schemathesis.openapi.from_dict(document()).exclude(path=LEFT_OUT)
OPERATIONS = [
    found.ok()  # pyright: ignore[reportAttributeAccessIssue]  of an error there is none: it is said
    for found in schema.get_all_operations()
]
EVERY_MODE = list(HypothesisTestMode)


def modes_of(operation: Any) -> list[HypothesisTestMode]:
    """How questions are thought up: of commands, of which others spoil bodies, a few; of reads all.

    Two hundred questions for each command take as long as all the others together.
    """
    if operation.method == "get":
        return EVERY_MODE
    return [one for one in EVERY_MODE if one != HypothesisTestMode.COVERAGE]


@pytest.fixture(scope="module")
def url(postgres_server: Server) -> Iterator[str]:
    """The address of a service of its own."""
    with pytest.MonkeyPatch.context() as patch, fresh(postgres_server) as address:
        patch.setenv("ALLOT_DURABILITY", "test")
        prepare(address)
        begin(address)
        with serving(address) as where:
            yield where


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """Connections that are used again: to make one takes as long as an answer."""
    with Session() as made:
        yield made


@pytest.mark.parametrize(
    ("operation", "modes"),
    [
        *(pytest.param(one, modes_of(one), id=one.label) for one in OPERATIONS),
        *(
            pytest.param(one, EVERY_MODE, id=f"{one.label} at length", marks=pytest.mark.slow)
            for one in OPERATIONS
            if modes_of(one) != EVERY_MODE
        ),
    ],
)
def test_every_answer_is_one_that_the_reference_tells_of(
    operation: Any, modes: list[HypothesisTestMode], url: str, session: Session
) -> None:
    @settings(
        max_examples=2,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    def ask(case: AnyCase) -> None:
        for name in WAITS:
            if name in case.query:
                case.query[name] = 0
        case.call_and_validate(base_url=url, session=session, checks=CHECKS)

    # The library's own way into pytest thinks all questions up before the first test begins, in
    # each process of a run, and gives all of its tests one name.
    config = HypothesisTestConfig(modes=modes, project=schema.config)
    create_test(operation=operation, test_func=ask, config=config)()
