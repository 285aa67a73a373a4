"""A bug is told on stderr by where it happened, without what variables held."""

from collections.abc import Generator
from io import StringIO

import pytest
import structlog

from api.speaking import speak


@pytest.fixture(autouse=True)
def _as_before() -> Generator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


def test_a_traceback_tells_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    speak()

    def fail(token: str) -> int:
        return int(token)

    held = "allot_" + "secret"
    try:
        fail(held.upper() and "no number " + str(len(held)))
    except ValueError as error:
        structlog.get_logger().error("answered 500", path="/", exc_info=error)
    said = capsys.readouterr()
    assert said.out == ""
    assert "answered 500" in said.err
    assert "in fail" in said.err
    assert held not in said.err


class Unheard(StringIO):
    """A pipe that nobody reads any more."""

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        raise BrokenPipeError(text)


def test_who_speaks_goes_on_when_nobody_hears_it_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stderr", Unheard())
    speak()
    structlog.get_logger().error("the database is away")
