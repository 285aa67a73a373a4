"""The work that is measured: everybody moves GPUs between the same units, mostly a few big ones.

As in the traces of real clusters: one unit takes part in every third move, most in hardly any,
and most moves are small.
"""

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
from ledger.commands import AnyCommand, Reallocate, Source
from ledger.facts import Via

POOL = "bench/h100"
CLIENTS_MAX = 256
AHEAD = 96_000
"""So many moves of all clients in a process are drawn before the clock starts."""
UNITS = 256
APART = 4
"""So many units each client has for itself where clients are kept apart."""
HELD = 65_536
"""What each unit holds at the start; all the pool's capacity is held. It never runs dry."""
FOUNDER = "founder@bench"
ROOT = "bench"
VIA = Via(tool="bench")
WORDS = "Moved to the project that needs it more this week"
QUANTITIES = (1, 2, 4, 8, 64)
OFTEN = (50, 25, 15, 8, 2)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyCommand)
_popularity = list(itertools.accumulate(1 / rank for rank in range(1, UNITS + 1)))


def unit_of(number: int) -> str:
    """The id of a unit; the lower its number, the more it takes part in."""
    return f"team-{number // 16:02}/project-{number:03}"


def units() -> list[str]:
    """Every unit, the busiest first."""
    return [unit_of(number) for number in range(UNITS)]


def unit_apart(client: int, number: int) -> str:
    """The id of one of a client's own units, where clients are kept apart."""
    return f"apart-{client:03}/project-{number}"


def units_apart() -> list[str]:
    """Every unit of every client, where clients are kept apart."""
    return [unit_apart(client, number) for client in range(CLIENTS_MAX) for number in range(APART)]


def moves(client: int, run: int = 0, *, is_apart: bool = False) -> Iterator[tuple[str, str, int]]:
    """Endless moves (source, target, quantity) of one client; so few that all are possible.

    How often a unit takes part falls with its rank (Zipf's law), unless clients are kept apart:
    then nobody touches the units of another.
    """
    rng = random.Random(1000 * run + client)
    names = units()
    while True:
        if is_apart:
            source, target = (unit_apart(client, one) for one in rng.sample(range(APART), 2))
        else:
            source, target = rng.choices(names, cum_weights=_popularity, k=2)
            if source == target:
                continue
        (quantity,) = rng.choices(QUANTITIES, OFTEN)
        yield source, target, quantity


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


def furnishing(spare: int = 0) -> Iterator[dict[str, object]]:
    """The commands that make the pool, the units and what they hold, each with its key."""
    number = itertools.count()

    def line(do: str, **named: object) -> dict[str, object]:
        return {"key": f"furnish:{next(number)}", "do": do, **named}

    yield line("open_pool", pool=POOL, title="Benchmarks")
    yield line("change_capacity", pool=POOL, kind="counted", total=HELD * UNITS + spare)
    made: set[str] = set()
    for unit in units():
        team = unit.partition("/")[0]
        if team not in made:
            made.add(team)
            yield line("create_unit", unit=team)
        yield line("create_unit", unit=unit, parent=team, kind="project")
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


def drawn(client: int, clients: int, *, is_apart: bool = False) -> Iterator[tuple[str, str, int]]:
    """The moves of one of so many clients in a process, as many as are likely made ahead."""
    source = moves(client, is_apart=is_apart)
    return itertools.chain(list(itertools.islice(source, AHEAD // clients)), source)


def move(source: str, target: str, quantity: int, key: str) -> Ask:
    """A move as a program asks for it that has the committer: the command itself, not its bytes."""
    command = Reallocate(
        pool=POOL,
        sources=(Source(unit=source, quantity=quantity),),
        to=target,
        reason_code="strategic_priority",
        reason=WORDS,
    )
    fingerprint = sha256(canonical(command)).digest()
    return Ask(command=command, by=FOUNDER, via=VIA, key=key, fingerprint=fingerprint)


def mover(committer: Committing, client: int, clients: int) -> Callable[[], None]:
    """One of the clients in the committer's process: asks for a move and waits for its answer."""
    arrived = Lock()
    arrived.acquire()
    answers: list[Answer] = []
    source = drawn(client, clients)
    run = uuid.uuid4().hex[:8]
    number = itertools.count()

    def done(answer: Answer) -> None:
        answers.append(answer)
        arrived.release()

    def act() -> None:
        committer.submit(move(*next(source), f"{run}-{next(number)}"), done)
        arrived.acquire()
        answer = answers.pop()
        if answer.status != 201:
            raise RuntimeError(f"a move was refused: {answer.body.decode()}")

    return act
