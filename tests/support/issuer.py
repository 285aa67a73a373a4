"""An OpenID Connect issuer on loopback: it signs what a test wants, and its keys change."""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Literal

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE: Final = "allot"
Algorithm = Literal["RS256", "ES256", "EdDSA"]
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def made(algorithm: Algorithm) -> PrivateKey:
    """A new private key."""
    match algorithm:
        case "RS256":
            return rsa.generate_private_key(65537, 2048)
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            return ed25519.Ed25519PrivateKey.generate()


def public(kid: str | None, key: PrivateKey) -> dict[str, Any]:
    """The public part of a key, as a JWK."""
    match key:
        case rsa.RSAPrivateKey():
            said = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case ec.EllipticCurvePrivateKey():
            said = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        case _:
            said = OKPAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**said, "use": "sig", **({} if kid is None else {"kid": kid})}


class LocalIssuer:
    """Answers with its discovery document and its keys, and counts how often it was asked.

    `calls_itself` is what the document says; `keys` are those it has now, by their ids.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.calls_itself = url
        self.jwks_uri = f"{url}/keys"
        self.algorithm: Algorithm = "ES256"
        self.kid = "first"
        self.private = made("ES256")
        self.published: list[dict[str, Any]] = [public(self.kid, self.private)]
        self.asked: list[str] = []
        self.is_away = False

    def rotate(self, kid: str, algorithm: Algorithm = "ES256", *, keep: bool = True) -> None:
        """Sign with another key from now on; the older ones are published still, or not."""
        self.algorithm, self.kid, self.private = algorithm, kid, made(algorithm)
        kept = self.published if keep else []
        self.published = [*kept, public(kid, self.private)]

    def claims(self, **changes: object) -> dict[str, object]:
        """What a good token says now; a change to None leaves a claim out."""
        now = int(time.time())
        usual: dict[str, object] = {
            "iss": self.url, "aud": AUDIENCE, "sub": "ada@lab", "iat": now, "exp": now + 300,
        }  # fmt: skip
        return {name: one for name, one in {**usual, **changes}.items() if one is not None}

    def token(self, headers: Mapping[str, object] | None = None, **changes: object) -> str:
        """A token signed with the key of now."""
        named = {"kid": self.kid, **(headers or {})}
        said = msgspec.json.encode(self.claims(**changes))
        return jwt.api_jws.encode(said, self.private, self.algorithm, dict(named))

    def answer(self, path: str) -> tuple[int, bytes]:
        """What it answers to a path."""
        self.asked.append(path)
        if self.is_away:
            return 500, b"{}"
        if path == "/.well-known/openid-configuration":
            told = {"issuer": self.calls_itself, "jwks_uri": self.jwks_uri, "more": [1]}
            return 200, msgspec.json.encode(told)
        if path == "/keys":
            return 200, msgspec.json.encode({"keys": self.published})
        return 404, b"{}"


@contextmanager
def local_issuer() -> Generator[LocalIssuer]:
    """Yield an issuer that answers on a port of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        issuer = LocalIssuer(f"http://127.0.0.1:{server.server_port}")
        server.RequestHandlerClass = _answering(issuer)
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            serving.join()


def _answering(issuer: LocalIssuer) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing about it."""

    return Answering
