"""Tokens that an issuer signed: which are believed, whom they speak of, and which are not."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.utils import base64url_encode

from api.issuer_keys import IssuerAway
from api.issuers import Issuers, NotBelieved, is_signed
from api.scopes import SignedIn
from api.settings import OidcIssuer
from tests.support.issuer import AUDIENCE, Algorithm, LocalIssuer, local_issuer, made, public
from tests.support.looping import to_the_end

LEEWAY_S = 30


@pytest.fixture
def issuer() -> Iterator[LocalIssuer]:
    with local_issuer() as one:
        yield one


def trusting(*issuers: LocalIssuer, **changes: str) -> Issuers:
    trusted = [
        OidcIssuer.model_validate({"issuer": one.url, "audience": AUDIENCE, **changes})
        for one in issuers
    ]
    return Issuers(trusted, LEEWAY_S)


def believed(issuer: LocalIssuer, token: str, **changes: str) -> SignedIn:
    return to_the_end(trusting(issuer, **changes).of(token))


def doubted(issuer: LocalIssuer, token: str, **changes: str) -> str:
    """What is said to a token that is not believed; nothing of the token is in it."""
    with pytest.raises(NotBelieved) as no:
        to_the_end(trusting(issuer, **changes).of(token))
    assert not any(part and part in str(no.value) for part in token.split("."))
    return str(no.value)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_good_token_speaks_of_its_person(issuer: LocalIssuer, algorithm: Algorithm) -> None:
    issuer.rotate("k", algorithm)
    who = believed(issuer, issuer.token())
    host = issuer.url.removeprefix("http://")
    assert who == SignedIn(person="ada@lab", credential=f"oidc:{host}", scope="write")


def test_one_of_several_audiences_is_enough(issuer: LocalIssuer) -> None:
    for audience in ("allot", ["other", "allot"], ["page"]):
        who = believed(issuer, issuer.token(aud=audience), audience="allot page")
        assert who.person == "ada@lab"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"exp": -1 - LEEWAY_S}, "expired"),
        ({"nbf": 5 + LEEWAY_S}, "not valid yet"),
        ({"iat": 5 + LEEWAY_S}, "not valid yet"),
        ({"aud": "another"}, "another audience"),
        ({"aud": ["another", 1]}, "another audience"),
        ({"aud": None}, "lacks the claim aud"),
        ({"exp": None}, "lacks the claim exp"),
        ({"iat": None}, "lacks the claim iat"),
        ({"iss": None}, "unknown"),
        ({"iss": 7}, "unknown"),
        ({"iss": "https://other.example"}, "unknown"),
        ({"exp": "soon"}, "unknown"),
        pytest.param({"exp": 10**400}, "unknown", id="an end that no clock knows"),
        ({"sub": None}, "lacks sub"),
        ({"sub": ""}, "lacks sub"),
        ({"sub": "a" * 201}, "cannot be the name"),
        ({"sub": "ada\u202elab"}, "cannot be the name"),
        ({"sub": "ze\u0301@lab"}, "cannot be the name"),
        ({"sub": "scheduler@services"}, "service account"),
        ({"scope": {"allot": 1}}, "scope"),
    ],
)
def test_a_token_that_says_what_it_should_not_is_not_believed(
    issuer: LocalIssuer, changes: dict[str, Any], says: str
) -> None:
    now = int(time.time())
    relative = {"exp", "nbf", "iat"}
    claims = {
        name: now + one if name in relative and isinstance(one, int) else one
        for name, one in changes.items()
    }
    assert says in doubted(issuer, issuer.token(None, **claims))


def test_clocks_may_differ_by_the_leeway(issuer: LocalIssuer) -> None:
    now = int(time.time())
    for changes in ({"exp": now - LEEWAY_S + 10}, {"nbf": now + LEEWAY_S - 5, "iat": now + 20}):
        assert believed(issuer, issuer.token(None, **changes)).person == "ada@lab"


def test_a_token_that_somebody_else_signed_is_not_believed(issuer: LocalIssuer) -> None:
    headers = {"kid": issuer.kid}
    forged = jwt.encode(issuer.claims(), made("ES256"), "ES256", headers)
    assert "unknown" in doubted(issuer, forged)
    whole = issuer.token()
    head, body, signature = whole.split(".")
    other = issuer.token(sub="founder@lab").split(".")[1]
    for changed in (f"{head}.{other}.{signature}", f"{head}.{body}.", f"{head}.{body}.AAAA"):
        assert "unknown" in doubted(issuer, changed)
    assert believed(issuer, whole).person == "ada@lab"


def test_an_issuer_does_not_speak_for_another(issuer: LocalIssuer) -> None:
    with local_issuer() as other:
        both = trusting(issuer, other)
        stolen = other.token(iss=issuer.url)
        with pytest.raises(NotBelieved):
            to_the_end(both.of(stolen))
        assert to_the_end(both.of(other.token())).person == "ada@lab"


def test_a_token_that_nobody_signed_is_not_believed(issuer: LocalIssuer) -> None:
    for alg in ("none", "None", "NONE", "", None, 1):
        head = base64url_encode(msgspec.json.encode({"alg": alg, "kid": issuer.kid}))
        body = issuer.token().split(".")[1]
        assert "unknown" in doubted(issuer, f"{head.decode()}.{body}.")
    assert issuer.asked == []


def test_a_public_key_is_no_shared_secret(issuer: LocalIssuer) -> None:
    """Key confusion: HS256 with the key that everybody may know."""
    issuer.rotate("first", "RS256", keep=False)
    known = issuer.private.public_key()
    body = issuer.claims()
    for secret in (
        known.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        known.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    ):
        head = base64url_encode(b'{"alg":"HS256","kid":"first"}').decode()
        said = base64url_encode(msgspec.json.encode(body)).decode()
        algorithm = jwt.get_algorithm_by_name("HS256")
        signature = algorithm.sign(f"{head}.{said}".encode(), secret)
        assert "unknown" in doubted(issuer, f"{head}.{said}.{base64url_encode(signature).decode()}")
    assert issuer.asked == []


@pytest.mark.parametrize("algorithm", ["HS256", "HS512", "RS384", "RS512", "PS256"])
def test_other_algorithms_are_not_believed(issuer: LocalIssuer, algorithm: str) -> None:
    issuer.rotate("first", "RS256", keep=False)
    key = "s" * 64 if algorithm.startswith("HS") else issuer.private
    token = jwt.encode(issuer.claims(), key, algorithm, {"kid": issuer.kid})
    assert "unknown" in doubted(issuer, token)


def test_a_key_fits_only_the_algorithm_it_is_for(issuer: LocalIssuer) -> None:
    curve = made("EdDSA")
    token = jwt.encode(issuer.claims(), curve, "EdDSA", {"kid": issuer.kid})
    assert "unknown" in doubted(issuer, token)


def test_a_short_key_convinces_nobody(issuer: LocalIssuer) -> None:
    issuer.algorithm, issuer.private = "RS256", rsa.generate_private_key(65537, 1024)
    issuer.published = [public(issuer.kid, issuer.private)]
    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        token = issuer.token()
    assert "unknown" in doubted(issuer, token)


@pytest.mark.parametrize(
    "token",
    ["..", "a.b.c", "e30.e30.", "e30.e30.e30", "\xe9.\xe9.\xe9", "\udcff.a.b", "W10.W10.W10"],
)
def test_what_is_no_token_is_not_believed(issuer: LocalIssuer, token: str) -> None:
    assert is_signed(token)
    with pytest.raises(NotBelieved, match="unknown"):
        to_the_end(trusting(issuer).of(token))
    assert issuer.asked == []


@pytest.mark.parametrize("part", [0, 1])
def test_deep_nesting_breaks_nothing(issuer: LocalIssuer, part: int) -> None:
    parts = issuer.token().split(".")
    parts[part] = base64url_encode(b'{"alg":"ES256","a":' + b"[" * 10_000).decode()
    assert "unknown" in doubted(issuer, ".".join(parts))


def test_a_rotated_key_is_believed_and_a_withdrawn_one_no_longer(issuer: LocalIssuer) -> None:
    now = [0.0]
    trusted = OidcIssuer.model_validate({"issuer": issuer.url, "audience": AUDIENCE})
    doors = Issuers([trusted], LEEWAY_S, clock=lambda: now[0])

    async def look() -> None:
        old = issuer.token()
        assert (await doors.of(old)).person == "ada@lab"
        issuer.rotate("second", "EdDSA", keep=False)
        now[0] += 10
        assert (await doors.of(issuer.token())).person == "ada@lab"
        with pytest.raises(NotBelieved):
            await doors.of(old)

    to_the_end(look())


def test_a_token_is_not_refused_for_an_issuer_that_is_away(issuer: LocalIssuer) -> None:
    issuer.is_away = True
    with pytest.raises(IssuerAway):
        to_the_end(trusting(issuer).of(issuer.token()))


def test_a_token_expires_though_it_was_believed_a_moment_ago(issuer: LocalIssuer) -> None:
    trusted = OidcIssuer.model_validate({"issuer": issuer.url, "audience": AUDIENCE})
    doors = Issuers([trusted], LEEWAY_S, clock=lambda: 0.0)
    until = int(time.time()) + 2
    token = issuer.token(exp=until - LEEWAY_S)

    async def look() -> None:
        assert (await doors.of(token)).person == "ada@lab"
        # There is no clock but this machine's, and the token ends by it.
        await asyncio.sleep(until - time.time() + 0.1)
        with pytest.raises(NotBelieved, match="expired"):
            await doors.of(token)

    to_the_end(look())


def test_a_thousand_requests_check_a_signature_once(issuer: LocalIssuer) -> None:
    doors = trusting(issuer)

    async def look() -> None:
        token = issuer.token()
        found = [await doors.of(token) for _ in range(1000)]
        assert len({id(who) for who in found}) == 1

    to_the_end(look())


@pytest.mark.parametrize(
    ("claims", "person"),
    [
        ({"email": "kim@lab.example", "email_verified": True}, "kim@lab.example"),
        ({"email": "kim@lab.example", "email_verified": False}, None),
        ({"email": "kim@lab.example", "email_verified": "true"}, None),
        ({"email": "kim@lab.example"}, None),
        ({"email": "kim@other.example", "email_verified": True}, None),
        ({"email": "kim@notlab.example", "email_verified": True}, None),
        ({}, None),
    ],
)
def test_an_email_names_a_person_when_it_is_verified_and_of_the_domain(
    issuer: LocalIssuer, claims: dict[str, Any], person: str | None
) -> None:
    chosen = {"person": "email", "domain": "lab.example"}
    if person is None:
        doubted(issuer, issuer.token(None, **claims), **chosen)
    else:
        assert believed(issuer, issuer.token(None, **claims), **chosen).person == person


def test_issuers_with_domains_cannot_speak_of_each_others_people(issuer: LocalIssuer) -> None:
    for sub in ("kim", "kim@other.example"):
        who = believed(issuer, issuer.token(sub=sub), domain="lab.example")
        assert who.person == f"{sub}@lab.example"


def test_another_claim_may_name_the_person(issuer: LocalIssuer) -> None:
    token = issuer.token(preferred_username="kim")
    assert believed(issuer, token, person="preferred_username").person == "kim"


@pytest.mark.parametrize(
    ("claims", "scope"),
    [
        ({}, "write"),
        ({"scope": "openid email"}, "write"),
        ({"scope": "openid allot:read"}, "read"),
        ({"scope": "allot:feed allot:read"}, "read"),
        ({"scp": ["allot:feed"]}, "feed"),
        ({"scp": "allot:feed"}, "feed"),
        ({"scope": "allot:write allot:read"}, "write"),
    ],
)
def test_a_token_is_good_for_what_its_scopes_say(
    issuer: LocalIssuer, claims: dict[str, Any], scope: str
) -> None:
    assert believed(issuer, issuer.token(None, **claims)).scope == scope


def test_an_issuer_of_service_accounts_names_what_reads(issuer: LocalIssuer) -> None:
    who = believed(issuer, issuer.token(sub="scheduler"), domain="services")
    assert (who.person, who.scope) == ("scheduler@services", "read")
    writes = issuer.token(sub="scheduler", scope="allot:write")
    assert believed(issuer, writes, domain="services").scope == "write"
