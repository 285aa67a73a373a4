"""The keys of an issuer: fetched once, renewed behind requests, and kept while it is away."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from api.issuer_keys import (
    AGAIN_S,
    BYTES_MAX,
    FRESH_S,
    OLD_S,
    IssuerAway,
    IssuerKeys,
    fetch,
    fetch_keys,
)
from api.settings import OidcIssuer
from tests.support.issuer import AUDIENCE, LocalIssuer, local_issuer, made, public
from tests.support.looping import to_the_end

DISCOVERED = ["/.well-known/openid-configuration", "/keys"]


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with local_issuer() as one:
        yield one


class Clock:
    """Tells the seconds that a test says."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def trusted(issuer: LocalIssuer, **changes: str) -> OidcIssuer:
    asked = {"issuer": issuer.url, "audience": AUDIENCE, **changes}
    return OidcIssuer.model_validate(asked)


Look = Callable[[IssuerKeys, Clock], Coroutine[Any, Any, None]]


def seen(issuer: LocalIssuer, look: Look, **changes: str) -> None:
    """Take a look at the keys, with a clock of its own."""
    clock = Clock()
    to_the_end(look(IssuerKeys(trusted(issuer, **changes), clock=clock), clock))


async def settled() -> None:
    """Return when whatever goes on behind has come to its end."""
    behind = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*behind)


def test_a_thousand_tokens_at_once_ask_for_the_keys_once(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, _: Clock) -> None:
        found = await asyncio.gather(*(keys.find("first", "ES256") for _ in range(1000)))
        assert {key.key_id for key in found if key} == {"first"}
        assert await keys.find("first", "ES256") is found[0]

    seen(issuer, look)
    assert issuer.asked == DISCOVERED


def test_a_url_of_the_keys_needs_no_discovery(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, _: Clock) -> None:
        assert await keys.find("first", "ES256")

    seen(issuer, look, jwks_url=f"{issuer.url}/keys")
    assert issuer.asked == ["/keys"]


def test_unknown_keys_ask_the_issuer_once_in_some_seconds(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        assert await keys.find("first", "ES256")
        for turn in range(1, 4):
            clock.now += AGAIN_S
            for _ in range(3):
                found = await asyncio.gather(*(keys.find(f"{n}", "ES256") for n in range(100)))
                assert set(found) == {None}
                assert issuer.asked == DISCOVERED * (1 + turn)

    seen(issuer, look)


def test_a_key_that_came_later_is_found_at_once(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        assert await keys.find("first", "ES256")
        issuer.rotate("second", "EdDSA")
        clock.now += AGAIN_S
        assert await keys.find("second", "EdDSA")
        assert await keys.find("first", "ES256")

    seen(issuer, look)
    assert issuer.asked == DISCOVERED * 2


def test_keys_are_renewed_behind_the_request_that_finds_them_aged(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        assert await keys.find("first", "ES256")
        issuer.rotate("second", keep=False)
        clock.now += FRESH_S
        assert await keys.find("first", "ES256")
        assert issuer.asked == DISCOVERED
        clock.now += 1
        assert await keys.find("first", "ES256")
        await settled()
        assert issuer.asked == DISCOVERED * 2
        assert await keys.find("first", "ES256") is None
        assert await keys.find("second", "ES256")

    seen(issuer, look)


def test_old_keys_are_renewed_before_one_is_used(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        assert await keys.find("first", "ES256")
        issuer.rotate("second", keep=False)
        clock.now += OLD_S + 1
        assert await keys.find("first", "ES256") is None

    seen(issuer, look)


def test_known_keys_are_used_while_the_issuer_is_away(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        assert await keys.find("first", "ES256")
        issuer.is_away = True
        for _ in range(3):
            clock.now += OLD_S + 1
            assert await keys.find("first", "ES256")
            await settled()
        with pytest.raises(IssuerAway, match="answers 500"):
            await keys.find("second", "ES256")
        issuer.is_away = False
        issuer.rotate("second")
        clock.now += AGAIN_S
        assert await keys.find("second", "ES256")

    seen(issuer, look)


def test_an_issuer_that_never_answered_is_asked_again_after_a_while(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        issuer.is_away = True
        for _ in range(10):
            with pytest.raises(IssuerAway):
                await keys.find("first", "ES256")
        assert issuer.asked == DISCOVERED[:1]
        issuer.is_away = False
        clock.now += AGAIN_S
        assert await keys.find("first", "ES256")

    seen(issuer, look)


def test_who_gives_up_waiting_takes_nothing_from_the_others(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, _: Clock) -> None:
        first = asyncio.create_task(keys.find("first", "ES256"))
        second = asyncio.create_task(keys.find("first", "ES256"))
        await asyncio.sleep(0)
        first.cancel()
        assert await second
        assert first.cancelled()

    seen(issuer, look)
    assert issuer.asked == DISCOVERED


def test_a_token_without_a_key_id_is_read_where_there_is_one_key(issuer: LocalIssuer) -> None:
    async def look(keys: IssuerKeys, clock: Clock) -> None:
        assert await keys.find(None, "ES256")
        assert await keys.find(None, "EdDSA") is None
        issuer.rotate("second")
        clock.now += FRESH_S + 1
        await keys.find(None, "ES256")
        await settled()
        assert await keys.find(None, "ES256") is None

    seen(issuer, look)


def test_keys_that_are_of_no_use_are_left_out(issuer: LocalIssuer) -> None:
    good, other = public("good", made("EdDSA")), public("other", made("RS256"))
    issuer.published = [
        good,
        {**other, "use": "enc"},
        {**other, "alg": "RS512"},
        {**other, "alg": ["RS256"]},
        {**other, "d": "AQAB"},
        {**other, "kid": 1},
        {**other, "n": "%"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
        {"kty": "new"},
        {},
    ]
    found = to_the_end(fetch_keys(trusted(issuer)))
    assert list(found) == [("good", "EdDSA")]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"calls_itself": "https://other.example"}, "calls itself"),
        ({"jwks_uri": "http://keys.example/keys"}, "not safe"),
        ({"jwks_uri": "http://[::1"}, "not safe"),
        ({"published": []}, "no key"),
        ({"is_away": True}, "answers 500"),
    ],
)
def test_an_issuer_that_is_not_what_it_should_be_has_no_keys(
    issuer: LocalIssuer, changes: dict[str, object], says: str
) -> None:
    for name, value in changes.items():
        setattr(issuer, name, value)
    with pytest.raises(IssuerAway, match=says):
        to_the_end(fetch_keys(trusted(issuer)))


def test_an_issuer_that_answers_without_end_is_given_up(issuer: LocalIssuer) -> None:
    issuer.calls_itself = "x" * (BYTES_MAX + 1)
    with pytest.raises(IssuerAway, match="more than"):
        to_the_end(fetch(f"{issuer.url}{DISCOVERED[0]}"))


def test_an_issuer_that_is_not_there_does_not_answer() -> None:
    with local_issuer() as gone:
        asked = trusted(gone)
    with pytest.raises(IssuerAway, match="does not answer"):
        to_the_end(fetch_keys(asked))


def test_an_issuer_that_speaks_of_something_else_has_no_keys(issuer: LocalIssuer) -> None:
    with pytest.raises(IssuerAway, match="something else"):
        to_the_end(fetch_keys(trusted(issuer, jwks_url=f"{issuer.url}{DISCOVERED[0]}")))
