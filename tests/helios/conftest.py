"""The real run: Helios Earth imported over the public API, in stages, refusals tried between."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from api.cli.operations import Line, Operation, made_before, wanted
from api.client import Client, Reply
from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER, Ledger, ledger
from tests.support.postgres import postgres_binaries, postgres_server
from tests.support.shared import shared

__all__ = ["postgres_binaries", "postgres_server"]
SOURCE = "helios"


class Tried(Struct, frozen=True, kw_only=True):
    """An operation that must be refused, the answer, and the heads before and after."""

    operation: dict[str, Any]
    reply: Reply
    before: int
    after: int


class Run(Struct, frozen=True, kw_only=True):
    """The ledger after the import, and what was answered to what it had to refuse."""

    ledger: Ledger
    folder: Path
    file: Path
    tried: list[Tried]

    def said(self, name: str) -> Any:
        """What a file of the data set says."""
        return json.loads((self.folder / name).read_text())


@pytest.fixture(scope="package")
def helios(postgres_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Run]:
    """Import up to each point where something must be refused, try it there, and go on."""
    folder = shared("data/helios-earth")
    file = tmp_path_factory.mktemp("helios") / "operations.jsonl"
    lines = (folder / "operations.jsonl").read_text().splitlines(keepends=True)
    refused = [json.loads(line) for line in (folder / "must_reject.jsonl").read_text().splitlines()]
    tried: list[Tried] = []
    with ledger(postgres_server) as running:
        for stage in sorted({operation["after_seq"] for operation in refused}):
            file.write_text("".join(lines[:stage]))
            brought = running.allot("import", "operations", str(file), "--source", SOURCE)
            assert brought.returncode == 0, brought.stderr
            for number, operation in enumerate(refused):
                if operation["after_seq"] == stage:
                    tried.append(attempt(running, operation, number))
        yield Run(ledger=running, folder=folder, file=file, tried=tried)


def attempt(running: Ledger, operation: dict[str, Any], number: int) -> Tried:
    """Ask for an operation that must be refused, as the import would ask for it.

    Where the unit that would gain does not exist yet, it is made in the same decision: all or
    nothing, so that the refusal is about the quantity and still changes nothing.
    """
    line = Line(number=number, operation=msgspec.convert(operation, Operation))
    name, source = "must_reject.jsonl", "refused"
    asked = wanted(line, name, source)
    before = running.head()
    with Client(running.url, actor=FOUNDER) as client:
        reply = client.command(asked.do, asked.fields, key=asked.key)
        if reply.problem.code == "UnknownUnit":
            made = list(made_before(line, name, source))[-1]
            legs = [{"do": one.do, **one.fields} for one in (made, asked)]
            reply = client.command("decision", {"legs": legs}, key=f"{asked.key}:made")
    return Tried(operation=operation, reply=reply, before=before, after=running.head())
