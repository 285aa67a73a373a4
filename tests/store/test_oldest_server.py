"""Every statement is one that the oldest PostgreSQL which Allot takes understands."""

import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

import psycopg
import pytest

from api.cli.founding import prepare
from ledger.store.embedded.binaries import OLDEST_MAJOR, SYSTEM, Binaries, examine
from ledger.store.embedded.server import Durability, start
from projections.statements import named, sql_of

KEYWORDS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
PARAMETER = re.compile(r"%b|%\(\w+\)s")


@pytest.fixture(scope="module")
def oldest(
    tmp_path_factory: pytest.TempPathFactory, postgres_binaries: Binaries
) -> Iterator[psycopg.Connection]:
    """A migrated database of the oldest server that is there: where that one is not, of ours."""
    system = SYSTEM / str(OLDEST_MAJOR) / "bin"
    found = examine(system, "the system") if system.is_dir() else postgres_binaries
    data = tmp_path_factory.mktemp("oldest")
    with start(data, found, durability=Durability.TEST) as server:
        address = server.url
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ALLOT_DURABILITY", "test")
            prepare(address)
        with psycopg.connect(address, autocommit=True) as connection:
            assert connection.info.server_version // 10_000 == found.major
            yield connection


def statements() -> Iterator[tuple[str, str]]:
    """Each statement of the packages that can be prepared as it stands, with where it stands."""
    for package in ("ledger", "projections", "api"):
        for folder, file in _sql_below(package, files(package)):
            for name, text in named(sql_of(folder, file)).items():
                if text.startswith(KEYWORDS) and "{" not in text:
                    yield f"{folder}/{file}: {name}", text


def _sql_below(package: str, folder: Traversable) -> Iterator[tuple[str, str]]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir() and not one.name.startswith("_"):
            yield from _sql_below(f"{package}.{one.name}", one)
        elif one.name.endswith(".sql"):
            yield package, one.name


def prepared(number: int, text: str) -> bytes:
    """The text as a statement of that number, its parameters by number."""
    numbers: dict[str, int] = {}

    def by_number(found: re.Match[str]) -> str:
        name = f"{found.start()}" if found[0] == "%b" else found[0]
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    asked = PARAMETER.sub(by_number, text)
    return f"PREPARE asked_{number} AS {asked.replace('%%', '%').rstrip(';')}".encode()


def test_every_statement_is_understood(oldest: psycopg.Connection) -> None:
    found = list(statements())
    assert len(found) > 150
    wrong: list[str] = []
    for number, (where, text) in enumerate(found):
        schema = where.partition("/")[0].replace("projections.", "proj_")
        oldest.execute("SELECT set_config('search_path', %s, false)", (schema,))
        try:
            oldest.execute(prepared(number, text))
        except psycopg.errors.IndeterminateDatatype:
            pass  # the client says of which type a value is
        except psycopg.Error as error:
            wrong.append(f"{where}: {error}")
    assert wrong == []


def test_what_only_newer_ones_know_is_noticed(oldest: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedFunction):
        oldest.execute(prepared(0, "SELECT no_such_function(%(number)s::bigint)"))
