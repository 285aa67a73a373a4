"""What an earlier event should have said, typed by a person who names only what was wrong."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Ledger
from tests.cli.test_commands import POOL, granted, held, refused

WORDS = ("--reason", "It was typed wrongly")


@pytest.fixture
def grant(running: Ledger) -> Generator[dict[str, Any]]:
    """Yield the event by which vision was granted 64, and give all of it back in the end."""
    event = granted(running, "vision", 64)["events"][0]
    yield event
    running.allot("release", POOL, "vision", "all", "--reason", "done")
    running.allot("release", POOL, "speech", "all", "--reason", "done")


def corrected(running: Ledger, position: int, *words: str) -> dict[str, Any]:
    done = running.allot("correct", str(position), *words, *WORDS, "-o", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["events"][0]


def planned(running: Ledger, *words: str) -> int:
    """Return the position of a release of 16 by vision that lies ahead."""
    done = running.allot("release", POOL, "vision", "16", "--at", "2090-06-01", "-o", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["events"][0]["position"]


def test_only_what_was_wrong_is_named_and_the_books_before_stay(
    running: Ledger, grant: dict[str, Any]
) -> None:
    position = grant["position"]
    event = corrected(running, position, "--quantity", "48")
    assert event["reason_code"] == "correction"
    assert event["data"]["corrects"] == position
    assert event["data"]["replacement"] == {
        "effective_at": grant["effective_at"], "data": grant["data"] | {"quantity": 48},
    }  # fmt: skip
    assert held(running, "vision") == 48
    assert held(running, "vision", "--known-at", str(position)) == 64


def test_a_history_says_what_was_corrected_as_it_was_known(
    running: Ledger, grant: dict[str, Any]
) -> None:
    position = grant["position"]
    event = corrected(running, position, "--never")
    [found] = running.items("/v1/history", q=f"#{position}")
    assert found["corrected_by"] == event["position"]
    [then] = running.items("/v1/history", q=f"#{position}", known_at=position)
    assert "corrected_by" not in then
    [correction] = running.items("/v1/history", q=f"#{event['position']}")
    assert "corrected_by" not in correction
    shown = running.allot("history", f"#{position}")
    assert "CORRECTED" in shown.stdout.splitlines()[0].upper()
    assert str(event["position"]) in shown.stdout


def test_what_was_corrected_is_corrected_again_as_it_is_believed(
    running: Ledger, grant: dict[str, Any]
) -> None:
    position = grant["position"]
    first = corrected(running, position, "--quantity", "48")
    second = corrected(running, position, "--ends-at", "2090-01-01")
    assert second["data"]["supersedes"] == first["position"]
    said = second["data"]["replacement"]["data"]
    assert (said["quantity"], said["ends_at"]) == (48, "2090-01-01T00:00:00.000000Z")
    third = corrected(running, position, "--ends-at", "open", "--quantity", "32")
    assert third["data"]["supersedes"] == second["position"]
    undone = corrected(running, position, "--original")
    assert undone["data"]["replacement"]["data"] == grant["data"]
    assert held(running, "vision") == 64
    never = corrected(running, position, "--never")
    assert never["data"]["replacement"] is None
    assert held(running, "vision") == 0


def test_a_correction_is_shown_by_what_it_changes(running: Ledger, grant: dict[str, Any]) -> None:
    words = ("correct", str(grant["position"]), *WORDS, "--dry-run")
    shown = running.allot(*words, "--quantity", "48")
    assert f"granted.v1 at {grant['position']}: quantity 64 -> 48" in shown.stdout
    shown = running.allot(*words, "--never")
    assert f"granted.v1 at {grant['position']} never happened" in shown.stdout


def test_all_that_it_says_is_given_as_words_or_in_a_file(
    running: Ledger, grant: dict[str, Any], tmp_path: Path
) -> None:
    whole = json.dumps(grant["data"] | {"quantity": 40})
    file = tmp_path / "said.json"
    file.write_text(json.dumps(grant["data"] | {"quantity": 24}))
    for data, quantity in ((whole, 40), (str(file), 24)):
        event = corrected(running, grant["position"], "--data", data)
        assert event["data"]["replacement"]["data"]["quantity"] == quantity
        assert held(running, "vision") == quantity


def test_less_than_was_moved_on_is_refused_with_the_move(
    running: Ledger, grant: dict[str, Any]
) -> None:
    moved = running.allot("reallocate", POOL, "speech", "--from", "vision=40", *WORDS, "-o", "json")
    position = json.loads(moved.stdout)["events"][0]["position"]
    done = running.allot("correct", str(grant["position"]), "--quantity", "32", *WORDS)
    refused(done, 1, "NegativeHolding", str(position))


def test_a_limit_that_was_broken_is_acknowledged_and_a_second_person_confirms_it(
    running: Ledger, grant: dict[str, Any]
) -> None:
    position = str(grant["position"])
    granted(running, "speech", 64)
    words = ("correct", position, "--quantity", "72", *WORDS)
    refused(running.allot(*words), 1, "NotEnoughFree")
    acknowledged = (*words, "--acknowledge-breach")
    assert "a second person" in running.allot(*acknowledged, "--dry-run").stderr
    waits = running.allot(*acknowledged, "-o", "json")
    assert waits.returncode == 0, waits.stderr
    assert "a second person is to confirm it" in waits.stderr
    proposal = json.loads(waits.stdout)["proposal"]
    assert held(running, "vision") == 64, "nothing has changed yet"
    refused(running.allot("confirm", proposal), 1, "NotYoursToDecide")
    body = json.dumps({"to": "sue@demo", "role": "operator", "unit": "lab"})
    assert running.allot("do", "delegate", body).returncode == 0
    unseen = ("confirm", proposal, "--as", "sue@demo", "--if-unchanged-since", "1")
    refused(running.allot(*unseen), 5, "Stale")
    done = running.allot("confirm", proposal, "--as", "sue@demo", "-o", "json")
    assert done.returncode == 0, done.stderr
    event = json.loads(done.stdout)["events"][0]
    assert (event["overrides"], event["confirmed_by"]) == (["breach"], "sue@demo")
    assert held(running, "vision") == 72
    flagged = running.items("/v1/history", flag="breach")
    assert [one["position"] for one in flagged] == [event["position"]]


def test_the_same_key_gives_the_first_answer_although_more_is_believed_now(
    running: Ledger, grant: dict[str, Any]
) -> None:
    words = ("correct", str(grant["position"]), "--quantity", "48", *WORDS, "-o", "json")
    first = running.allot(*words, "--key", f"correct:{grant['position']}")
    corrected(running, grant["position"], "--quantity", "40")
    again = running.allot(*words, "--key", f"correct:{grant['position']}")
    assert again.returncode == 0, again.stderr
    assert "Already recorded" in again.stderr
    assert again.stdout == first.stdout
    assert held(running, "vision") == 40


def test_a_plan_is_cancelled_and_taken_up_again(running: Ledger, grant: dict[str, Any]) -> None:
    position = planned(running)
    after = ("--as-of", "2090-06-02")
    assert held(running, "vision", *after) == 48
    cancelled = running.allot("cancel", str(position))
    assert cancelled.returncode == 0, cancelled.stderr
    assert held(running, "vision", *after) == 64
    refused(running.allot("cancel", str(position)), 1, "NoDifference")
    put_off = running.allot("reschedule", str(position), "--to", "2090-07-01", *WORDS)
    assert put_off.returncode == 0, put_off.stderr
    assert held(running, "vision", *after) == 64
    assert held(running, "vision", "--as-of", "2090-07-01") == 48
    sooner = running.allot("reschedule", str(position), "--to", "2090-05-01", *WORDS)
    assert sooner.returncode == 0, sooner.stderr
    assert held(running, "vision", "--as-of", "2090-05-01") == 48
    assert running.allot("cancel", str(position)).returncode == 0


def test_what_has_happened_is_no_plan(running: Ledger, grant: dict[str, Any]) -> None:
    position = str(grant["position"])
    refused(running.allot("cancel", position), 2, f"allot correct {position}")
    refused(running.allot("reschedule", position, "--to", "2090-01-01"), 2, "took effect")
    note = running.allot("note", "No plan", "--unit", "vision", "-o", "json")
    noted = str(json.loads(note.stdout)["events"][0]["position"])
    refused(running.allot("cancel", noted), 2, "noted.v1")
    ahead = str(planned(running))
    refused(running.allot("reschedule", ahead, "--to", "2020-01-01"), 2, "gone by")
    assert running.allot("cancel", ahead).returncode == 0


def test_it_is_said_what_is_to_be_corrected_and_how(running: Ledger, grant: dict[str, Any]) -> None:
    position = str(grant["position"])
    for words in (
        (), ("--never", "--quantity", "8"), ("--original", "--never"),
        ("--quantity", "8", "--data", "{}"),
    ):  # fmt: skip
        refused(running.allot("correct", position, *words), 2, "--never")
    refused(running.allot("correct", position, "--quantity", "many"), 2, "many")
    refused(running.allot("correct", position, "--data", "[]"), 2, "[]")
    refused(running.allot("correct", position, "--data", "{"), 2, "JSON object")
    beyond = str(running.head() + 1)
    refused(running.allot("correct", beyond, "--never"), 1, f"no event at position {beyond}")
    far = f"{int(beyond) + 500}"
    for words in (
        ["correct", far, "--never"],
        ["cancel", far],
        ["reschedule", far, "--to", "2090-06-01"],
    ):
        refused(running.allot(*words), 1, f"no event at position {far}: the head is")
    capacity = running.items("/v1/history", topic="capacity-changed.v1")[0]["position"]
    refused(running.allot("correct", str(capacity), "--unit", "vision"), 2, "--data")
