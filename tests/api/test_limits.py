"""The page of limits tells of every limit, its setting, its default and its metric."""

from pathlib import Path
from typing import get_args

from fastapi.testclient import TestClient

from api.limits import LIMITS, Limit, LimitName
from api.settings import Settings

PAGE = Path(__file__).parents[2] / "docs/reference/limits.md"


def row(limit: Limit) -> str:
    """The limit as a row of the page's table."""
    settings = ", ".join(
        f"`ALLOT_{name.upper()}` {shown(Settings.model_fields[name].default)}"
        for name in limit.settings
    )
    return f"| `{limit.name}` | {limit.bounds} | {settings or limit.fixed} | {limit.answer} |"


def shown(default: float) -> str:
    """A default as people read it."""
    mib = default / 2**20
    return f"{mib:g} MiB" if mib >= 1 and mib == int(mib) else f"{default:,g}"


def test_the_page_tells_of_every_limit() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    assert rows[: len(LIMITS)] == [row(limit) for limit in LIMITS]
    assert {limit.name for limit in LIMITS} == set(get_args(LimitName))


def test_every_limit_is_counted_from_the_start(doors: TestClient) -> None:
    told = doors.get("/metrics").text
    for limit in LIMITS:
        assert f'allot_limit_reached_total{{limit="{limit.name}"}} 0.0' in told


def test_the_page_tells_of_every_metric(doors: TestClient) -> None:
    page = PAGE.read_text()
    told = doors.get("/metrics").text
    names = {line.split()[2] for line in told.splitlines() if line.startswith("# TYPE allot_")}
    counted = {name for name in names if not name.endswith("_created")}
    assert {name for name in counted if f"`{name}`" not in page} == set()
