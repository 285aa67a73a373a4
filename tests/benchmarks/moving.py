"""The work that is measured: each client moves a few GPUs between units of its own."""

import itertools
import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from threading import Lock

import msgspec

from api.decisions.desk import Committing
from ledger.asks import Answer, Ask
from ledger.codec import canonical
from ledger.commands import AnyCommand
from ledger.events import Via

POOL = "bench/h100"
CLIENTS_MAX = 64
UNITS_EACH = 16
HELD = 4096
"""What each unit holds at the start; all the pool's capacity is held. It never runs dry."""
FOUNDER = "founder@bench"
ROOT = "bench"
VIA = Via(tool="bench")
WORDS = "Moved to the project that needs it more this week"

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyCommand)


def unit_of(client: int, number: int) -> str:
    """The id of one of a client's own units: nobody else touches it, so no peer meets conflicts."""
    return f"team-{client:02}/project-{number:02}"


def units() -> list[str]:
    """Every unit, client by client."""
    return [
        unit_of(client, number) for client in range(CLIENTS_MAX) for number in range(UNITS_EACH)
    ]


def moves(client: int, run: int = 0) -> Iterator[tuple[str, str, int]]:
    """Endless moves (source, target, quantity); so few of what is held that all are possible."""
    rng = random.Random(1000 * run + client)
    while True:
        source, target = rng.sample(range(UNITS_EACH), 2)
        yield unit_of(client, source), unit_of(client, target), rng.randrange(1, 5)


def fields(source: str, target: str, quantity: int) -> dict[str, object]:
    """The body of a move."""
    return {
        "pool": POOL,
        "from": [{"unit": source, "quantity": quantity}],
        "to": target,
        "reason_code": "strategic_priority",
        "reason": WORDS,
    }


def bodies(client: int, run: int) -> Iterator[bytes]:
    """Endless bodies of moves, others in each run."""
    return (_encoder.encode(fields(*move)) for move in moves(client, run))


def furnishing() -> Iterator[dict[str, object]]:
    """The commands that make the pool, the units and what they hold, each with its key."""
    number = itertools.count()

    def line(do: str, **named: object) -> dict[str, object]:
        return {"key": f"furnish:{next(number)}", "do": do, **named}

    yield line("open_pool", pool=POOL, title="Benchmarks")
    yield line("change_capacity", pool=POOL, kind="counted", total=HELD * len(units()))
    for client in range(CLIENTS_MAX):
        yield line("create_unit", unit=f"team-{client:02}")
        for number_of in range(UNITS_EACH):
            unit = unit_of(client, number_of)
            yield line("create_unit", unit=unit, parent=f"team-{client:02}", kind="project")
            yield line("grant", pool=POOL, unit=unit, quantity=HELD)


def ask_of(given: Mapping[str, object], key: str) -> Ask:
    """An ask as the door would make it of a body with `do`."""
    text = canonical(given)
    return Ask(
        command=_decoder.decode(text),
        by=FOUNDER,
        via=VIA,
        key=key,
        fingerprint=sha256(text).digest(),
    )


def mover(committer: Committing, client: int) -> Callable[[], None]:
    """A client in the committer's process: asks for a move and waits for its answer."""
    arrived = Lock()
    arrived.acquire()
    answers: list[Answer] = []
    source = moves(client)
    run = uuid.uuid4().hex[:8]
    number = itertools.count()

    def done(answer: Answer) -> None:
        answers.append(answer)
        arrived.release()

    def act() -> None:
        given = {"do": "reallocate", **fields(*next(source))}
        committer.submit(ask_of(given, f"{run}-{next(number)}"), done)
        arrived.acquire()
        answer = answers.pop()
        if answer.status != 201:
            raise RuntimeError(f"a move was refused: {answer.body.decode()}")

    return act
