"""The second person over HTTP: what waits, who confirms it, and that it is carried out once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from tests.api.asking import command, furnish, problem, recorded
from tests.api.looking import asked, read, rows
from tests.api.told import reading
from tests.support.in_memory import day, lab

SECOND = "sue@lab"
AS_SECOND = {"Allot-As": SECOND}
CONFIRM, CLOSE = "/v1/proposals/confirm", "/v1/proposals/close"
RULE: dict[str, Any] = {"notice_days": 3, "reason": "As agreed"}
CONFIRMATIONS = 20


def two_persons(doors: TestClient, *others: str) -> None:
    """A furnished lab in which a second person, and others, may do what the founder may."""
    furnish(doors)
    for person in (SECOND, *others):
        for role in ("steward", "decider", "operator"):
            body = {"to": person, "role": role, "unit": "lab"}
            recorded(command(doors, "/v1/delegations", body))


def proposed(doors: TestClient, path: str = "/v1/rules", **fields: Any) -> dict[str, Any]:
    """The answer to a command that waits."""
    answer = command(doors, path, fields or RULE)
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert answer.headers["Allot-Position"] == str(body["position"])
    assert body["needs"] == ["second_person"]
    return body


def confirm(
    doors: TestClient,
    proposal: str,
    *,
    by: str = SECOND,
    key: str | None = None,
    dry_run: bool = False,
) -> httpx2.Response:
    """A confirmation, by the second person unless by another."""
    fields = {"proposal": proposal}
    return command(doors, CONFIRM, fields, headers={"Allot-As": by}, key=key, dry_run=dry_run)


def test_what_needs_two_waits_and_is_carried_out_when_another_confirms(reads: TestClient) -> None:
    two_persons(reads)
    tried = command(reads, "/v1/rules", RULE, dry_run=True)
    assert (tried.status_code, tried.json()["needs"]) == (200, ["second_person"])
    assert rows(reads, "/v1/proposals", "proposal") == []
    waits = proposed(reads)
    (row,) = read(reads, "/v1/proposals", status="waiting")["items"]
    assert row["proposal"] == waits["proposal"]
    assert row["command"] == {"do": "set_rules", **RULE}
    assert (row["by"], row["position"]) == ("founder@lab", waits["position"])
    assert (row["needs"], row["expires_at"]) == (["second_person"], waits["expires_at"])
    assert "ended" not in row
    own = problem(command(reads, CONFIRM, {"proposal": waits["proposal"]}))
    assert (own.status, own.code) == (403, "NotYoursToDecide")
    trial = confirm(reads, waits["proposal"], dry_run=True)
    assert (trial.status_code, "needs" in trial.json()) == (200, False)
    done = confirm(reads, waits["proposal"])
    (event,) = done.json()["events"]
    assert (event["by"], event["confirmed_by"]) == ("founder@lab", SECOND)
    (row,) = read(reads, "/v1/proposals")["items"]
    assert (row["status"], row["confirmed_by"]) == ("confirmed", SECOND)
    assert row["ended"] == recorded(done) == event["position"]
    assert rows(reads, "/v1/rules", "notice_days") == [3]
    assert rows(reads, "/v1/proposals", "proposal", status="waiting") == []


def test_the_answer_to_a_key_is_the_first_one_for_proposals_and_confirmations(
    doors: TestClient,
) -> None:
    two_persons(doors)
    for key in ("once", "once"):
        answer = command(doors, "/v1/rules", RULE, key=key)
        assert answer.status_code == 202
    name = answer.json()["proposal"]
    assert answer.headers["Idempotency-Replayed"] == "true"
    first, again = (confirm(doors, name, key="mine") for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    late = [confirm(doors, name, key="other") for _ in range(2)]
    assert {problem(one).code for one in late} == {"ProposalOver"}
    assert late[1].headers["Idempotency-Replayed"] == "true"
    # A proposal is answered as such for ever, whatever became of it.
    once_more = command(doors, "/v1/rules", RULE, key="once")
    assert (once_more.status_code, once_more.json()) == (202, answer.json())


def test_twenty_confirmations_at_once_act_once(doors: TestClient) -> None:
    others = [f"person-{number}@lab" for number in range(CONFIRMATIONS)]
    two_persons(doors, *others)
    large = {"pool": "phoenix/h100", "unit": "vision", "quantity": 48, "propose": True}
    name = proposed(doors, "/v1/grants", **large)["proposal"]
    with ThreadPoolExecutor(CONFIRMATIONS) as crowd:
        answers = list(crowd.map(lambda person: confirm(doors, name, by=person), others))
    assert sorted(one.status_code for one in answers) == [201] + [409] * (CONFIRMATIONS - 1)
    done = next(one for one in answers if one.status_code == 201)
    for one in answers:
        if one is not done:
            said = problem(one)
            assert (said.code, said.position) == ("ProposalOver", recorded(done))
    every = doors.get("/v1/events", params={"limit": 1000}).json()["events"]
    made = [one for one in every if one.get("proposal") == name]
    assert [one["topic"] for one in made] == ["granted.v1"]
    assert made == done.json()["events"]


def test_what_two_close_and_confirm_at_once_ends_once(doors: TestClient) -> None:
    two_persons(doors)
    for _ in range(6):
        name = proposed(doors, "/v1/notes", about={"unit": "vision"}, text="x", propose=True)[
            "proposal"
        ]
        withdrawn = {"proposal": name, "outcome": "withdrawn"}
        with ThreadPoolExecutor(2) as crowd:
            closing = crowd.submit(command, doors, CLOSE, withdrawn)
            confirming = crowd.submit(confirm, doors, name)
            answers = [closing.result(), confirming.result()]
        assert sorted(one.status_code for one in answers) == [201, 409]


def test_a_confirmation_takes_what_it_can_keep_and_says_so_of_the_rest(doors: TestClient) -> None:
    two_persons(doors)
    waits = {"proposal": proposed(doors)["proposal"]}
    for more, name in (({"reason": "Seen", "refs": ["urn:a"]}, "reason, refs"),
                       ({"propose": True}, "propose")):  # fmt: skip
        said = problem(command(doors, CONFIRM, {**waits, **more}, headers=AS_SECOND))
        assert (said.status, said.code) == (422, "InvalidField")
        assert name in said.detail
    asks = {**waits, "seen": 10**6}
    said = problem(command(doors, CONFIRM, asks, headers=AS_SECOND))
    assert (said.status, said.code) == (404, "UnknownPosition")
    assert recorded(confirm(doors, waits["proposal"]))


def test_a_rejection_says_who_and_a_withdrawal_nothing_more(reads: TestClient) -> None:
    two_persons(reads)
    first, second = proposed(reads)["proposal"], proposed(reads)["proposal"]
    rejected = {"proposal": first, "outcome": "rejected"}
    assert problem(command(reads, CLOSE, rejected, headers=AS_SECOND)).code == "WordsMissing"
    recorded(command(reads, CLOSE, {**rejected, "reason": "Not now"}, headers=AS_SECOND))
    recorded(command(reads, CLOSE, {"proposal": second, "outcome": "withdrawn"}))
    found = rows(reads, "/v1/proposals", "proposal", "status", "rejected_by", "confirmed_by")
    assert found == [(first, "rejected", SECOND, None), (second, "withdrawn", None, None)]
    assert problem(confirm(reads, first)).code == "ProposalOver"
    unknown = "0192f0c1-7a10-7c3e-8b54-0000000000ff"
    assert problem(confirm(reads, unknown)).status == 404


def test_a_proposal_lapses_and_is_read_as_it_stood(migrated_database: str) -> None:
    ledger = lab("vision", total=64)
    ledger.tell("delegate", to=SECOND, role="steward", unit="lab")
    for days in (3, 4):
        ledger.ask("set_rules", notice_days=days, reason="As agreed")
    waiting = len(ledger.events)
    name = ledger.facts()[-1]["data"]["proposal"]
    ledger.tell("confirm", by=SECOND, proposal=name)
    with reading(migrated_database, ledger) as doors:

        def statuses(**clocks: Any) -> list[str]:
            return rows(doors, "/v1/proposals", "status", **clocks)

        assert statuses(valid_at=day(1)) == ["waiting", "confirmed"]
        assert statuses(valid_at=day(8)) == ["lapsed", "confirmed"]
        assert statuses(valid_at=day(1), known_at=waiting) == ["waiting", "waiting"]
        assert statuses(valid_at=day(8), known_at=waiting) == ["lapsed", "lapsed"]
        assert statuses(valid_at=day(8), known_at=waiting - 2) == []
        first = read(doors, "/v1/proposals", valid_at=day(1), limit=1)
        second = read(doors, "/v1/proposals", cursor=first["next"])
        assert [one["status"] for one in second["items"]] == ["confirmed"]
        assert second["next"] is None
        fixed = asked(doors, "/v1/proposals", valid_at=day(1), known_at=waiting)
        assert "immutable" in fixed.headers["Cache-Control"]
        table = asked(doors, "/v1/proposals", valid_at=day(1), format="csv").text.splitlines()
        assert table[0].startswith("proposal,command,by,proposed_at,needs,expires_at,status")
        assert '""do"":""set_rules""' in table[1]
        assert doors.get("/v1/proposals", params={"status": "open"}).status_code == 422
