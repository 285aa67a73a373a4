"""S20: what a no takes, with who holds and what comes free, while others move in the same pool."""

import random
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from statistics import median
from typing import Any

import msgspec

from ledger.committer import Committer
from ledger.periods import Instant, from_datetime
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Beside, Demand, Gate, Measured, Spread
from tests.benchmarks.gates import head_of, holdings_of
from tests.benchmarks.grounds import answered, committing, durability
from tests.benchmarks.lent import Lent
from tests.benchmarks.made.years import END, POOLS, teams
from tests.benchmarks.moving import WORDS

EACH = 25
MOVES = 5
"""So many moves between two that are refused: what was found for one no longer holds."""
FAR_TOO_MANY = 10_000_000
POOL = POOLS[0]
OLD = "a grant of 60 days ago"

Command = dict[str, Any]
Took = dict[str, list[float]]


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Ask in turn for what is refused, by one client who waits; others' moves come between."""
    del effort
    kinds = _kinds(random.Random(7))
    took: Took = {kind: [] for kind in kinds}
    moved: list[float] = []
    noes: list[Command] = []
    with committing(lent.url) as committer:
        _told(committer, _move(), [])  # it has learnt its log once it answers
        before = head_of(lent.url)
        for _ in range(EACH):
            for kind, command in kinds.items():
                for _ in range(MOVES):
                    _told(committer, _move(), moved)
                noes.append(_told(committer, command(), took[kind]))
        last = [_told(committer, command(), []) for command in kinds.values()]
    medians = {kind: median(one) for kind, one in took.items()}
    ordered = sorted(medians.items(), key=lambda one: one[1])
    slowest = Spread.of(took[[kind for kind, _ in ordered if kind != OLD][-1]])
    yield Measured(
        bar="S20",
        what=f"what is refused, {lent.head:,} events, {MOVES} moves between two: the slowest kind",
        ours=slowest,
        unit="ms [least to worst]",
        beside=(
            Beside(name="a move that is recorded", figure=Spread.of(moved), note="ms"),
            Beside(name=OLD, figure=Spread.of(took[OLD]), note="ms"),
        ),
        demands=(Demand(of="ms, the slowest kind", figure=slowest, at_most=10),),
        gates=(_counted(lent, before, moved, noes), _as_folded(lent, last), durability(lent.url)),
        remarks=(
            f"one client, answers on the disk; {EACH} each: "
            + "; ".join(f"{kind} {took_ms:.1f}" for kind, took_ms in ordered),
        ),
    )


def _kinds(rng: random.Random) -> dict[str, Callable[[], Command]]:
    """What is refused: more of a full pool, and more than the unit with most of it has."""
    busiest, other = teams()[:2]

    def grant(**fields: str) -> Command:
        return _worded("grant", unit=other, quantity=FAR_TOO_MANY, ends_at=_day(90), **fields)

    return {
        "a grant now": grant,
        "a grant ahead": lambda: grant(starts_at=_day(rng.uniform(1, 60))),
        "a grant of some days ago": lambda: grant(starts_at=_day(-rng.uniform(0.1, 6))),
        OLD: lambda: grant(starts_at=_day(-60)),
        "a move": lambda: _worded(
            "reallocate", **{"from": [{"unit": busiest, "quantity": FAR_TOO_MANY}]}, to=other
        ),
        "a release": lambda: _worded("release", unit=busiest, quantity=FAR_TOO_MANY),
        "a loan": lambda: _worded(
            "lend", **{"from": {"unit": busiest}}, quantity=FAR_TOO_MANY, to=other,
            returns_at=_day(1),
        ),
    }  # fmt: skip


def _move() -> Command:
    source, target = random.sample(teams()[:8], 2)
    return _worded("reallocate", **{"from": [{"unit": source, "quantity": 1}]}, to=target)


def _worded(do: str, **fields: Any) -> Command:
    return {
        "do": do, "pool": POOL, "reason_code": "strategic_priority", "reason": WORDS, **fields,
    }  # fmt: skip


def _day(number: float) -> Instant:
    """So many days from the end of the log on."""
    return from_datetime(END + timedelta(days=number))


def _told(committer: Committer, command: Command, took: list[float]) -> Command:
    """What is answered; notes how many milliseconds it took."""
    began = time.perf_counter()
    answer = answered(committer, command)
    took.append((time.perf_counter() - began) * 1000)
    return msgspec.json.decode(answer.body)


def _counted(lent: Lent, before: int, moved: list[float], noes: list[Command]) -> Gate:
    """Whether each move was recorded, and nothing else; and whether each no is one."""
    recorded = head_of(lent.url) - before
    codes = {no.get("code") for no in noes}
    return Gate(
        "moves recorded == moves asked for, and all else refused",
        recorded == len(moved) and codes == {"NotEnoughFree", "MoreThanHeld"},
        f"{len(moved)} moves, {recorded} recorded, {len(noes)} refused",
    )


def _as_folded(lent: Lent, noes: list[Command]) -> Gate:
    """Whether those who are named as holders hold just that, by the fold of the log."""
    state = lent.fold.up_to(head_of(lent.url))
    compared = wrong = 0
    for no in noes:
        if no["code"] != "NotEnoughFree":
            continue
        held = holdings_of(state, Instant(no["arithmetic"]["at"]))
        ours = [(-quantity, unit) for (pool, unit), quantity in held.items() if pool == POOL]
        told = [(-one["quantity"], one["unit"]) for one in no["holders"]]
        compared += len(told)
        wrong += sorted(ours)[: len(told)] != told
    return Gate(
        "holders told == fold of the log",
        compared > 0 and not wrong,
        f"{compared} holders named, {wrong} lists wrong",
    )
