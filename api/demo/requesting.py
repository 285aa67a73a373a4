"""The scenes of those who ask: requests that are granted, cut, refused, appealed, and that wait."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from api.demo import cast
from api.demo.author import Spoken, Why, because
from api.demo.deciding import freed
from api.demo.lab import Lab
from api.demo.scenes import Scene
from ledger.periods import from_datetime
from ledger.requesting import Appeal, AwardAsk, DecideRequest, Request
from ledger.vocabulary import Outcome, Priority, Rest


class Wish(Struct, frozen=True, kw_only=True):
    """What a team asks for, and why."""

    unit: str
    pool: str = cast.H100
    quantity: int
    least: int | None = None
    priority: Priority = "normal"
    words: str


class Reply(Struct, frozen=True, kw_only=True):
    """What is answered, and why."""

    outcome: Outcome
    awarded: int | None = None
    rest: Rest | None = None
    priority: Priority | None = None
    days: int | None = None
    words: str


AGENTS: Final = Wish(
    unit="research/agents", quantity=32, priority="high",
    words="Agents that use tools, trained from the start; the small run beat the old ones",
)  # fmt: skip
ASSISTANT: Final = Wish(
    unit="products/assistant", quantity=96, least=16, priority="high",
    words="The assistant answers twice as many people since spring, and is too slow at noon",
)  # fmt: skip
ROBOTICS: Final = Wish(
    unit="research/robotics", quantity=96, least=48, priority="critical",
    words="Walker walks; running needs simulation at twice the size, before the autumn fair",
)  # fmt: skip
CREATIVE: Final = Wish(
    unit="products/creative", pool=cast.A100, quantity=48,
    words="Pictures for the catalogue of next season, a batch a week",
)  # fmt: skip
FRAUD: Final = Wish(
    unit="products/fraud", pool=cast.A100, quantity=40,
    words="A second model that watches the first one",
)  # fmt: skip
EVALUATION: Final = Wish(
    unit="research/evaluation", quantity=64, least=16,
    words="Every model is measured on forty tasks before it leaves the house",
)  # fmt: skip
MULTIMODAL: Final = Wish(
    unit="research/multimodal", quantity=128, least=64, priority="high",
    words="Sound and pictures in one model: the full-size run after the reserved one",
)  # fmt: skip
TRANSLATE: Final = Wish(
    unit="products/translate", pool=cast.A100, quantity=16, priority="low",
    words="Six small languages that nobody else translates",
)  # fmt: skip

AWARDED: Final = Reply(
    outcome="approved", priority="high", words="The trial was convincing: Agents get all of it"
)
CUT: Final = Reply(
    outcome="partly", awarded=48, rest="waits", priority="high",
    words="Half of it now, out of what Products has left; the rest when Ranking is done",
)  # fmt: skip
DENIED: Final = Reply(
    outcome="denied",
    words="The fair is not worth two other projects; ask again when Walker's forecast holds",
)
DEFERRED: Final = Reply(
    outcome="deferred", days=24, words="After the inventory: then we know what is idle at night"
)
REFUSED: Final = Reply(
    outcome="denied", words="The first model is right in all but three cases a day"
)
HALF_HEARD: Final = Reply(
    outcome="denied", words="Evaluation can run at night on what others leave idle"
)
ON_APPEAL: Final = Reply(
    outcome="partly", awarded=16, rest="closed", priority="high",
    words="Two machines of its own, so that no release waits for the night; the rest at night",
)  # fmt: skip


def asks(wish: Wish) -> Scene:
    """A team asks, by its lead."""

    def ask(lab: Lab) -> Iterator[Spoken]:
        lab.requests[wish.unit] = lab.author.uuid()
        command = Request(
            unit=wish.unit, pools=(wish.pool,), quantity=wish.quantity, least=wish.least,
            priority=wish.priority, justification=wish.words, request=lab.requests[wish.unit],
        )  # fmt: skip
        yield lab.author.say(lab.leads[wish.unit], command)

    return ask


def answers(wish: Wish, reply: Reply, by: str | None = None) -> Scene:
    """A decider answers: the one of its division, unless it is said who."""

    def answer(lab: Lab) -> Iterator[Spoken]:
        awarded = None
        if reply.awarded is not None:
            awarded = (AwardAsk(pool=wish.pool, quantity=reply.awarded),)
        until = None
        if reply.days is not None:
            until = from_datetime(lab.author.now + timedelta(days=reply.days))
        command = DecideRequest(
            request=lab.requests[wish.unit], outcome=reply.outcome, awarded=awarded,
            rest=reply.rest, priority=reply.priority, until=until,
        )  # fmt: skip
        why = Why(code="strategic_priority", words=reply.words)
        decider = by or cast.DECIDERS[lab.division[wish.unit]]
        yield lab.author.say(decider, because(command, why))

    return answer


def appeals(wish: Wish, words: str) -> Scene:
    """The lead asks another decider."""

    def appeal(lab: Lab) -> Iterator[Spoken]:
        command = Appeal(request=lab.requests[wish.unit])
        why = Why(code="other", words=words)
        yield lab.author.say(lab.leads[wish.unit], because(command, why))

    return appeal


def given(wish: Wish, quantity: int) -> Scene:
    """The operator grants for a request what another team has given back."""

    def give(lab: Lab) -> Iterator[Spoken]:
        yield freed(lab, wish.pool, quantity, wish.unit)
        why = Why(code="project_started", words=f"Out of what came back, for {lab.name(wish.unit)}")
        borrowed = not lab.fits(wish.pool, wish.unit, quantity)
        ask = lab.author.grant(wish.pool, wish.unit, quantity, why, borrowed=borrowed)
        yield lab.author.say(cast.OPERATOR, replace(ask, request=lab.requests[wish.unit]))

    return give
