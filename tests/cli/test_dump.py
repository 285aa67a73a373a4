"""A dump by PostgreSQL's own means becomes a ledger on a server that never had one."""

import json
import subprocess
from pathlib import Path

import psycopg

from ledger.store.embedded.binaries import Binaries
from ledger.store.embedded.server import Durability, start
from tests.cli.running import allot, base_environ


def test_a_dump_is_restored_once_the_roles_are_made(
    alone: str, postgres_binaries: Binaries, tmp_path: Path
) -> None:
    dump = str(tmp_path / "allot.dump")
    programs = postgres_binaries.directory
    subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, "-d", alone], check=True)
    with start(tmp_path / "new", postgres_binaries, durability=Durability.TEST) as server:
        environ = {
            **base_environ(), "ALLOT_DATABASE_URL": server.url, "ALLOT_DURABILITY": "test"
        }  # fmt: skip
        for _ in range(2):
            made = allot("migrate", "--roles-only", environ=environ)
            assert made.returncode == 0, made.stderr
        with psycopg.connect(server.url) as connection:
            found = connection.execute("SELECT to_regnamespace('ledger')").fetchone()
            assert found == (None,)
        restore = [programs / "pg_restore", "--exit-on-error", "-d", server.url, dump]
        subprocess.run(restore, check=True)
        assert allot("migrate", environ=environ).returncode == 0
        looked = allot("doctor", "--seal", "-o", "jsonl", environ=environ)
    rows = [json.loads(line) for line in looked.stdout.splitlines()]
    assert [row["check"] for row in rows if row["well"] != "yes"] == ["follower"], looked.stdout
    assert [row["words"] for row in rows if row["check"] == "founded"] == ["founded"]
