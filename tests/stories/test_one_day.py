"""Nine in the morning, seventeen legs: 16 holders give up what they have, as one decision."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from api.cli.operations import Line, Operation, made_before, wanted
from api.client import Client, Reply
from ledger.store.embedded.server import Server
from tests.cli.running import FOUNDER, Ledger, ledger
from tests.helios.answers import POOL, holdings
from tests.support.shared import shared

FILE, SOURCE = "operations.jsonl", "helios"
THE_DAY = "2020-05-09T00:00:00Z"
THE_DAY_BEFORE = "2020-05-08T00:00:00Z"
WHOLE = 840


class Morning(Struct, frozen=True, kw_only=True):
    """A ledger with everything up to the day, what 16 teams then held, and the day's legs."""

    running: Ledger
    held: dict[str, int]
    legs: list[dict[str, Any]]


@pytest.fixture(scope="module")
def morning(postgres_server: Server) -> Iterator[Morning]:
    """Record all that came before the day, and the units that it names."""
    text = shared("data/helios-earth/operations.jsonl").read_text()
    lines = [
        Line(number=number, operation=msgspec.convert(json.loads(line), Operation))
        for number, line in enumerate(text.splitlines(), start=1)
    ]
    with ledger(postgres_server) as running, Client(running.url, actor=FOUNDER) as client:
        for line in lines:
            needed = list(made_before(line, FILE, SOURCE)) if line.operation.at <= THE_DAY else []
            if line.operation.at < THE_DAY:
                needed.append(wanted(line, FILE, SOURCE))
            for one in needed:
                client.command(one.do, one.fields, key=one.key)
        legs = [
            {"do": one.do, **{k: v for k, v in one.fields.items() if k != "on_behalf_of"}}
            for line in lines
            if line.operation.at == THE_DAY and line.operation.op != "capacity"
            for one in [wanted(line, FILE, SOURCE)]
        ]
        held = holdings(running, THE_DAY_BEFORE)[POOL]
        yield Morning(running=running, held=held, legs=legs)


def decide(morning: Morning, legs: list[dict[str, Any]], key: str) -> Reply:
    with Client(morning.running.url, actor=FOUNDER) as client:
        return client.command("decision", {"legs": legs}, key=key)


def test_one_leg_that_asks_too_much_leaves_all_sixteen_holders_as_they_were(
    morning: Morning,
) -> None:
    before = morning.running.head()
    greedy = [*morning.legs[:-1], morning.legs[-1] | {"from": _more(morning.legs[-1], 8)}]
    refused = decide(morning, greedy, "too much")
    assert (refused.status, refused.problem.code, refused.problem.leg) == (409, "MoreThanHeld", 16)
    assert morning.running.head() == before
    assert holdings(morning.running, THE_DAY)[POOL] == morning.held


def test_seventeen_legs_happen_at_one_instant(morning: Morning) -> None:
    assert len(morning.legs) == 17
    before = morning.running.head()
    given = decide(morning, morning.legs, "the day")
    assert given.status == 201, given.body
    events = json.loads(given.body)["events"]
    assert [event["leg"] for event in events] == [[index, 17] for index in range(17)]
    assert [event["position"] for event in events] == list(range(before + 1, before + 18))
    assert len({(event["decision"], event["recorded_at"]) for event in events}) == 1
    assert holdings(morning.running, THE_DAY)[POOL] == {"sensetime/vcIya": WHOLE}
    assert holdings(morning.running, THE_DAY_BEFORE)[POOL] == morning.held
    known_before = holdings_known_at(morning, before)
    assert known_before == morning.held
    for inside in (before + 1, before + 9, before + 17):
        assert holdings_known_at(morning, inside) == {"sensetime/vcIya": WHOLE}


def holdings_known_at(morning: Morning, position: int) -> dict[str, Any]:
    """Who held what on the day, as the books stood; inside a decision that is its end."""
    rows = morning.running.items("/v1/holdings", valid_at=THE_DAY, known_at=position, pool=POOL)
    return {str(row["unit"]): row["quantity"] for row in rows}


def _more(leg: dict[str, Any], by: int) -> list[dict[str, Any]]:
    source = leg["from"][0]
    return [source | {"quantity": source["quantity"] + by}]
