"""Bearer tokens: made once, shown once, kept as SHA-256 digests, ended by date or by revoking."""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

import psycopg
from msgspec import Struct
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

from api.queries import queries
from api.scopes import Scope, usual
from ledger.periods import clean_text

PREFIX: Final = "allot_"
"""So that a scanner finds a token that was left in a file."""
NOT_OURS: Final = "oidc:"
"""How events name tokens of issuers: no token of ours may look like one."""
_SQL: Final = queries("api", "tokens.sql")


class Credential(Struct, frozen=True, kw_only=True):
    """What is kept of a token: its name, whose it is, what it is good for, and how long."""

    name: str
    digest: bytes
    person: str
    scope: Scope
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the token is good at that instant."""
        return self.revoked_at is None and (self.expires_at is None or at < self.expires_at)


class NameTaken(Exception):
    """A token of that name exists already, perhaps revoked: names are never reused."""


def create_token(
    connection: psycopg.Connection,
    person: str,
    name: str,
    expires_at: datetime | None = None,
    scope: Scope | None = None,
) -> str:
    """Make a token of 256 random bits for a person and return it; it cannot be read again.

    `name` is what events will say in `via.credential`. Without a scope it is good for all that a
    person may do, and for reading alone if the person is a service account. Raises NameTaken,
    and ValueError for text that is empty, longer than 200 characters, or not clean, for the name
    of a token of somebody else's, and for an expiry gone by.
    """
    named, owner = clean_text(name, "name"), clean_text(person, "person")
    if not (1 <= len(named) <= 200 and 1 <= len(owner) <= 200):
        raise ValueError("name and person take 1 to 200 characters")
    if named.startswith(NOT_OURS):
        raise ValueError(f"a name beginning with {NOT_OURS} stands for a token of an issuer")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise ValueError("the expiry has gone by")
    token = PREFIX + secrets.token_urlsafe(32)
    digest = sha256(token.encode()).digest()
    fields = {
        "name": named,
        "digest": digest,
        "person": owner,
        "scope": scope or usual(owner),
        "expires_at": expires_at,
    }
    try:
        with connection.transaction():
            connection.execute(_SQL["create"], fields)
    except psycopg.errors.UniqueViolation as taken:
        raise NameTaken(named) from taken
    return token


def list_tokens(connection: psycopg.Connection) -> Sequence[Credential]:
    """Every token ever made, newest first."""
    with connection.cursor(row_factory=class_row(Credential)) as cursor:
        return cursor.execute(_SQL["everyone"]).fetchall()


def revoke_token(connection: psycopg.Connection, name: str) -> bool:
    """End a token for good; False when no token of that name is in force."""
    with connection.transaction():
        return connection.execute(_SQL["revoke"], {"name": name}).fetchone() is not None


class TokenLookup:
    """Finds the credential of a digest, for Identity."""

    def __init__(self, pool: ConnectionPool) -> None:
        """Take the pool that reads go through."""
        self._pool = pool

    def __call__(self, digest: bytes) -> Credential | None:
        """The credential of a token that is not revoked."""
        with (
            self._pool.connection() as connection,
            connection.cursor(row_factory=class_row(Credential)) as cursor,
        ):
            return cursor.execute(_SQL["by_digest"], {"digest": digest}).fetchone()
