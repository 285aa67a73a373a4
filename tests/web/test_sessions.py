"""A session cookie says nothing, lasts half a day, and cannot be made by anybody else."""

import time

import pytest

from api.web.sessions import COOKIE_BYTES_MAX, HOURS, Sessions, TooLong

SESSIONS = Sessions(b"one secret")


def test_a_cookie_opens_to_the_token_it_was_sealed_with() -> None:
    cookie = SESSIONS.seal("token of ada")
    assert SESSIONS.open(cookie) == "token of ada"
    assert "ada" not in cookie


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "nonsense",
        "\xe9",
        "\xc3\xa9",
        pytest.param(SESSIONS.seal("t")[:-4] + "AAA=", id="one that was sealed"),
    ],
)
def test_a_forged_cookie_opens_to_nothing(cookie: str) -> None:
    assert SESSIONS.open(cookie) is None


def test_a_cookie_of_another_secret_opens_to_nothing() -> None:
    assert SESSIONS.open(Sessions(b"another secret").seal("token of ada")) is None


def test_a_session_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = SESSIONS.seal("token of ada")
    later = time.time() + HOURS * 3600 + 2
    monkeypatch.setattr(time, "time", lambda: later)
    assert SESSIONS.open(cookie) is None


def test_a_token_that_no_browser_would_keep_is_not_sealed() -> None:
    assert len(SESSIONS.seal("t" * 2_800)) <= COOKIE_BYTES_MAX
    with pytest.raises(TooLong):
        SESSIONS.seal("t" * 3_000)


def test_a_form_proves_the_page_it_came_from() -> None:
    mine, other = SESSIONS.seal("mine"), SESSIONS.seal("other")
    assert SESSIONS.proves(mine, SESSIONS.proof(mine))
    assert not SESSIONS.proves(mine, SESSIONS.proof(other))
    assert not SESSIONS.proves(mine, "")
    assert not SESSIONS.proves(mine, "é")
