"""The services of docker-compose.yml, run as plain processes with their own environment."""

import re
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from api.client import Client
from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.server import Durability, start
from tests.cli.running import allot_apart, base_environ, begin_anew, ended, line_of
from tests.house.tree import TOP

SERVICES: dict[str, Any] = yaml.safe_load((TOP / "docker-compose.yml").read_text())["services"]
DEFAULTED = re.compile(r"\$\{\w+:-([^}]*)\}")
FOUNDER = "founder@example.org"
LOGIN = "team"


@pytest.fixture
def owned(postgres_binaries: Binaries, tmp_path: Path) -> Generator[str]:
    """Yield an empty database on a server of its own; its login owns it and may make roles.

    The login of compose may do more: what this one can do, that one can.
    """
    with start(tmp_path, postgres_binaries, durability=Durability.TEST) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {LOGIN} LOGIN CREATEROLE")
            connection.execute(f"CREATE DATABASE {LOGIN} OWNER {LOGIN}")
        yield server.url.replace("://allot@/allot?", f"://{LOGIN}@/{LOGIN}?", 1)


def environment(service: str, address: str) -> dict[str, str]:
    """A service's variables as compose fills them in, on our database and on loopback."""
    named = {
        name: DEFAULTED.sub(r"\1", str(value))
        for name, value in SERVICES[service]["environment"].items()
    }
    assert named["ALLOT_DATABASE_URL"] == "postgresql://allot:allot@postgres:5432/allot"
    ours = {"ALLOT_DATABASE_URL": address}
    if "ALLOT_HOST" in named:
        ours["ALLOT_HOST"] = "127.0.0.1"
    # Without fsync under our feet the services would refuse to start.
    return {**base_environ(), **named, **ours, "ALLOT_DURABILITY": "test"}


def command(service: str) -> list[str]:
    program, *words = SERVICES[service]["command"]
    assert program == "allot"
    return words


def test_the_services_make_a_ledger_that_answers_a_token(owned: str) -> None:
    assert set(SERVICES) == {"postgres", "migrate", "api", "follower"}
    for says in ("Founded", "Up to date"):  # compose runs it at every start
        migrated = allot_apart(*command("migrate"), environ=environment("migrate", owned))
        assert migrated.returncode == 0, migrated.stderr
        assert says in migrated.stderr
    words = [word if word != "8000" else "0" for word in command("api")]
    doors = begin_anew(*words, environ=environment("api", owned))
    follower = begin_anew(*command("follower"), environ=environment("follower", owned))
    try:
        ask(line_of(doors), token_for(owned))
        well = allot_apart("doctor", environ=environment("api", owned))
    finally:
        codes = [ended(doors), ended(follower)]
    assert codes == [0, 0]
    assert well.returncode == 0, well.stdout


def token_for(address: str) -> str:
    made = allot_apart("tokens", "create", "compose", FOUNDER, environ=environment("api", address))
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def ask(url: str, token: str) -> None:
    with Client(url) as nobody:
        assert nobody.get("/v1/holdings").status == 401
        assert nobody.get("/livez").status == 200
    with Client(url, token=token) as client:
        opened = client.command("open_pool", {"pool": "phoenix/h100"})
        assert opened.status == 201, opened.body
        assert opened.position is not None
        # min_position is answered only when the other service has followed that far.
        read = client.get("/v1/capacity", {"min_position": opened.position, "wait_s": 30})
        assert read.status == 200, read.body
        assert b"phoenix/h100" in read.body


@pytest.mark.parametrize("service", ["migrate", "api", "follower"])
def test_every_service_runs_a_command_that_exists(service: str) -> None:
    helped = allot_apart(command(service)[0], "--help", environ=base_environ())
    assert helped.returncode == 0
