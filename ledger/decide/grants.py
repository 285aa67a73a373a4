"""Grants: units of a pool go to a unit for a period; and a grant's end moves."""

from ledger.authority import SHAPERS
from ledger.commands import Grant
from ledger.decide.awards import demand_award
from ledger.decide.existence import (
    demand_granule,
    demand_open_pool,
    demand_open_unit,
    demand_unchanged,
    pool_at,
    unit_at,
)
from ledger.decide.judging import Judging
from ledger.decide.notice import count_for_second
from ledger.events import Granted
from ledger.facts import GrantMaking
from ledger.periods import Instant, open_end, or_null
from ledger.refusals import (
    AlreadyExists,
    Arithmetic,
    Impossible,
)


def grant(judging: Judging, command: Grant) -> None:
    """Record a grant over `[start, ends_at)`. The pool's limit is judged on the whole decision."""
    start = judging.begins()
    pool = pool_at(judging, command.pool, start)
    unit = unit_at(judging, command.unit, start)
    judging.allow(SHAPERS, unit.unit, pool.pool)
    mind_self_dealing(judging, unit.unit, (), pool.pool)
    demand_unchanged(judging, command)
    end = open_end(None if command.ends_at is None else Instant(command.ends_at))
    demand_window(judging, start, end)
    demand_open_pool(judging, pool, end)
    demand_open_unit(judging, unit, end)
    demand_granule(judging, pool, command.quantity)
    judging.date_back(start, pool.pool, [unit.unit])
    demand_award(judging, unit.unit, pool.pool, command.quantity)
    count_for_second(judging, pool.pool, command.quantity)
    making = GrantMaking(
        grant=new_grant(judging, command.grant),
        pool=pool.pool,
        unit=unit.unit,
        quantity=command.quantity,
        ends_at=or_null(end),
        grant_class="borrowed" if command.borrowed else "guaranteed",
    )
    judging.record(Granted, making, start)


def demand_window(judging: Judging, start: Instant, end: Instant) -> None:
    """Refuse with Impossible a period that holds no instant."""
    if end <= start:
        raise Impossible(
            f"A period from {start} to {end} holds no instant",
            arithmetic=Arithmetic(measure="period", at=start),
            leg=judging.leg,
        )


def mind_self_dealing(
    judging: Judging, gaining: str, losing: tuple[str, ...], pool: str, request: str | None = None
) -> None:
    """Ask for a second person for what people give to what they lead, or asked for (rule 6).

    `request` is what is corrected names, else it is what the leg names. It is judged again where
    the decision leaves the units (`mind_all_again`).
    """
    named = request or judging.request
    judging.gains.append((gaining, losing, pool, named))
    _mind(judging, gaining, losing, pool, named)


def mind_all_again(judging: Judging) -> None:
    """Judge self-dealing in the tree that a decision leaves: units may move out of it and back."""
    for gained in judging.gains:
        _mind(judging, *gained)


def _mind(
    judging: Judging, gaining: str, losing: tuple[str, ...], pool: str, request: str | None
) -> None:
    person = judging.actor.person
    asked = judging.state.requests.get(request or "")
    if asked is not None and person in asked.askers:
        judging.self_dealing = f"{person} asked for it: request {asked.request}"
    elif judging.actor.is_self_dealing(gaining, losing, pool):
        judging.self_dealing = f"{person} leads {gaining}, or above or below it"
    else:
        return
    judging.second.append(judging.self_dealing)


def new_grant(judging: Judging, chosen: str | None) -> str:
    """The id of a grant to be made: the caller's, unless it is taken (AlreadyExists), or new."""
    if chosen is None:
        return judging.new_id()
    if chosen in judging.state.grants:
        raise AlreadyExists(f"There is a grant {chosen} already", leg=judging.leg)
    return chosen
