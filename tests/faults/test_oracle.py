"""The judge of the concurrent stories finds an answer that is not the pure core's."""

from collections.abc import Sequence

import msgspec
import pytest
from msgspec.structs import replace

from api.decisions.parsing import parse_command
from ledger.answers import answer
from ledger.asks import Ask, Stamp
from ledger.codec import encode
from ledger.decide.founding import found
from ledger.events import Via
from ledger.evolve import evolve
from ledger.log import StoredEvent
from ledger.periods import Instant
from ledger.state import State
from tests.support.lab import POOL, grant
from tests.support.oracle import differences, gaps, out_of_order
from tests.support.people import Asked, Told

PERSON = "ada@lab"


def asked(do: str, fields: dict[str, object], key: str) -> Asked:
    """A command of the one person."""
    return Asked(by=PERSON, key=key, do=do, body=msgspec.json.encode(fields))


SAID = (
    asked("open_pool", {"pool": POOL}, "pool"),
    asked("change_capacity", {"pool": POOL, "kind": "counted", "total": 8}, "capacity"),
    asked("create_unit", {"unit": "vision"}, "unit"),
    asked("grant", grant("vision", 8), "all"),
    asked("grant", grant("vision", 1), "one-more"),
    asked("note", {"about": {"unit": "vision"}, "text": "full"}, "note"),
)


@pytest.fixture(scope="module")
def week() -> tuple[list[StoredEvent], list[Told]]:
    """A log in memory, and what was answered: four decisions, a refusal, a decision."""
    state = State()
    log: list[StoredEvent] = []
    for event in found(stamp(0), founder=PERSON, root="lab", via=Via(tool="test")):
        evolve(state, event)
        topic = str(event.__struct_config__.tag)
        log.append(StoredEvent(position=event.position, topic=topic, stored=encode(event)))
    told: list[Told] = []
    for number, one in enumerate(SAID, start=1):
        parsed = parse_command(one.body, one.do)
        ask = Ask(
            command=parsed.command, by=PERSON, via=Via(tool="http"), key=one.key,
            fingerprint=parsed.fingerprint,
        )  # fmt: skip
        given = answer(state, ask, stamp(number))
        log += given.events
        told.append(
            Told(
                asked=one, status=given.status, body=given.body, position=given.position,
                replayed=False, sent=number, received=number + 0.5,
            )
        )  # fmt: skip
    return log, told


def stamp(number: int) -> Stamp:
    """A stamp for each decision, a second later than the one before."""
    return Stamp(
        recorded_at=Instant(f"2030-01-01T00:00:{number:02}.000000Z"),
        seed=f"0195f0c1-7a10-7c3e-8b54-{number:08x}0000",
    )


def changed(told: Sequence[Told], key: str, **fields: object) -> list[Told]:
    """What was told, with one answer changed."""
    return [replace(one, **fields) if one.asked.key == key else one for one in told]


def test_the_core_agrees_with_its_own_answers(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert [one.status for one in told] == [201, 201, 201, 201, 409, 201]
    assert differences(log, told) == []
    assert gaps(log) == []
    assert out_of_order(told) == []


def test_a_changed_yes_is_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert len(differences(log, changed(told, "all", body=b"{}"))) == 1


def test_a_changed_no_is_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    refused = next(one for one in told if one.status == 409)
    other = refused.body.replace(b'"available":0', b'"available":1')
    assert other != refused.body
    assert len(differences(log, changed(told, "one-more", body=other))) == 1


def test_a_no_that_states_another_position_is_found(
    week: tuple[list[StoredEvent], list[Told]],
) -> None:
    log, told = week
    before = next(one for one in told if one.asked.key == "unit").position
    # There all 8 were free: the core would have said yes.
    assert len(differences(log, changed(told, "one-more", position=before))) >= 1


def test_a_yes_that_is_not_in_the_log_is_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert differences(log[:-1], told) == [f"{(PERSON, 'note')}: answered 201 and not in the log"]


def test_an_event_that_the_core_would_not_make_is_found(
    week: tuple[list[StoredEvent], list[Told]],
) -> None:
    log, told = week
    forged = [replace(e, stored=e.stored.replace(b'"full"', b'"half"')) for e in log]
    assert forged != log
    assert len(differences(forged, told)) == 1


def test_a_gap_and_a_swap_are_found(week: tuple[list[StoredEvent], list[Told]]) -> None:
    log, told = week
    assert gaps([*log[:4], *log[5:]]) == list(range(6, len(log) + 1))
    swapped = changed(told, "note", position=1)
    assert ("all", "note") in out_of_order(swapped)
