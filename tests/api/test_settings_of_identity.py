"""Which issuers may be believed, and which settings would let one speak of another's people."""

import json
from typing import Any

import pydantic
import pytest

from api.settings import Settings, what_is_wrong

ISSUER = "https://login.example"


def told(**asked: object) -> Settings:
    return Settings.model_validate({"database_url": "", **asked})


def issuer(name: str, domain: str | None = None) -> dict[str, Any]:
    return {"issuer": f"https://{name}.example", "audience": "allot", "domain": domain}


def test_nobody_is_believed_unless_named() -> None:
    assert told().issuers == ()


def test_one_issuer_is_told_by_itself() -> None:
    (one,) = told(oidc_issuer=ISSUER, oidc_audience="allot page").issuers
    assert (one.issuer, one.audiences, one.person) == (ISSUER, ("allot", "page"), "sub")
    assert one.credential == "oidc:login.example"


def test_settings_of_the_environment_that_say_nothing_are_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("ISSUER", "AUDIENCE", "JWKS_URL", "PERSON", "DOMAIN", "ISSUERS"):
        monkeypatch.setenv(f"ALLOT_OIDC_{name}", "")
    monkeypatch.setenv("ALLOT_SESSION_SECRET", "")
    assert Settings(database_url="").issuers == ()
    assert Settings(database_url="").session_secret is None
    several = json.dumps([issuer("a", "a.example"), issuer("b", "b.example")])
    monkeypatch.setenv("ALLOT_OIDC_ISSUERS", several)
    found = Settings(database_url="").issuers
    assert [one.domain for one in found] == ["a.example", "b.example"]


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ({"oidc_issuer": "https://[::1", "oidc_audience": "a"}, "ALLOT_OIDC_ISSUER"),
        ({"oidc_issuer": ISSUER}, "ALLOT_OIDC_AUDIENCE"),
        ({"oidc_issuer": ISSUER, "oidc_audience": "a", "oidc_jwks_url": "ftp://a"},
         "ALLOT_OIDC_JWKS_URL"),
        ({"oidc_leeway_s": 301}, "ALLOT_OIDC_LEEWAY_S"),
    ],
)  # fmt: skip
def test_a_setting_is_told_by_its_name_in_the_environment(
    asked: dict[str, object], name: str
) -> None:
    with pytest.raises(pydantic.ValidationError) as wrong:
        _ = told(**asked).issuers
    assert what_is_wrong(wrong.value).startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"oidc_issuer": "http://login.example", "oidc_audience": "a"}, "no https"),
        ({"oidc_issuer": "login.example", "oidc_audience": "a"}, "no https"),
        ({"oidc_issuer": "https://me:secret@login.example", "oidc_audience": "a"}, "no https"),
        ({"oidc_issuer": ISSUER}, "audience"),
        ({"oidc_audience": "a"}, "needs an ALLOT_OIDC_ISSUER"),
        ({"oidc_issuer": ISSUER, "oidc_audience": "a", "oidc_jwks_url": "ftp://a"}, "no https"),
        ({"oidc_issuer": ISSUER, "oidc_audience": "a", "oidc_domain": "@a"}, "pattern"),
        ({"oidc_issuers": [issuer("a"), issuer("b", "b.example")]}, "domain of its own"),
        ({"oidc_issuers": [issuer("a", "x"), issuer("b", "x")]}, "domain of its own"),
        ({"oidc_issuers": [issuer("a", "x"), issuer("a", "y")]}, "named twice"),
        ({"oidc_issuer": ISSUER, "oidc_audience": "a", "auth": "open"}, "asks nobody"),
        ({"oidc_leeway_s": 301}, "300"),
    ],
)
def test_settings_that_would_believe_too_much_open_no_door(
    asked: dict[str, object], says: str
) -> None:
    with pytest.raises(pydantic.ValidationError, match=says):
        told(**asked)
