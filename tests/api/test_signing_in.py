"""Doors that ask everybody who they are: tokens of issuers, scopes, and what one person may ask."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from fastapi.testclient import TestClient

from api.scopes import Scope
from api.tokens import create_token
from api.web.sessions import COOKIE
from tests.api.asking import PERSON, command, furnish, grant, problem, recorded
from tests.api.conftest import opened
from tests.support.issuer import AUDIENCE, LocalIssuer, local_issuer


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with local_issuer() as one:
        yield one


@pytest.fixture
def doors(founded_database: str, issuer: LocalIssuer) -> Iterator[TestClient]:
    """Doors that believe the issuer."""
    with opened(
        founded_database, auth="token", oidc_issuer=issuer.url, oidc_audience=AUDIENCE
    ) as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ours(address: str, person: str, scope: Scope | None = None) -> str:
    """A token of our own."""
    with psycopg.connect(address, autocommit=True) as connection:
        return create_token(connection, person, f"{person} for {scope}", None, scope)


def test_a_token_of_the_issuer_opens_the_doors(doors: TestClient, issuer: LocalIssuer) -> None:
    token = issuer.token(sub=PERSON)
    doors.headers.update(bearer(token))
    furnish(doors)
    answer = command(doors, "/v1/grants", grant())
    (event,) = answer.json()["events"]
    host = issuer.url.removeprefix("http://")
    assert (event["by"], event["via"]) == (PERSON, {"tool": "http", "credential": f"oidc:{host}"})
    assert not any(part in answer.text for part in token.split("."))
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]


def test_a_token_that_is_not_believed_changes_nothing(
    doors: TestClient, issuer: LocalIssuer, capfd: pytest.CaptureFixture[str]
) -> None:
    good = bearer(issuer.token(sub=PERSON))
    head = recorded(command(doors, "/v1/pools", {"pool": "before"}, headers=good))
    bad = [issuer.token(sub=PERSON, aud="other"), issuer.token(sub=PERSON, exp=1)]
    bad.append(issuer.token({"kid": "other"}, sub=PERSON))
    for token in bad:
        answer = command(doors, "/v1/pools", {"pool": "p"}, headers=bearer(token))
        assert problem(answer).code == "NotSignedIn"
        challenge = answer.headers["WWW-Authenticate"]
        assert challenge == 'Bearer realm="allot", error="invalid_token"'
        assert not any(part in answer.text for part in token.split("."))
    assert recorded(command(doors, "/v1/pools", {"pool": "p"}, headers=good)) == head + 1
    said = "".join(capfd.readouterr())
    assert not any(part in said for token in bad for part in token.split("."))


def test_doors_that_believe_no_issuer_know_none(
    closed_doors: TestClient, issuer: LocalIssuer
) -> None:
    answer = closed_doors.get("/v1/position", headers=bearer(issuer.token(sub=PERSON)))
    assert problem(answer).code == "NotSignedIn"


def test_while_the_issuer_is_away_its_tokens_wait_and_ours_do_not(
    doors: TestClient, issuer: LocalIssuer, founded_database: str
) -> None:
    issuer.is_away = True
    answer = doors.get("/v1/position", headers=bearer(issuer.token()))
    assert (problem(answer).status, problem(answer).code) == (503, "IssuerAway")
    assert answer.headers["Retry-After"] == "5"
    mine = bearer(ours(founded_database, "ada"))
    assert doors.get("/v1/position", headers=mine).status_code == 200


@pytest.mark.parametrize(
    ("scope", "opens"),
    [("feed", [200, 403, 403, 403]), ("read", [200, 200, 403, 403]), ("write", [200] * 4)],
)
def test_a_token_opens_the_doors_it_is_for(
    doors: TestClient, issuer: LocalIssuer, founded_database: str, scope: Scope, opens: list[int]
) -> None:
    for token in (
        ours(founded_database, PERSON, scope),
        issuer.token(sub=PERSON, scope=f"allot:{scope}"),
    ):
        doors.headers.update(bearer(token))
        line = b'{"do":"create_unit","key":"k","unit":"vision"}\n'
        ndjson = {"Content-Type": "application/x-ndjson"}
        answers = [
            doors.get("/v1/events"),
            doors.get("/v1/receipts?key=none"),
            command(doors, "/v1/units", {"unit": "vision"}, dry_run=True),
            doors.post("/v1/commands?dry_run=true", content=line, headers=ndjson),
        ]
        found = [200 if one.status_code == 404 else one.status_code for one in answers]
        assert found == opens
        for answer in answers:
            if answer.status_code == 403:
                assert problem(answer).code == "TokenTooNarrow"
                needs = "read" if answer.request.method == "GET" else "write"
                assert answer.headers["WWW-Authenticate"] == (
                    f'Bearer realm="allot", error="insufficient_scope", scope="{needs}"'
                )


def test_a_service_account_reads_unless_its_token_is_for_more(
    doors: TestClient, founded_database: str
) -> None:
    quiet = bearer(ours(founded_database, "scheduler@services"))
    assert doors.get("/v1/receipts?key=none", headers=quiet).status_code == 404
    answer = command(doors, "/v1/units", {"unit": "vision"}, headers=quiet)
    assert problem(answer).code == "TokenTooNarrow"
    # With a token that is for commands, it is judged like anybody: it was delegated nothing.
    loud = bearer(ours(founded_database, "scheduler@services", "write"))
    answer = command(doors, "/v1/units", {"unit": "vision"}, headers=loud)
    assert problem(answer).code == "NotYoursToDecide"


def test_a_person_who_asks_too_much_is_told_when_to_ask_again(founded_database: str) -> None:
    with opened(
        founded_database, auth="token", reads_per_s=0.01, reads_burst=3,
        commands_per_s=0.01, commands_burst=2,
    ) as doors:  # fmt: skip
        one = bearer(ours(founded_database, PERSON))
        same = bearer(ours(founded_database, PERSON, "write"))
        read = [doors.get("/v1/events", headers=who) for who in (one, same, one, same)]
        assert [answer.status_code for answer in read] == [200, 200, 200, 429]
        assert problem(read[3]).code == "TooManyRequests"
        assert 90 <= int(read[3].headers["Retry-After"]) <= 100
        units = [{"unit": name} for name in ("a", "b", "c")]
        wrote = [command(doors, "/v1/units", unit, headers=one) for unit in units]
        assert [answer.status_code for answer in wrote] == [201, 201, 429]
        told = doors.get("/metrics").text
        for limit in ("commands_of_a_person", "reads_of_a_person"):
            assert f'allot_limit_reached_total{{limit="{limit}"}} 1.0' in told
        other = bearer(ours(founded_database, "bob"))
        assert doors.get("/v1/events", headers=other).status_code == 200


def test_each_line_of_a_bulk_request_counts(founded_database: str) -> None:
    with opened(founded_database, auth="token", commands_per_s=0.1, commands_burst=1) as doors:
        doors.headers.update(bearer(ours(founded_database, PERSON)))
        lines = b"".join(b'{"do":"create_unit","key":"k%d","unit":"u%d"}\n' % (n, n)
                         for n in range(50))  # fmt: skip
        ndjson = {"Content-Type": "application/x-ndjson"}
        first = doors.post("/v1/commands", content=lines, headers=ndjson)
        assert first.status_code == 200
        assert first.text.count('"status":201') == 50
        second = doors.post("/v1/commands", content=lines, headers=ndjson)
        assert problem(second).code == "TooManyRequests"
        assert 480 <= int(second.headers["Retry-After"]) <= 500


def test_in_open_mode_nobody_is_limited(founded_database: str) -> None:
    with opened(founded_database, reads_per_s=0.01, reads_burst=1) as doors:
        assert {doors.get("/v1/events").status_code for _ in range(5)} == {200}


def signed_in(doors: TestClient, token: str) -> int:
    """Swap a token for a session; returns the status."""
    form = doors.get("/sign-in").text
    proof = re.findall(r'name="csrf" value="([0-9a-f]+)"', form)[0]
    sent = doors.post(
        "/sign-in", data={"token": token, "csrf": proof, "then": "/"}, follow_redirects=False
    )
    return sent.status_code


def test_a_token_of_the_issuer_opens_the_page(doors: TestClient, issuer: LocalIssuer) -> None:
    assert signed_in(doors, issuer.token(exp=1)) == 401
    assert signed_in(doors, issuer.token(scope="allot:feed")) == 403
    assert signed_in(doors, issuer.token(more="x" * 4_000)) == 422
    assert COOKIE not in doors.cookies
    assert signed_in(doors, issuer.token()) == 303
    assert doors.get("/v1/receipts?key=none").status_code == 404
    assert command(doors, "/v1/units", {"unit": "vision"}).status_code == 401


def test_a_session_ends_when_the_key_of_its_token_is_withdrawn(
    founded_database: str, issuer: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.issuer_keys.AGAIN_S", 0.0)
    monkeypatch.setattr("api.issuer_keys.OLD_S", -1.0)
    monkeypatch.setattr("api.issuers.KEPT_S", 0.0)
    with opened(
        founded_database, auth="token", oidc_issuer=issuer.url, oidc_audience=AUDIENCE
    ) as doors:
        assert signed_in(doors, issuer.token()) == 303
        assert doors.get("/v1/receipts?key=none").status_code == 404
        issuer.rotate("second", keep=False)
        assert doors.get("/v1/receipts?key=none").status_code == 401
