"""Whatever is sent: no failure, no change unless the answer says so, no secret in answer or log."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

import httpx2
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from msgspec import Struct
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.app import create_app
from api.settings import Settings
from api.tokens import create_token, revoke_token
from ledger.store.embedded.server import Server
from ledger.store.roles import FOLLOWER, as_role
from projections.registry import ensure
from tests.faults.mutants import faults_of, mutants
from tests.support.postgres import FOUNDER, copied

PASSWORD = "hunter2-is-no-good-password"
SESSIONS = "a-secret-that-seals-the-sessions"
SOME, MANY = 300, 10_000
JSON = "application/json"


class Closed(Struct, frozen=True, kw_only=True):
    """Doors that ask for a token, on a database whose address has a password."""

    app: FastAPI
    doors: TestClient
    address: str
    token: str

    @property
    def secrets(self) -> tuple[str, ...]:
        return (PASSWORD, SESSIONS, self.token)

    def head(self) -> int:
        """The newest position that is committed."""
        return self.app.state.running.log.head()

    def post(self, path: str, body: bytes, key: str, **headers: str) -> httpx2.Response:
        sent = {
            "Authorization": f"Bearer {self.token}", "Content-Type": JSON, "Idempotency-Key": key,
            **headers,
        }  # fmt: skip
        return self.doors.post(path, content=body, headers=sent)


@pytest.fixture
def closed(
    postgres_server: Server, founded_template: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Closed]:
    """The doors; what would be a failure is answered as the service answers it."""
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    with copied(postgres_server, founded_template) as plain:
        address = f"{plain}&password={PASSWORD}"
        with psycopg.connect(as_role(address, FOLLOWER), autocommit=True) as connection:
            ensure(connection)
        with psycopg.connect(address) as connection:
            token = create_token(connection, FOUNDER, "good")
        settings = Settings.model_validate(
            {"database_url": address, "session_secret": SESSIONS, "read_wait_s": 1}
        )
        app = create_app(settings)
        with TestClient(app, raise_server_exceptions=False) as doors:
            yield Closed(app=app, doors=doors, address=address, token=token)


@pytest.mark.parametrize("count", [SOME, pytest.param(MANY, marks=pytest.mark.slow)])
def test_a_spoilt_body_changes_nothing_and_breaks_nothing(
    closed: Closed, count: int, capfd: pytest.CaptureFixture[str]
) -> None:
    head = closed.head()
    statuses: set[int] = set()
    for number, (path, body) in enumerate(islice(mutants(count), count)):
        answer = closed.post(path, body, f"m{number}")
        assert faults_of(answer, closed.secrets) == [], (path, body, answer.text)
        statuses.add(answer.status_code)
        reached = closed.head()
        if answer.status_code in (201, 202):
            assert reached > head, body
        else:
            assert reached == head, (path, body, answer.text)
        head = reached
    assert {201, 400, 404, 409, 422} <= statuses
    said = "".join(capfd.readouterr())
    assert not [secret for secret in closed.secrets if secret in said]


def test_a_spoilt_line_fails_alone(closed: Closed) -> None:
    lines = [
        b'{"key":"m%d",%b' % (number, body.replace(b"\n", b"")[1:])
        for number, (_, body) in enumerate(islice(mutants(7), SOME))
    ]
    good = b'{"key":"good","do":"note","about":{"unit":"lab"},"text":"words"}'
    head = closed.head()
    answer = closed.post(
        "/v1/commands", b"\n".join([*lines, good]), "", **{"Content-Type": "application/x-ndjson"}
    )
    assert answer.status_code == 200
    assert faults_of(answer, closed.secrets) == []
    told = answer.text.splitlines()
    assert len(told) == len(lines) + 1
    assert told[-1].startswith('{"key":"good","status":201')
    recorded = [line for line in told if '"status":201' in line or '"status":202' in line]
    assert '"status":500' not in answer.text
    assert closed.head() >= head + len(recorded)


BAD_TOKENS = {
    "none": None, "no scheme": "allot_x", "another scheme": "Basic Zm86YmFy", "empty": "Bearer ",
    "wrong": "Bearer allot_" + "x" * 43, "not ascii": "Bearer \u00e4\u00f6", "null": "Bearer null",
    "long": "Bearer " + "x" * 8000, "a list": "Bearer a, Bearer b",
}  # fmt: skip


@pytest.mark.parametrize("name", [*BAD_TOKENS, "expired", "revoked", "foreign"])
def test_a_token_that_is_not_good_lets_nobody_in(
    closed: Closed, postgres_server: Server, founded_template: str, name: str
) -> None:
    head = closed.head()
    given = BAD_TOKENS.get(name) or bad_token(closed, postgres_server, founded_template, name)
    secrets = [*closed.secrets, *([given.split()[-1]] if len(given.split()[-1]) > 20 else [])]
    headers = {b"Content-Type": JSON.encode()}
    if name != "none":
        headers[b"Authorization"] = given.encode()
    for method, path in (("POST", "/v1/grants"), ("GET", "/v1/holdings"), ("GET", "/v1/events")):
        answer = closed.doors.request(method, path, content=b"{}", headers=headers)
        assert answer.status_code == 401, name
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="allot"')
        assert faults_of(answer, secrets) == []
    assert closed.head() == head


def bad_token(closed: Closed, server: Server, template: str, name: str) -> str:
    """A token that was good, or is good elsewhere."""
    if name not in ("expired", "revoked", "foreign"):
        return "-"
    if name == "foreign":
        with copied(server, template) as other, psycopg.connect(other) as connection:
            return f"Bearer {create_token(connection, FOUNDER, name)}"
    soon = datetime.now(UTC) + timedelta(days=1)
    with psycopg.connect(closed.address) as connection:
        token = create_token(connection, FOUNDER, name, soon)
        if name == "revoked":
            revoke_token(connection, name)
        else:
            connection.execute(
                "UPDATE ledger.tokens SET created_at = created_at - interval '9 days',"
                " expires_at = expires_at - interval '8 days' WHERE name = 'expired'"
            )
    return f"Bearer {token}"


def test_a_door_that_tells_what_broke_would_be_found_out(closed: Closed) -> None:
    # The control: the same checks must see each thing that they look for.
    async def echo(request: Request) -> Response:
        try:
            raise RuntimeError(f"could not connect to {closed.address}")
        except RuntimeError as broken:
            return PlainTextResponse(f"Traceback: {broken!r}", 500)

    async def quiet(request: Request) -> Response:
        return Response(request.headers["Authorization"], 200)

    app = Starlette(routes=[Route("/v1/grants", echo, methods=["POST"]), Route("/quiet", quiet)])
    with TestClient(app) as doors:
        found = faults_of(doors.post("/v1/grants", content=b"{}"), closed.secrets)
        leaked = doors.get("/quiet", headers={"Authorization": f"Bearer {closed.token}"})
    assert found == [
        "status 500", "a refusal as text/plain; charset=utf-8", "the secret hunt...",
        "the inside of the program",
    ]  # fmt: skip
    assert faults_of(leaked, closed.secrets) == ["the secret allo..."]


def test_a_database_that_is_away_tells_no_secret_to_anybody(
    closed: Closed, capfd: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(closed.address, autocommit=True) as owner:
        name = owner.info.dbname
        owner.execute("UPDATE pg_database SET datallowconn = false WHERE datname = %s", (name,))
        owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()", (name,),
        )  # fmt: skip
        bearer = {"Authorization": f"Bearer {closed.token}"}
        for path in ("/v1/holdings", "/readyz", "/v1/events", "/"):
            answer = closed.doors.get(path, headers=bearer)
            assert answer.status_code == 503, path
            assert not [one for one in closed.secrets if one in answer.text]
    said = "".join(capfd.readouterr())
    assert "answered 503" in said
    assert not [secret for secret in closed.secrets if secret in said]
