"""Words that mean something elsewhere stay words: in tables, pages, headers, logs, addresses."""

import csv
import io
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import msgspec
import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.app import create_app, document
from api.observing import Metrics
from api.problems import answer_with_problems
from api.settings import Settings
from ledger.log import LogUnavailable
from ledger.store.embedded.server import Server
from ledger.store.roles import FOLLOWER, as_role
from projections.registry import ensure
from tests.api.conftest import followed
from tests.faults.mutants import faults_of
from tests.support.postgres import copied

SCRIPT = "<script>alert(1)</script>"
WORDS = (
    "=HYPERLINK(\"http://example.org\",\"click\")", "+1+1", "-2+3", "@SUM(A1)", SCRIPT,
    "'; DROP TABLE ledger.events; --", "{{ 7 * 7 }}", "${jndi:ldap://x}", "%0d%0aSet-Cookie: a=b",
    "\"><img src=x onerror=alert(1)>",
)  # fmt: skip
IDS = ("/", "..", "../../etc/passwd", "%", "%00", "null", "a/b/../c", "\x00", "\r\nX-Evil: 1",
       "\u202e", SCRIPT, "' OR 1=1 --", "x" * 3000)  # fmt: skip
UUID = "0192f0c1-7a10-7c3e-8b54-000000000001"


@pytest.fixture(scope="module")
def doors(postgres_server: Server, founded_template: str) -> Iterator[TestClient]:
    """Doors of a ledger whose reasons and names are made of such words."""
    with (
        pytest.MonkeyPatch.context() as patch,
        opened(postgres_server, founded_template) as opening,
    ):
        patch.setenv("ALLOT_DURABILITY", "test")
        with opening as client:
            for number, words in enumerate(WORDS):
                tell(client, "/v1/units", unit=f"u{number}", name=words, reason=words)
                tell(client, "/v1/notes", about={"unit": f"u{number}"}, text=words)
            seen = client.get(f"/v1/units?min_position={head_of(client)}&wait_s=60")
            assert seen.status_code == 200
            yield client


@contextmanager
def opened(server: Server, template: str) -> Generator[TestClient]:
    with copied(server, template) as address:
        with psycopg.connect(as_role(address, FOLLOWER), autocommit=True) as connection:
            ensure(connection)
        settings = Settings.model_validate({"database_url": address, "auth": "open"})
        base = "http://127.0.0.1:8000"
        with followed(address):
            yield TestClient(create_app(settings), base_url=base, raise_server_exceptions=False)


def head_of(client: TestClient) -> int:
    """The newest position."""
    return client.get("/v1/position").json()["head"]


def tell(client: TestClient, path: str, **fields: object) -> None:
    """Give a command that must pass."""
    answer = client.post(
        path, content=msgspec.json.encode(fields),
        headers={"Content-Type": "application/json", "Idempotency-Key": f"{path}{fields}"[:200]},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("path", ["/v1/units", "/v1/history", "/v1/export?what=events"])
def test_no_cell_of_a_table_is_a_formula(doors: TestClient, path: str) -> None:
    answer = doors.get(path, params=None, headers={"Accept": "text/csv"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))] == []
    assert [cell for cell in cells if cell.startswith("-") and not cell[1:].isdigit()] == []
    if path != "/v1/export?what=events":
        assert any(cell == "'" + WORDS[0] for cell in cells)


@pytest.mark.parametrize("path", ["/", "/unit", "/unit?unit=u4", "/history", "/history?q=u4"])
def test_a_page_shows_words_and_runs_none(doors: TestClient, path: str) -> None:
    page = doors.get(path)
    assert page.status_code == 200
    assert SCRIPT not in page.text
    assert "<img src=x" not in page.text
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


def test_the_page_has_those_words_to_show(doors: TestClient) -> None:
    assert "&lt;script&gt;alert(1)" in doors.get("/history").text


def operations() -> list[tuple[str, list[str]]]:
    """Every read of the reference with its parameters, and the pages with theirs."""
    paths = msgspec.convert(document()["paths"], dict[str, dict[str, dict[str, object]]])
    reads = [
        (path, [str(one["name"]) for one in msgspec.convert(
            operation["get"]["parameters"], list[dict[str, object]]) if one["in"] == "query"])
        for path, operation in paths.items()
        if "get" in operation and path not in ("/v1/events/stream", "/metrics", "/livez")
    ]  # fmt: skip
    return [
        *reads, ("/pool", ["pool", "span"]), ("/unit", ["unit", "span", "grants"]),
        ("/grant", ["grant"]), ("/history", ["q", "before", "rows", "valid_at", "known_at"]),
        ("/sign-in", ["then"]), ("/static/x", ["v"]),
    ]  # fmt: skip


@pytest.mark.parametrize(("path", "names"), operations(), ids=lambda one: str(one)[:40])
def test_no_parameter_breaks_a_read_or_changes_the_record(
    doors: TestClient, path: str, names: list[str]
) -> None:
    head = head_of(doors)
    asked = 0
    for turn, name in enumerate(names):
        # Each parameter meets some of them, and all of them are met.
        for words in (IDS * 2)[turn % len(IDS) :][:5]:
            query = f"{name}={quote(words, safe='')}&wait_s=0&wait=0"
            if path == "/v1/export" and name != "what":
                query += "&what=holdings"
            target = path.replace("{id}", UUID)
            for ending in (query, query.partition("&")[0]):
                answer = doors.get(f"{target}?{ending}", follow_redirects=False)
                assert faults_of(answer, ()) == [], (ending, answer.text[:500])
                assert "x-evil" not in answer.headers
                assert SCRIPT not in answer.text or answer.headers["Content-Type"] != "text/html"
                asked += 1
    assert asked or not names
    assert head_of(doors) == head


@pytest.mark.parametrize("words", IDS, ids=lambda words: repr(words)[:20])
def test_no_address_breaks_a_read(doors: TestClient, words: str) -> None:
    for path in ("/v1/grants/{}", "/v1/grants/{}/why", "/v1/{}", "/{}", "/static/{}"):
        answer = doors.get(path.format(quote(words, safe="")), follow_redirects=False)
        assert faults_of(answer, ()) == [], (path, answer.text[:500])
        assert answer.status_code in (200, 303, 400, 404, 405, 422)
        assert "x-evil" not in answer.headers
        if "text/html" in answer.headers.get("Content-Type", ""):
            assert SCRIPT not in answer.text


def test_a_line_of_the_log_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    forged = "a\n2026-01-01 00:00:00 [error    ] all is lost"

    async def away(_request: Request) -> Response:
        raise LogUnavailable(forged)

    app = FastAPI(routes=[Route("/{words}", away)])
    app.state.metrics = Metrics()
    answer_with_problems(app)
    with TestClient(app) as client:
        answer = client.get(f"/{quote(forged)}")
    assert (answer.status_code, faults_of(answer, (forged,))) == (503, [])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert "answered 503" in lines[0]
