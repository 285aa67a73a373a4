"""POST /v1/plans: from where could so much come by a date, with the least harm.

It is a read: nothing is recorded, and it takes no key. The rules are asked where commands are
judged, of the newest position; what forecasts let one expect is told by the read models.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.bodies import read_body
from api.decisions.headers import demand_json, read_via
from api.decisions.parsing import parse_plan
from api.decisions.routes import sent
from api.reads.asked import Asked
from api.reads.expecting import expected
from api.reads.look import Clocks, Look, look
from api.reads.parameters import WAITING
from api.reads.reading import once_reflected
from api.running import Running, running
from ledger.asks import Answer, Question
from ledger.planning import BEHIND
from ledger.plans import Foreseen

PATH: Final = "/v1/plans"
BODY_MAX: Final = 64 * 1024
_KNOWN: Final = tuple(parameter.name for parameter in WAITING)


class _Told(Struct, frozen=True):
    """The live forecasts of a pool, and the position that these reflect."""

    foreseen: tuple[Foreseen, ...]
    reflected: int


def routes() -> Iterable[BaseRoute]:
    """The route of this module."""
    yield Route(PATH, take, methods=["POST"], name="plans")


async def take(request: Request) -> Response:
    """Answer with a plan, judged for the person who asks."""
    now = running(request)
    who = await now.identity.of(request)
    asked = Asked(request, _KNOWN)
    asked.check(_KNOWN)
    demand_json(request)
    via = read_via(request, who.credential)
    body = await read_body(request, BODY_MAX, now.settings.body_s)
    question = Question(plan=parse_plan(body), by=who.person, via=via)
    return sent(await planned(now, asked, question, len(body)))


async def planned(now: Running, asked: Asked, question: Question, size: int) -> Answer:
    """A plan, once the read models tell every forecast that stands. Problem 503 if late."""
    loop = asyncio.get_running_loop()
    until = loop.time() + asked.wait_s

    def find() -> _Told:
        with look(now.pool, asked) as seen:
            return _Told(foreseen(seen, question.plan.pool), seen.reflected)

    while True:
        told = await once_reflected(now, asked, find)
        informed = replace(question, foreseen=told.foreseen, reflected=told.reflected)
        given = await now.desk.ask(informed, size)
        if given.code != BEHIND:
            return given
        left = max(0.0, until - loop.time())
        await now.waiting.until(given.position, left, seen=told.reflected)


def foreseen(seen: Look, pool: str) -> tuple[Foreseen, ...]:
    """What live forecasts of a pool let one expect, step by step, as late as they come true."""
    clocks = Clocks(valid_at=seen.now, known_at=seen.head, is_fixed=False)
    return tuple(
        Foreseen(
            one.forecast.grant,
            one.forecast.position,
            step.quantity,
            one.likely_at(step.expected_at, seen.now),
            one.forecast.confidence,
        )
        for one in expected(seen, clocks, pool=pool, units=None)
        for step in one.forecast.outstanding(seen.now)
    )
