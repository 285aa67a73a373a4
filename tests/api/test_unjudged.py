"""What is answered while nobody judges: no position that never was, and no fate in doubt."""

import json
from collections.abc import Sequence
from typing import Any

import httpx2
import msgspec
from fastapi.testclient import TestClient

from api.decisions.apart import CommitterApart
from ledger.asks import Answer, Question
from ledger.facts import Via
from ledger.plans import Plan
from tests.api.asking import command, furnish, grant, problem
from tests.api.test_bulk import bulk, line
from tests.support.committing import ask
from tests.support.committing import grant as made
from tests.support.in_memory import day

IN_DOUBT = "whether it was recorded is unknown. Ask again by the same key."
HARMLESS = "nothing was recorded, as nothing is by asking so. Ask again."
PLAN = {"pool": "phoenix/h100", "quantity": 16, "by": "2099-01-01T00:00:00Z", "unit": "reasoning"}


def unjudged(doors: TestClient) -> int:
    """End the committer of doors with something recorded; returns the position."""
    head = furnish(doors)
    doors.app.state.running.committer.stop()  # type: ignore[attr-defined] - of the application
    return head


def at_the_head(answer: httpx2.Response, head: int) -> str:
    """The words of a 503 whose header has the newest position, and whose body has none."""
    said = problem(answer)
    assert (said.status, said.code, said.position) == (503, "Unavailable", None)
    assert answer.headers["Allot-Position"] == str(head)
    assert answer.headers["Retry-After"] == "1"
    return said.detail


def test_a_command_is_told_the_newest_position_that_is_known(doors: TestClient) -> None:
    head = unjudged(doors)
    assert at_the_head(command(doors, "/v1/grants", grant()), head).endswith(IN_DOUBT)


def test_a_line_is_told_of_no_position(doors: TestClient) -> None:
    unjudged(doors)
    for query, words in (("", IN_DOUBT), ("?dry_run=true", HARMLESS)):
        (told,) = bulk(doors, line("k"), query=query)
        assert (told["status"], "position" in told) == (503, False)
        said = msgspec.convert(told["problem"], dict[str, Any])
        assert "position" not in said
        assert said["detail"].endswith(words)


def test_a_dry_run_and_a_plan_are_told_that_nothing_was_recorded(reads: TestClient) -> None:
    head = unjudged(reads)
    tried = command(reads, "/v1/grants", grant(), dry_run=True)
    assert at_the_head(tried, head).endswith(HARMLESS)
    asked = reads.post("/v1/plans", json=PLAN, params={"min_position": head})
    assert at_the_head(asked, head).endswith(HARMLESS)


def test_so_it_is_while_there_is_no_process_that_decides() -> None:
    plan = Plan(pool="h100", quantity=64, by=day(3), unit="vision")
    question = Question(plan=plan, by="ann", via=Via(tool="test"))
    told: list[Answer] = []

    def note(answers: Sequence[Answer]) -> None:
        told.extend(answers)

    CommitterApart("postgresql:///nowhere").submit_many(
        (ask(made()), ask(made(), dry_run=True), question), note
    )
    said = [json.loads(answer.body) for answer in told]
    assert [one["status"] for one in said] == [503, 503, 503]
    assert ["position" in one for one in said] == [False, False, False]
    for one, words in zip(said, (IN_DOUBT, HARMLESS, HARMLESS), strict=True):
        assert one["detail"] == f"The process that decides has ended: {words}"
