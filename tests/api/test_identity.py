"""Who acts: tokens, sessions, and the name given in open mode."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pydantic
import pytest
from starlette.requests import Request

from api.identity import Identity
from api.problems import Problem
from api.scopes import Scope, SignedIn
from api.settings import Settings
from api.tokens import Credential
from api.web.sessions import COOKIE, Sessions
from tests.support.looping import to_the_end

NOW = datetime.now(UTC)
SESSIONS = Sessions(b"a secret of this test")


def asking(method: str = "GET", **headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request({"type": "http", "method": method, "headers": given, "query_string": b""})


def credential(token: str, scope: Scope = "write", **changes: datetime | None) -> Credential:
    digest = sha256(token.encode()).digest()
    times: dict[str, datetime | None] = {"expires_at": None, "revoked_at": None, **changes}
    return Credential(
        name="laptop", digest=digest, person="ada", scope=scope, created_at=NOW, **times
    )


class Kept:
    """The tokens that are kept, and how often they were looked up."""

    def __init__(self, *credentials: Credential) -> None:
        self.credentials = {one.digest: one for one in credentials}
        self.looked_up = 0

    def __call__(self, digest: bytes) -> Credential | None:
        self.looked_up += 1
        return self.credentials.get(digest)


def identity(kept: Kept, auth: str = "token") -> Identity:
    settings = Settings.model_validate({"database_url": "", "auth": auth})
    return Identity(settings, SESSIONS, kept, lambda: "founder@lab")


def refused(doors: Identity, request: Request) -> Problem:
    with pytest.raises(Problem) as caught:
        to_the_end(doors.of(request))
    return caught.value


def test_a_token_signs_its_person_in_and_names_itself() -> None:
    doors = identity(Kept(credential("t")))
    for scheme in ("Bearer", "bearer"):
        who = to_the_end(doors.of(asking("POST", authorization=f"{scheme} t")))
        assert who == SignedIn(person="ada", credential="laptop")


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"authorization": "Bearer wrong"}, {"authorization": "Bearer "},
        {"authorization": "Basic dDo="}, {"authorization": "t"}, {"allot_as": "ada"},
    ],
)  # fmt: skip
def test_anything_else_is_asked_to_sign_in(headers: dict[str, str]) -> None:
    problem = refused(identity(Kept(credential("t"))), asking("GET", **headers))
    assert (problem.status, problem.code) == (401, "NotSignedIn")
    assert problem.headers["WWW-Authenticate"].startswith('Bearer realm="allot"')


def test_an_expired_token_signs_nobody_in() -> None:
    kept = Kept(
        credential("old", expires_at=NOW - timedelta(seconds=1)),
        credential("new", expires_at=NOW + timedelta(hours=1)),
        credential("gone", revoked_at=NOW),
    )
    doors = identity(kept)
    assert to_the_end(doors.of(asking(authorization="Bearer new"))).person == "ada"
    for token in ("old", "gone"):
        assert refused(doors, asking(authorization=f"Bearer {token}")).status == 401


def test_a_thousand_requests_look_a_token_up_once() -> None:
    kept = Kept(credential("t"))
    doors = identity(kept)

    async def many() -> None:
        await asyncio.gather(*(doors.of(asking(authorization="Bearer t")) for _ in range(1000)))

    to_the_end(many())
    assert kept.looked_up == 1


def test_a_revoked_token_is_refused_after_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Kept(credential("t"))
    doors = identity(kept)
    clock = [100.0]
    monkeypatch.setattr("api.identity.time.monotonic", lambda: clock[0])
    assert to_the_end(doors.of(asking(authorization="Bearer t"))).person == "ada"
    kept.credentials.clear()
    clock[0] += 1.1
    assert refused(doors, asking(authorization="Bearer t")).status == 401


def test_a_session_reads_and_decides_nothing() -> None:
    doors = identity(Kept(credential("t")))
    cookie = f"{COOKIE}={SESSIONS.seal('t')}"
    assert to_the_end(doors.of(asking("GET", cookie=cookie))).person == "ada"
    assert refused(doors, asking("POST", cookie=cookie)).status == 401


def test_open_doors_take_the_name_given_or_the_founder() -> None:
    doors = identity(Kept(), "open")
    for host in ("localhost", "127.0.0.1:8000", "[::1]:8000"):
        assert to_the_end(doors.of(asking(host=host))).person == "founder@lab"
    named = to_the_end(doors.of(asking(host="localhost", allot_as="zoë@lab")))
    assert named == SignedIn(person="zoë@lab")


def test_open_doors_answer_to_names_of_this_machine_only() -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", ""):
        assert refused(identity(Kept(), "open"), asking(host=host)).status == 421


@pytest.mark.parametrize("name", ["", "a" * 201, "a\x01", "\u202eada"])
def test_a_name_that_cannot_be_a_person_is_malformed(name: str) -> None:
    assert refused(identity(Kept(), "open"), asking(host="localhost", allot_as=name)).status == 400


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "::", "ledger.example"])
def test_open_doors_beyond_loopback_do_not_start(host: str) -> None:
    asked = {"database_url": "", "auth": "open", "host": host}
    with pytest.raises(pydantic.ValidationError, match="ALLOT_AUTH=open"):
        Settings.model_validate(asked)
    Settings.model_validate({**asked, "auth": "token"})
