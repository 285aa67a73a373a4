"""Tokens in the database: made, listed, ended, and asked for at every door."""

import threading
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from psycopg import sql

from api.tokens import NameTaken, create_token, list_tokens, revoke_token
from ledger.store.migrations import migrate, shipped
from tests.api.asking import PERSON, command, events, furnish, grant, problem, recorded
from tests.api.gauging import until


@pytest.fixture
def kept(founded_database: str) -> psycopg.Connection:
    return psycopg.connect(founded_database, autocommit=True)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_the_doors_for_its_person(
    closed_doors: TestClient, kept: psycopg.Connection
) -> None:
    with kept:
        token = create_token(kept, PERSON, "laptop")
    closed_doors.headers.update(bearer(token))
    furnish(closed_doors)
    answer = command(closed_doors, "/v1/grants", grant())
    (event,) = answer.json()["events"]
    assert (event["by"], event["via"]) == (PERSON, {"tool": "http", "credential": "laptop"})
    # A name in a header does not change who signed in.
    other = command(closed_doors, "/v1/grants", grant(), headers={"Allot-As": "operator@lab"})
    assert other.json()["events"][0]["by"] == PERSON


@pytest.mark.parametrize(
    "path",
    ["/v1/events", "/v1/events/stream", "/v1/position", "/v1/receipts?key=a"],
)
def test_every_door_asks_for_a_token(closed_doors: TestClient, path: str) -> None:
    for headers in ({}, bearer("allot_wrong"), {"Allot-As": PERSON}):
        answer = closed_doors.get(path, headers=headers)
        assert problem(answer).status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_who_follows_live_hears_no_more_once_the_token_is_no_longer_good(
    closed_doors: TestClient, kept: psycopg.Connection, end: str
) -> None:
    with kept:
        kept.autocommit = True
        feed = create_token(kept, PERSON, "feed", datetime.now(UTC) + timedelta(days=1))
        heard: list[int] = []

        def listen() -> None:
            followed = closed_doors.get("/v1/events/stream?after=0", headers=bearer(feed))
            heard.append(followed.status_code)

        listening = threading.Thread(target=listen, daemon=True)
        listening.start()
        tail = cast("FastAPI", closed_doors.app).state.running.tail
        until(lambda: tail.followers == 1)
        ended = sql.SQL("UPDATE ledger.tokens SET {} = now() WHERE name = 'feed'")
        kept.execute(ended.format(sql.Identifier(end)))
        listening.join(60)
        assert (heard, tail.followers) == ([200], 0)


def test_who_waits_for_a_page_hears_no_more_once_the_token_is_revoked(
    closed_doors: TestClient, kept: psycopg.Connection
) -> None:
    with kept:
        kept.autocommit = True
        spy, writer = (create_token(kept, PERSON, name) for name in ("spy", "writer"))
        head = events(closed_doors_signed_in(closed_doors, writer)).head
        heard: list[int] = []

        def wait() -> None:
            asked = {"after": head, "wait": 60}
            page = closed_doors.get("/v1/events", params=asked, headers=bearer(spy))
            heard.append(page.status_code)

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        tail = cast("FastAPI", closed_doors.app).state.running.tail
        until(lambda: tail.is_followed)
        revoke_token(kept, "spy")
        until(lambda: closed_doors.get("/v1/position", headers=bearer(spy)).status_code == 401)
        recorded(command(closed_doors, "/v1/pools", {"pool": "later"}, headers=bearer(writer)))
        waiting.join(60)
        assert heard == [401]


def test_wrong_expired_and_revoked_tokens_change_nothing(
    closed_doors: TestClient, kept: psycopg.Connection
) -> None:
    with kept:
        good = create_token(kept, PERSON, "good")
        gone = create_token(kept, PERSON, "gone")
        old = create_token(kept, PERSON, "old", datetime.now(UTC) + timedelta(days=1))
        kept.execute("UPDATE ledger.tokens SET expires_at = now() WHERE name = 'old'")
        assert revoke_token(kept, "gone")
        assert not revoke_token(kept, "gone")
        assert not revoke_token(kept, "never")
    head = events(closed_doors_signed_in(closed_doors, good)).head
    for token in (gone, old, good + "x", "allot_", "' OR 1=1 --"):
        answer = command(closed_doors, "/v1/pools", {"pool": "p"}, headers=bearer(token))
        assert problem(answer).code == "NotSignedIn"
        assert token not in answer.text or token == "allot_"
    assert events(closed_doors).head == head
    assert recorded(command(closed_doors, "/v1/pools", {"pool": "p"})) == head + 1


def closed_doors_signed_in(doors: TestClient, token: str) -> TestClient:
    doors.headers.update(bearer(token))
    return doors


def test_tokens_are_listed_without_themselves(kept: psycopg.Connection) -> None:
    with kept:
        token = create_token(kept, "ada", "one")
        with pytest.raises(NameTaken):
            create_token(kept, "bob", "one")
        create_token(kept, "ada", "two", datetime.now(UTC) + timedelta(days=1))
        revoke_token(kept, "one")
        listed = list_tokens(kept)
    assert {one.name: (one.person, one.revoked_at is not None) for one in listed} == {
        "one": ("ada", True),
        "two": ("ada", False),
    }
    assert token not in repr(listed)


@pytest.mark.parametrize(("person", "name"), [("", "n"), ("p", ""), ("p" * 201, "n"), ("p", "a\n")])
def test_a_token_needs_a_person_and_a_name(
    kept: psycopg.Connection, person: str, name: str
) -> None:
    with kept:
        with pytest.raises(ValueError, match=r"name|person"):
            create_token(kept, person, name)
        assert list_tokens(kept) == []


def test_tokens_that_were_made_before_there_were_scopes_are_for_commands(
    fresh_database: str,
) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        migrate(connection, shipped()[:3])
        digest = sha256(b"an old one").digest()
        connection.execute(
            "INSERT INTO ledger.tokens (name, digest, person) VALUES ('old', %s, 'ada')", (digest,)
        )
        assert migrate(connection, shipped()[:4]) == ["0004_token_scopes"]
        (old,) = list_tokens(connection)
    assert (old.digest, old.scope, old.holds(datetime.now(UTC))) == (digest, "write", True)


def test_a_token_without_a_scope_is_for_commands_and_of_a_program_for_reading(
    kept: psycopg.Connection,
) -> None:
    with kept:
        for person in ("ada", "scheduler@services", "ada@services.example"):
            create_token(kept, person, f"of {person}")
        create_token(kept, "scheduler@services", "loud", None, "write")
        create_token(kept, "ada", "quiet", None, "feed")
        scopes = {one.name: one.scope for one in list_tokens(kept)}
    assert scopes == {
        "of ada": "write",
        "of scheduler@services": "read",
        "of ada@services.example": "write",
        "loud": "write",
        "quiet": "feed",
    }


def test_no_token_of_ours_is_named_like_one_of_an_issuer(kept: psycopg.Connection) -> None:
    with kept, pytest.raises(ValueError, match="issuer"):
        create_token(kept, "ada", "oidc:login.example")
