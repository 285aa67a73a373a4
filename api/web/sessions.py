"""Signing in with a token: a sealed cookie that scripts cannot read, and proof against forgery."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

COOKIE: Final = "allot-session"
ANONYMOUS_COOKIE: Final = "allot-visit"
HOURS: Final = 12
COOKIE_BYTES_MAX: Final = 4_000
"""Browsers drop a longer cookie without a word (RFC 6265bis, section 5.7: 4,096 with its name)."""


class TooLong(Exception):
    """A token does not fit into a cookie, as one with very many claims."""


class Sessions:
    """Seals tokens into cookies and opens them again, for as long as a session lasts.

    The cookie carries the token encrypted, so that every request is judged by the token as it
    stands now: revoking the token ends the session. `secret` is any text; who changes it ends
    all sessions.
    """

    def __init__(self, secret: bytes) -> None:
        self._key = sha256(b"allot session\0" + secret).digest()
        self._box = Fernet(urlsafe_b64encode(self._key))

    def seal(self, token: str) -> str:
        """The cookie for a token. Raises TooLong when it would be more than browsers keep."""
        cookie = self._box.encrypt(token.encode()).decode()
        if len(cookie) > COOKIE_BYTES_MAX:
            raise TooLong(f"a cookie of {len(cookie)} bytes")
        return cookie

    def open(self, cookie: str) -> str | None:
        """The token in a cookie, or None when it is forged, damaged or too old."""
        try:
            return self._box.decrypt(cookie, ttl=HOURS * 3600).decode()
        except (InvalidToken, ValueError):  # ValueError: it is no ASCII
            return None

    def proof(self, cookie: str) -> str:
        """What a form of the holder of this cookie must carry (OWASP: signed double submit)."""
        return hmac.new(self._key, b"csrf\0" + cookie.encode(), sha256).hexdigest()

    def proves(self, cookie: str, given: str) -> bool:
        """Whether a form came from a page that was rendered for this cookie."""
        return hmac.compare_digest(self.proof(cookie).encode(), given.encode())
