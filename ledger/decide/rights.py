"""Which delegations a decision rests on, so that none is used for more than its `most` (rule 6)."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from ledger.authority import UNLIMITED
from ledger.holding import held_pieces
from ledger.records import DelegationRecord, GrantRecord
from ledger.refusals import Arithmetic, NotYoursToDecide
from ledger.standing import Delegations
from ledger.state import State
from ledger.steps import Delta, net, peak

Moved = Mapping[tuple[str, str], Sequence[Delta]]
"""What a decision adds to what each (unit, pool) holds over time; less than zero where it takes."""
Units = tuple[str, ...]
_Key = tuple[str, str | None]
"""A delegation, and the pool it is used for."""


class Use(Struct, frozen=True, gc=False):
    """One right an event rests on: any of `choices`, narrowest first.

    It is over the first of `units`; what the decision brings to the others, such as the other side
    of a loan, counts as well.
    """

    event: int
    leg: int
    units: Units
    pool: str | None
    choices: Delegations


def moved(state: State, before: Mapping[str, GrantRecord | None]) -> Moved:
    """What became different, over time, for the units of these grants; None = was not there."""
    deltas: dict[tuple[str, str], list[Delta]] = {}
    for name, old in before.items():
        new = state.grants[name]
        of_unit = deltas.setdefault((new.unit, new.pool), [])
        of_unit += held_pieces(new, state.loans_of(new))
        if old is not None:
            lent = [before.get(loan) or state.grants[loan] for loan in old.loans]
            of_unit = deltas.setdefault((old.unit, old.pool), [])
            of_unit += [(start, end, -held) for start, end, held in held_pieces(old, lent)]
    return {place: net(found) for place, found in deltas.items()}


def settle(
    state: State, uses: Sequence[Use], before: Mapping[str, GrantRecord | None] | None, person: str
) -> dict[int, tuple[str, ...]]:
    """Pick a delegation for every use so that no `most` is exceeded by the whole decision.

    Returns, by event, the delegations it rests on, each once, narrowest first. At no instant may
    the net gains, or the net losses, in a pool of the units that a delegation is used for sum to
    more than its `most`. One that is too small is passed over for the next wider one; when none
    is left, NotYoursToDecide says by how much. `before` = the grants touched, as they were; None
    when the person has no delegation with a `most`.
    """
    too_small: dict[_Key, int] = {}
    while True:
        picked = [(use, _pick(use, too_small, person)) for use in uses]
        if before is None:
            break
        exceeded = _exceeded(state, picked, before)
        if not exceeded:
            break
        too_small |= exceeded
    authority: dict[int, dict[str, DelegationRecord]] = {}
    for use, chosen in picked:
        authority.setdefault(use.event, {})[chosen.delegation] = chosen
    return {
        event: tuple(sorted(chosen, key=lambda name: _breadth(state, chosen[name])))
        if len(chosen) > 1
        else tuple(chosen)
        for event, chosen in authority.items()
    }


def _breadth(state: State, held: DelegationRecord) -> tuple[int, bool, int, int]:
    """Sorts delegations narrowest first: deepest unit, then pools, then `most`, then age."""
    depth = len(state.path(held.unit))
    return (-depth, held.pools is None, held.most or UNLIMITED, held.position)


def _pick(use: Use, too_small: Mapping[_Key, int], person: str) -> DelegationRecord:
    for choice in use.choices:
        if (choice.delegation, use.pool) not in too_small:
            return choice
    widest = max(use.choices, key=lambda choice: choice.most or 0)
    most = widest.most or 0
    asked = too_small[widest.delegation, use.pool]
    raise NotYoursToDecide(
        f"{person} may move at most {most} of {use.pool} in one decision over {widest.unit}, "
        f"and this one moves {asked}",
        arithmetic=Arithmetic(
            measure="most", pool=use.pool, unit=widest.unit, asked=asked, limit=most
        ),
        leg=use.leg,
    )


def _exceeded(
    state: State,
    picked: Sequence[tuple[Use, DelegationRecord]],
    before: Mapping[str, GrantRecord | None],
) -> dict[_Key, int]:
    """The delegations used for more than their `most`, with how much that is."""
    units: dict[_Key, set[str]] = {}
    limits: dict[_Key, int] = {}
    for use, chosen in picked:
        if chosen.most is not None and use.pool is not None:
            units.setdefault((chosen.delegation, use.pool), set()).update(use.units)
            limits[chosen.delegation, use.pool] = chosen.most
    if not limits:
        return {}
    by_place = moved(state, before)
    found: dict[_Key, int] = {}
    for key, named in units.items():
        deltas = [one for (unit, pool), some in by_place.items()
                  if unit in named and pool == key[1] for one in some]  # fmt: skip
        gains = peak([one for one in deltas if one[2] > 0])
        losses = peak([(start, end, -own) for start, end, own in deltas if own < 0])
        if max(gains, losses) > limits[key]:
            found[key] = max(gains, losses)
    return found
