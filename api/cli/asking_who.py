"""What `allot doctor` says of identity: which tokens are in force, which issuers can be asked."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import psycopg
from pydantic import ValidationError
from pydantic_settings import SettingsError

from api.cli.findings import Finding
from api.issuer_keys import IssuerAway, fetch_keys
from api.settings import OidcIssuer, Settings, what_is_wrong
from api.tokens import list_tokens


def asking_who(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    """Whether the doors would know who knocks, by the settings of this environment."""
    try:
        # The database is reached already, whatever the settings say of it.
        settings = Settings(database_url=os.environ.get("ALLOT_DATABASE_URL", ""))
    except (ValidationError, SettingsError) as wrong:
        words = what_is_wrong(wrong) if isinstance(wrong, ValidationError) else str(wrong)
        yield Finding(
            check="identity", well=False, words=words, remedy="Put the ALLOT_* variables right."
        )
        return
    yield Finding(check="identity", well=True, words=_words(connection, settings))
    for issuer in settings.issuers:
        yield _asked(issuer)


def _words(connection: psycopg.Connection[Any], settings: Settings) -> str:
    if settings.auth == "open":
        return "open: whoever reaches this machine's own address acts as anybody"
    now = datetime.now(UTC)
    in_force = sum(one.holds(now) for one in list_tokens(connection))
    return (
        f"tokens of ours in force: {in_force}; issuers that are believed: {len(settings.issuers)}"
    )


def _asked(issuer: OidcIssuer) -> Finding:
    check = f"issuer {issuer.issuer}"
    try:
        # On a thread of its own: whoever calls may run a loop on this one.
        with ThreadPoolExecutor(1) as apart:
            keys = apart.submit(asyncio.run, fetch_keys(issuer)).result()
    except IssuerAway as away:
        return Finding(
            check=check,
            well=False,
            words=str(away),
            remedy="Until it answers, only tokens of keys that a process has seen are believed.",
        )
    of = " and ".join(issuer.audiences)
    words = f"keys: {len(keys)}; its tokens for {of} name people by {issuer.person}"
    return Finding(check=check, well=True, words=words)
