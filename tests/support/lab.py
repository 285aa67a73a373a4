"""A small laboratory to tell stories in: one pool, some teams, and people who may act."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from api.client import Client
from tests.cli.running import FOUNDER, ROOT
from tests.support.people import Person, Told

POOL = "phoenix/h100"


class Lab(Struct, frozen=True, kw_only=True):
    """What was made: the pool's capacity, the teams, and those who decide."""

    capacity: int
    teams: Sequence[str]
    operators: Sequence[str]


def furnish(url: str, *, capacity: int, teams: int, operators: int, founder: str = FOUNDER) -> Lab:
    """Make the pool, the teams, and operators over all of them."""
    lab = Lab(
        capacity=capacity,
        teams=[f"team-{number:02}" for number in range(teams)],
        operators=[f"operator-{number:02}@lab" for number in range(operators)],
    )
    asks: list[tuple[str, dict[str, object]]] = [
        ("open_pool", {"pool": POOL}),
        ("change_capacity", {"pool": POOL, "kind": "counted", "total": capacity}),
        *(("create_unit", {"unit": team}) for team in lab.teams),
        *(("delegate", {"to": p, "role": "operator", "unit": ROOT}) for p in lab.operators),
    ]
    with Client(url, actor=founder) as client:
        for number, (do, fields) in enumerate(asks):
            reply = client.command(do, fields, key=f"furnish:{number}")
            assert reply.status == 201, reply.body
    return lab


def grant(unit: str, quantity: int) -> dict[str, object]:
    """The body of a grant from now on."""
    return {"pool": POOL, "unit": unit, "quantity": quantity, "reason_code": "project_started"}


def release(unit: str, quantity: int) -> dict[str, object]:
    """The body of a release by the unit itself."""
    return {"pool": POOL, "unit": unit, "quantity": quantity, "reason_code": "project_finished"}


def move(source: str, to: str, quantity: int) -> dict[str, object]:
    """The body of a move."""
    return {
        "pool": POOL,
        "from": [{"unit": source, "quantity": quantity}],
        "to": to,
        "reason_code": "strategic_priority",
        "reason": "The training run starts on Monday",
    }


def ask_all(url: str, name: str, asks: Sequence[tuple[str, dict[str, object]]]) -> list[Told]:
    """Let one person ask one thing after the other."""
    person = Person(url, name)
    try:
        return [person.ask(do, fields, f"{name}:{n}") for n, (do, fields) in enumerate(asks)]
    finally:
        person.hang_up()


class _Held(Struct, frozen=True):
    leg: tuple[int, int]
    topic: str
    data: dict[str, object]


def held_after_each(log: Sequence[bytes]) -> list[int]:
    """How much of the pool is held after each event, added up naively from the events alone.

    For logs in which everything happens now and nothing ends by date.
    """
    held = 0
    after: list[int] = []
    for stored in log:
        event = msgspec.json.decode(stored, type=_Held)
        if event.topic == "granted.v1":
            held += _number(event.data["quantity"])
        elif event.topic == "released.v1":
            legs = msgspec.convert(event.data["legs"], list[dict[str, object]])
            held -= sum(_number(leg["quantity"]) for leg in legs)
        after.append(held)
    return after


def _number(value: object) -> int:
    assert isinstance(value, int)
    return value
