"""Outside open mode people sign in with a token; the session is out of reach of scripts."""

import re
import uuid
from collections.abc import Generator

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.cli.running import Ledger, serving
from tests.web.watching import watched

PERSON = "ada@lab"


@pytest.fixture(scope="module")
def guarded(lab: Ledger) -> Generator[tuple[Ledger, str]]:
    """Yield the lab behind doors that ask for a token, and a token of one person."""
    made = lab.allot("tokens", "create", uuid.uuid4().hex, PERSON)
    assert made.returncode == 0, made.stderr
    with serving({**lab.environ, "ALLOT_AUTH": "token"}) as doors:
        yield doors, made.stdout.strip()


@pytest.fixture
def gate(page: Page, guarded: tuple[Ledger, str]) -> Generator[Page]:
    """Yield a page in front of those doors."""
    with watched(page, guarded[0].url) as watch:
        watch.expect("status of 40")
        yield page


def test_a_token_opens_the_page_that_was_asked_for(gate: Page, guarded: tuple[Ledger, str]) -> None:
    doors, token = guarded
    gate.goto(f"{doors.url}/unit?unit=research&valid_at=2030-01-01")
    expect(gate.get_by_role("heading", name="Sign in")).to_be_visible()
    found = Axe().run(gate)
    assert found.response["violations"] == [], found.generate_report()
    gate.get_by_label("Token").fill("not a token")
    gate.get_by_role("button", name="Sign in").click()
    expect(gate.get_by_role("alert")).to_contain_text("unknown, expired or revoked")
    gate.get_by_label("Token").fill(token)
    gate.get_by_role("button", name="Sign in").click()
    expect(gate.get_by_role("heading", level=1)).to_have_text("Research")
    expect(gate.get_by_text("Signed in as")).to_contain_text(PERSON)
    assert "valid_at=2030-01-01" in gate.url
    (session,) = (one for one in gate.context.cookies() if one.get("name") == "allot-session")
    assert session.get("httpOnly") is True
    assert session.get("sameSite") == "Strict"
    assert token not in str(session.get("value"))
    gate.goto(doors.url)
    expect(gate.locator("#live")).to_have_text("Live")
    gate.get_by_role("button", name="Sign out").click()
    expect(gate.get_by_role("heading", name="Sign in")).to_be_visible()
    gate.goto(f"{doors.url}/history")
    expect(gate.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_form_from_elsewhere_signs_nobody_in_or_out(guarded: tuple[Ledger, str]) -> None:
    doors, token = guarded
    with httpx2.Client(base_url=doors.url, trust_env=False, timeout=60) as stranger:
        form = stranger.get("/sign-in").text
        proof = re.findall(r'name="csrf" value="([0-9a-f]+)"', form)[0]
        for csrf in ("", "0" * 64, proof[:-1]):
            sent = stranger.post("/sign-in", data={"token": token, "csrf": csrf, "then": "/"})
            assert sent.status_code == 403
            assert "allot-session" not in stranger.cookies
        sent = stranger.post("/sign-in", data={"token": token, "csrf": proof, "then": "/"})
        assert sent.status_code == 303
        assert stranger.post("/sign-out", data={"csrf": proof}).status_code == 403
        assert stranger.get("/").status_code == 200


@pytest.mark.parametrize(
    "then", ["//elsewhere.test/", "/\\elsewhere.test", "https://elsewhere.test"]
)
def test_signing_in_never_leads_elsewhere(guarded: tuple[Ledger, str], then: str) -> None:
    doors, token = guarded
    with httpx2.Client(base_url=doors.url, trust_env=False, timeout=60) as visitor:
        form = visitor.get("/sign-in", params={"then": then}).text
        proof = re.findall(r'name="csrf" value="([0-9a-f]+)"', form)[0]
        sent = visitor.post("/sign-in", data={"token": token, "csrf": proof, "then": then})
        assert sent.headers["Location"] == "/"


def test_a_session_only_reads(guarded: tuple[Ledger, str]) -> None:
    doors, token = guarded
    with httpx2.Client(base_url=doors.url, trust_env=False, timeout=60) as visitor:
        proof = re.findall(r'name="csrf" value="([0-9a-f]+)"', visitor.get("/sign-in").text)[0]
        visitor.post("/sign-in", data={"token": token, "csrf": proof, "then": "/"})
        assert visitor.get("/v1/capacity").status_code == 200
        sent = visitor.post("/v1/units", json={"unit": "x"}, headers={"Idempotency-Key": "k"})
        assert sent.status_code == 401


def test_a_link_followed_from_elsewhere_arrives(guarded: tuple[Ledger, str]) -> None:
    """The Strict cookie does not come along on such a step; a second step inside carries it."""
    doors, _ = guarded
    with httpx2.Client(base_url=doors.url, trust_env=False, timeout=60) as visitor:
        landed = visitor.get("/history?q=a&valid_at=2030-01-01",
                             headers={"Sec-Fetch-Site": "cross-site"})  # fmt: skip
        assert landed.status_code == 200
        assert 'url=/history?q=a&amp;valid_at=2030-01-01"' in landed.text
