"""Settings of the doors, read from ALLOT_* variables of the environment."""

from ipaddress import ip_address
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB: Final = 1024 * 1024


def on_loopback(host: str) -> bool:
    """Whether only this machine reaches a server bound to that host."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_private_way(url: str) -> bool:
    """Whether what comes from that URL is what was sent: by TLS, or from this very machine."""
    try:
        parts = urlsplit(url)
    except ValueError:  # an address of IPv6 that is none
        return False
    if not parts.hostname or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and on_loopback(parts.hostname))


class OidcIssuer(BaseModel):
    """One OpenID Connect issuer whose tokens are believed, for whom, and about whom.

    `audience` is one or more, parted by spaces. `person` is the claim that names the person; an
    `email` must be verified. With a `domain`, e-mail addresses must be of it, and any other claim
    becomes a person `CLAIM@domain`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    audience: str = Field(min_length=1)
    jwks_url: str | None = None
    person: str = Field(default="sub", min_length=1)
    domain: str | None = Field(default=None, pattern=r"^[^@\s]+$")

    @field_validator("issuer", "jwks_url")
    @classmethod
    def _comes_unchanged(cls, url: str | None) -> str | None:
        if url is not None and not is_private_way(url):
            raise ValueError(f"{url} is no https address (http only on loopback)")
        return url

    @property
    def audiences(self) -> tuple[str, ...]:
        """Whom a token may be meant for, so that it is taken here."""
        return tuple(self.audience.split())

    @property
    def credential(self) -> str:
        """What events say of a token of this issuer: not the token, only where it comes from."""
        return f"oidc:{urlsplit(self.issuer).netloc}"


class Settings(BaseSettings):
    """What an operator may choose; `ALLOT_DATABASE_URL` is `database_url` here, and so on.

    Raises pydantic.ValidationError, with a sentence, for open doors beyond loopback and for
    issuers that could speak of each other's people.
    """

    model_config = SettingsConfigDict(
        env_prefix="ALLOT_",
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        allow_inf_nan=False,
    )

    database_url: str
    read_database_url: str | None = None
    auth: Literal["open", "token"] = "token"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    founder: str | None = None
    session_secret: SecretStr | None = None
    # One issuer by itself; several, as JSON, in `oidc_issuers`.
    oidc_issuer: str | None = None
    oidc_audience: str | None = None
    oidc_jwks_url: str | None = None
    oidc_person: str = "sub"
    oidc_domain: str | None = None
    oidc_issuers: tuple[OidcIssuer, ...] = ()
    oidc_leeway_s: float = Field(default=30, ge=0, le=300, description="how far clocks may differ")
    invented: bool = Field(default=False, description="every page says that its data is made up")
    decides_apart: bool = Field(default=True, description="in a process beside the doors")
    # Limits: `api.limits` says what each bounds, docs/reference/limits.md what callers are told.
    connections_max: int = Field(default=2_000, ge=1)
    head_bytes_max: int = Field(default=32_768, ge=1_024)
    headers_max: int = Field(default=100, ge=1)
    head_s: float = Field(default=10, gt=0)
    body_s: float = Field(default=30, gt=0, description="longest wait for a request's body")
    reader_s: float = Field(default=30, gt=0, description="longest wait for who takes nothing")
    lines_max: int = Field(default=20_000, ge=1)
    bulk_bytes_max: int = Field(default=128 * MIB, ge=16 * MIB)
    waiting_max: int = Field(default=10_000, ge=1)
    waiting_bytes_max: int = Field(default=64 * MIB, ge=1)
    answer_s: float = Field(default=30, gt=0, description="longest wait for the committer")
    reading_connections: int = Field(default=8, ge=1, le=100)
    read_wait_s: float = Field(default=5, gt=0, description="longest wait for a place to read")
    read_s: float = Field(default=30, ge=0.001, description="longest statement of a read")
    read_lock_s: float = Field(default=5, ge=0.001, description="longest wait of a read for a lock")
    subscribers_max: int = Field(default=1_000, ge=0)
    commands_per_s: float = Field(default=1_000, ge=0)
    commands_burst: int = Field(default=20_000, ge=1)
    reads_per_s: float = Field(default=200, ge=0)
    reads_burst: int = Field(default=2_000, ge=1)
    # Readiness: what turns it red.
    lag_s_max: float = Field(default=60, gt=0, description="age of what a projection lacks")
    lag_events_max: int = Field(default=100_000, ge=1, description="events a projection lacks")
    follower_s_max: float = Field(default=30, ge=0, description="a projection without follower")
    waiting_s_max: float = Field(default=15, gt=0, description="age of the oldest command queued")
    drain_s: int = Field(default=30, ge=0, description="longest wait for answers when stopping")
    keep_alive_s: float = Field(default=15, gt=0, description="silence before an SSE comment")

    @model_validator(mode="after")
    def _open_doors_are_for_loopback(self) -> Self:
        if self.auth == "open" and not on_loopback(self.host):
            raise ValueError(
                f"ALLOT_AUTH=open lets anybody act as anybody: it needs a loopback ALLOT_HOST, "
                f"and {self.host} is none. Use ALLOT_AUTH=token."
            )
        return self

    @model_validator(mode="after")
    def _issuers_are_told_apart(self) -> Self:
        issuers = self.issuers
        if issuers and self.auth == "open":
            raise ValueError("ALLOT_AUTH=open asks nobody who they are: it takes no OIDC issuer.")
        if self.oidc_issuer is None and self.oidc_audience is not None:
            raise ValueError("ALLOT_OIDC_AUDIENCE needs an ALLOT_OIDC_ISSUER.")
        if len({one.issuer for one in issuers}) < len(issuers):
            raise ValueError("An OIDC issuer is named twice.")
        domains = {one.domain for one in issuers}
        if len(issuers) > 1 and (None in domains or len(domains) < len(issuers)):
            raise ValueError(
                "Each of several OIDC issuers needs a domain of its own: without, one could speak "
                "of another's people."
            )
        return self

    @property
    def issuers(self) -> tuple[OidcIssuer, ...]:
        """Every issuer whose tokens are believed."""
        if self.oidc_issuer is None:
            return self.oidc_issuers
        first = OidcIssuer.model_validate(
            {
                "issuer": self.oidc_issuer,
                "audience": self.oidc_audience or "",
                "jwks_url": self.oidc_jwks_url,
                "person": self.oidc_person,
                "domain": self.oidc_domain,
            }
        )
        return (first, *self.oidc_issuers)


def what_is_wrong(wrong: ValidationError) -> str:
    """Which settings cannot be taken, each by its name in the environment, and why."""
    return "; ".join(
        ": ".join([*map(_named, one["loc"][:1]), str(one["msg"])]) for one in wrong.errors()
    )


def _named(field: int | str) -> str:
    # Of one issuer that is told by settings of its own, the names are those of an issuer's fields.
    is_of_issuer = field in OidcIssuer.model_fields and field not in Settings.model_fields
    return f"ALLOT_{'OIDC_' if is_of_issuer else ''}{field}".upper()
