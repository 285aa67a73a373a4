"""Settings of the doors, read from ALLOT_* variables of the environment."""

from ipaddress import ip_address
from typing import Final, Literal, Self

from pydantic import Field, SecretStr, model_validator
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


class Settings(BaseSettings):
    """What an operator may choose; `ALLOT_DATABASE_URL` is `database_url` here, and so on.

    Raises pydantic.ValidationError, with a sentence, for open doors beyond loopback.
    """

    model_config = SettingsConfigDict(env_prefix="ALLOT_", frozen=True, extra="ignore")

    database_url: str
    read_database_url: str | None = None
    auth: Literal["open", "token"] = "token"
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    founder: str | None = None
    session_secret: SecretStr | None = None
    invented: bool = Field(default=False, description="every page says that its data is made up")
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
