"""What the doors tell of themselves, as tests look at it: metrics, and the checks of readiness."""

import time
from collections.abc import Callable

import httpx2
import msgspec
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from api.reference.schemas import Check, Readiness
from ledger.clocks import Clock, system_clock
from tests.api.conftest import opened

PATIENCE_S = 60
Doors = httpx2.Client | TestClient


def metric(doors: Doors, name: str, **labels: str) -> float:
    """The value of one metric now."""
    told = doors.get("/metrics")
    assert told.status_code == 200
    for family in text_string_to_metric_families(told.text):
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    raise AssertionError(f"{name} {labels} is not told")


def reached(doors: Doors, limit: str) -> float:
    """How often a limit was met."""
    return metric(doors, "allot_limit_reached_total", limit=limit)


def checks(doors: Doors) -> dict[str, Check]:
    """Every check of readiness, whose status and metrics agree with it; the process lives."""
    answer = doors.get("/readyz")
    seen = msgspec.json.decode(answer.content, type=Readiness)
    assert answer.status_code == (200 if seen.ready else 503)
    assert seen.ready == all(one.ok for one in seen.checks)
    assert doors.get("/livez").status_code == 200
    return {one.name: one for one in seen.checks}


def red(doors: Doors) -> dict[str, str]:
    """What is red, and why."""
    return {name: one.words for name, one in checks(doors).items() if not one.ok}


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that will hold by itself."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.02)


def until_green(doors: Doors) -> None:
    """Wait until every check is green; fails with what stays red."""
    deadline = time.monotonic() + PATIENCE_S
    while seen := red(doors):
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)


def unfed(address: str, *, clock: Clock = system_clock, **settings: object) -> TestClient:
    """Doors that nobody follows, and that are not red for it, however long the test takes.

    The founding that a test copies is as old as the session.
    """
    return opened(address, clock=clock, lag_s_max=3600, follower_s_max=3600, **settings)
