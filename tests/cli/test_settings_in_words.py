"""What of the environment cannot be taken is named, said in a sentence, and kept to itself."""

import pytest

from api.cli.asking import client_of
from api.cli.database import connection_to
from api.cli.endings import USAGE, Ended
from api.cli.serving import settings_of

ADDRESS = "postgresql:///none"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALLOT_ANSWER_S", "abc"), ("ALLOT_PORT", "none"), ("ALLOT_READ_S", "inf"),
        ("ALLOT_AUTH", "shut"), ("ALLOT_OIDC_ISSUERS", "{bad"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_taken_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("ALLOT_DATABASE_URL", ADDRESS)
    monkeypatch.setenv(name, value)
    with pytest.raises(Ended) as ended:
        settings_of(ADDRESS, None)
    assert ended.value.code == USAGE
    assert name.removeprefix("ALLOT_").lower() in str(ended.value).lower()


@pytest.mark.parametrize("token", ["allot_SECRET\nx", "allot SECRET", "allot_SECRET\u00e9"])
def test_what_is_no_token_is_not_shown(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    monkeypatch.setenv("ALLOT_TOKEN", token)
    with pytest.raises(Ended) as ended:
        client_of("http://127.0.0.1:9", None, "allot")
    assert (ended.value.code, "SECRET" in str(ended.value)) == (USAGE, False)
    monkeypatch.setenv("ALLOT_TOKEN", "allot_SECRET\n")
    with client_of("http://127.0.0.1:9", None, "allot") as client:
        assert client.url


@pytest.mark.parametrize("address", ["postgres", "postgresql://a:secret pw@host/x"])
def test_what_is_no_address_of_a_database_is_not_shown(address: str) -> None:
    with pytest.raises(Ended) as ended, connection_to(address):
        pass
    assert (ended.value.code, "secret" in str(ended.value)) == (USAGE, False)
