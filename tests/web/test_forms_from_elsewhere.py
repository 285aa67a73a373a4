"""A form decides only when it is one of ours, sent by a session that may: else nothing happens."""

import re
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import psycopg
import pytest

from api.client import Client
from api.web.sessions import COOKIE, HOURS, Sessions
from ledger.store.roles import FOLLOWER, as_role
from tests.api.conftest import LOOPBACK, opened
from tests.cli.running import FOUNDER, Ledger
from tests.web.lab import H100
from tests.web.levels import LEO, READER, SECRET, SUE, VERA, Levels, hidden, signed_in

ASK = {"unit": "research/vision", "pools": H100, "quantity": "32", "justification": "Training."}
SESSIONS = Sessions(SECRET.encode())


@pytest.fixture
def leo(three_levels: Levels) -> Generator[httpx2.Client]:
    """Yield the session of a lead."""
    with signed_in(three_levels, LEO) as client:
        yield client


def begun(client: httpx2.Client, **more: str) -> dict[str, str]:
    """A form for asking, as it was opened and filled in, to be recorded."""
    page = client.get("/act", params={"do": "request"})
    return {**hidden(page.text, "/act", "Ask for compute"), **ASK, "step": "record", **more}


def test_what_was_tried_is_recorded_once_however_often_it_is_sent(
    leo: httpx2.Client, three_levels: Levels
) -> None:
    form, before = begun(leo), three_levels.head()
    tried = leo.post("/act", data={**form, "step": "try"})
    assert (tried.status_code, "This is what will be recorded" in tried.text) == (200, True)
    assert "research/vision asked for 32 gpu of phoenix/h100" in tried.text
    assert three_levels.head() == before
    again = hidden(tried.text, "/act", "Record it")
    assert again["key"] == form["key"], "trying uses no key up"
    first, second = (leo.post("/act", data=again) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert f"at position {before + 1:,}" in first.text
    assert f"at position {before + 1:,}" in second.text
    assert three_levels.head() == before + 1


@contextmanager
def nothing_is_reflected(levels: Levels) -> Generator[None]:
    """While the block lasts the read models stand still, as when their follower is busy."""
    address = as_role(levels.doors.environ["ALLOT_DATABASE_URL"], FOLLOWER)
    with psycopg.connect(address) as connection:
        connection.execute("LOCK TABLE projections.state IN EXCLUSIVE MODE")
        yield
        connection.rollback()


def test_what_was_tried_is_said_once_the_record_it_was_judged_by_can_be_read(
    three_levels: Levels,
) -> None:
    url, steward = three_levels.doors.url, three_levels.tokens[FOUNDER]
    new = {"pool": "phoenix/new", "unit_label": "node hours"}
    with (
        signed_in(three_levels, VERA) as vera,
        Client(url, token=steward) as client,
        ThreadPoolExecutor(1) as threads,
    ):
        form = {**begun(vera), "pools": "phoenix/new", "unit": "research", "step": "try"}
        with nothing_is_reflected(three_levels):
            assert client.command("open_pool", new).status == 201
            said = threads.submit(vera.post, "/act", data=form)
            with pytest.raises(TimeoutError):
                said.result(timeout=1)
        assert "research asked for 32 node hours of phoenix/new" in said.result(timeout=60).text


def test_what_is_recorded_is_said_even_if_it_cannot_be_read_in_time(
    three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.feed.queries.WAIT_S", 0.2)
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    address = three_levels.doors.environ["ALLOT_DATABASE_URL"]
    with opened(address, auth="token", session_secret=SECRET) as doors:
        doors.cookies.set(COOKIE, SESSIONS.seal(three_levels.tokens[LEO]))
        form = {**hidden(doors.get("/act?do=request").text, "/act", "Ask for compute"), **ASK}
        before = three_levels.head()
        with nothing_is_reflected(three_levels):
            sent = {**form, "step": "record"}
            told = doors.post("/act", data=sent, headers={"Origin": LOOPBACK})
    assert (told.status_code, f"at position {before + 1:,}" in told.text) == (201, True)
    assert three_levels.head() == before + 1


def test_the_record_says_through_what_and_by_which_token(
    leo: httpx2.Client, three_levels: Levels
) -> None:
    assert leo.post("/act", data=begun(leo)).status_code == 201
    (event,) = leo.get("/v1/events", params={"after": three_levels.head() - 1}).json()["events"]
    assert (event["by"], event["via"]["tool"]) == (LEO, "page")
    assert event["via"]["credential"] == f"{LEO} at the page"
    assert event["seen"] < event["position"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://elsewhere.test"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {},
    ],
    ids=str,
)
def test_a_form_of_a_foreign_origin_changes_nothing(
    leo: httpx2.Client, three_levels: Levels, headers: Mapping[str, str]
) -> None:
    form, before = begun(leo), three_levels.head()
    del leo.headers["Origin"], leo.headers["Sec-Fetch-Site"]
    refused = leo.post("/act", data=form, headers=dict(headers))
    assert (refused.status_code, "nothing was recorded" in refused.text) == (403, True)
    assert three_levels.head() == before


@pytest.mark.parametrize("proof", ["", "0" * 64, SESSIONS.proof(""), SESSIONS.proof("another")])
def test_a_form_without_the_proof_of_its_session_changes_nothing(
    leo: httpx2.Client, three_levels: Levels, proof: str
) -> None:
    form, before = begun(leo, csrf=proof), three_levels.head()
    refused = leo.post("/act", data=form)
    assert (refused.status_code, "nothing was recorded" in refused.text) == (403, True)
    assert three_levels.head() == before


def test_a_form_of_another_session_changes_nothing(
    leo: httpx2.Client, three_levels: Levels
) -> None:
    form, before = begun(leo), three_levels.head()
    with signed_in(three_levels, SUE) as sue:
        assert sue.post("/act", data=form).status_code == 403
    assert three_levels.head() == before


def test_a_token_that_only_reads_sees_no_form_and_changes_nothing(three_levels: Levels) -> None:
    with signed_in(three_levels, READER) as reader:
        page = reader.get("/act", params={"do": "request"}).text
        assert 'action="/act" method="post"' not in page
        assert "Your token only reads" in page
        proof = hidden(reader.get("/").text, "/sign-out")["csrf"]
        form = {**ASK, "csrf": proof, "do": "request", "key": "0" * 8, "step": "record"}
        before = three_levels.head()
        refused = reader.post("/act", data=form)
        assert (refused.status_code, "needs write" in refused.text) == (403, True)
        assert three_levels.head() == before


def test_a_session_that_has_ended_changes_nothing(
    leo: httpx2.Client, three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, before = begun(leo), three_levels.head()
    then = time.time() - HOURS * 3600 - 5
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: then)
        old = SESSIONS.seal(three_levels.tokens[LEO])
    still = SESSIONS.seal(three_levels.tokens[LEO])
    for cookie, status in ((old, 401), (still, 201)):
        leo.cookies.clear()
        leo.cookies.set(COOKIE, cookie)
        answer = leo.post("/act", data={**form, "csrf": SESSIONS.proof(cookie)})
        assert answer.status_code == status
        assert ("sign in again" in answer.text) == (status == 401)
        assert three_levels.head() == before + (status == 201)


def test_after_a_restart_with_another_secret_a_form_leads_to_sign_in(
    leo: httpx2.Client, three_levels: Levels
) -> None:
    form, before = begun(leo), three_levels.head()
    others = Sessions(b"the secret of the service that ran before")
    cookie = others.seal(three_levels.tokens[LEO])
    leo.cookies.clear()
    leo.cookies.set(COOKIE, cookie)
    late = leo.post("/act", data={**form, "csrf": others.proof(cookie)})
    assert (late.status_code, "Your session has ended: sign in again" in late.text) == (401, True)
    assert 'href="/sign-in"' in late.text
    assert three_levels.head() == before


def test_whose_browser_dropped_the_session_is_led_to_sign_in_and_nobody_else_learns_of_it(
    leo: httpx2.Client, three_levels: Levels
) -> None:
    form, before = begun(leo), three_levels.head()
    leo.cookies.clear()
    late = leo.post("/act", data=form)
    assert (late.status_code, "Your session has ended: sign in again" in late.text) == (401, True)
    assert 'href="/sign-in"' in late.text
    foreign = {"Origin": "https://elsewhere.test", "Sec-Fetch-Site": "cross-site"}
    assert leo.post("/act", data=form, headers=foreign).status_code == 403
    assert three_levels.head() == before


def test_the_time_bar_beside_a_form_that_is_refused_leads_to_the_overview(
    leo: httpx2.Client,
) -> None:
    refused = leo.post("/act?do=request", data=begun(leo, csrf="")).text
    (leads_to,) = re.findall(r'aria-label="Time">.*?<form action="([^"]*)"', refused, re.DOTALL)
    assert (leads_to, leo.get(leads_to, params={"valid_at": "2030-01-01"}).status_code) == (
        "/",
        200,
    )


def test_a_session_of_a_revoked_token_changes_nothing(
    leo: httpx2.Client, three_levels: Levels
) -> None:
    form, before = begun(leo), three_levels.head()
    lost = three_levels.doors.allot("tokens", "create", "lost", LEO).stdout.strip()
    assert three_levels.doors.allot("tokens", "revoke", "lost").returncode == 0
    cookie = SESSIONS.seal(lost)
    leo.cookies.clear()
    leo.cookies.set(COOKIE, cookie)
    refused = leo.post("/act", data={**form, "csrf": SESSIONS.proof(cookie)})
    assert refused.status_code == 401
    assert three_levels.head() == before


def test_without_a_session_nothing_changes(three_levels: Levels) -> None:
    before = three_levels.head()
    form = {**ASK, "csrf": SESSIONS.proof(""), "do": "request", "step": "record"}
    for headers in ({}, {"Authorization": f"Bearer {three_levels.tokens[VERA]}"}):
        said = {"Origin": three_levels.doors.url, **headers}
        answer = httpx2.post(
            f"{three_levels.doors.url}/act", data=form, headers=said, trust_env=False
        )
        assert answer.status_code == 401
    assert three_levels.head() == before


def test_in_open_mode_a_form_proves_its_origin_all_the_same(lab: Ledger) -> None:
    before = lab.head()
    with httpx2.Client(base_url=lab.url, trust_env=False, timeout=60) as anybody:
        form = begun(anybody)
        foreign = ({"Origin": "https://elsewhere.test"}, {"Sec-Fetch-Site": "cross-site"}, {})
        for headers in foreign:
            assert anybody.post("/act", data=form, headers=headers).status_code == 403
        ours = {"Origin": lab.url, "Sec-Fetch-Site": "same-origin"}
        assert anybody.post("/act", data={**form, "csrf": ""}, headers=ours).status_code == 403
        named = {"Origin": "http://rebound.test", "Host": "rebound.test"}
        assert anybody.post("/act", data=form, headers=named).status_code == 421
        tried = anybody.post("/act", data={**form, "step": "try"}, headers=ours)
        assert (tried.status_code, "as operator@demo" in tried.text) == (200, True)
    assert lab.head() == before


def test_the_doors_of_programs_take_no_session(leo: httpx2.Client, three_levels: Levels) -> None:
    before = three_levels.head()
    body = {"unit": "research/vision", "pools": [H100], "quantity": 8, "justification": "x"}
    sent = leo.post("/v1/requests", json=body, headers={"Idempotency-Key": "by session"})
    assert sent.status_code == 401
    assert three_levels.head() == before


def test_forms_count_as_commands_of_their_person(
    three_levels: Levels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOT_DURABILITY", "test")
    address = three_levels.doors.environ["ALLOT_DATABASE_URL"]
    cookie = SESSIONS.seal(three_levels.tokens[LEO])
    with opened(
        address, auth="token", session_secret=SECRET, commands_per_s=0.01, commands_burst=2
    ) as doors:
        doors.cookies.set(COOKIE, cookie)
        form = {**hidden(doors.get("/act?do=request").text, "/act", "Ask for compute"), **ASK}
        said = {"Origin": LOOPBACK}
        answers = [doors.post("/act", data=form, headers=said) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert "Retry-After" in answers[-1].headers
