"""The settings that decide are facts themselves, so that a replay finds them."""

from ledger.authority import STEWARD
from ledger.decide.existence import pool_at
from ledger.decide.judging import Judging
from ledger.events import RulesSet
from ledger.facts import Rules
from ledger.organising import SetRules
from ledger.refusals import Impossible, NoDifference

SETTINGS = ("second_person_from", "backdate_days", "notice_days")


def set_rules(judging: Judging, command: SetRules) -> None:
    """Record settings, from now or a later instant on. What was judged by others stands."""
    at = judging.begins()
    pool = None if command.pool is None else pool_at(judging, command.pool, judging.now).pool
    _allow(judging, pool)
    if at < judging.now:
        raise Impossible(
            f"Rules decide from when they are recorded, not from {at}", leg=judging.leg
        )
    named = {name: getattr(command, name) for name in SETTINGS}
    if all(
        value is None or value == judging.state.setting(name, pool, at)
        for name, value in named.items()
    ):
        raise NoDifference("Every setting is that already", leg=judging.leg)
    judging.second.append("rules decide for everybody")
    judging.record(RulesSet, Rules(pool=pool, **named), at)


def _allow(judging: Judging, pool: str | None) -> None:
    """A steward over the root, of the pool; for all pools one who is limited to none."""
    root = judging.root()
    held = judging.actor.require(STEWARD, root, pool, judging.leg)
    if pool is None:
        held = tuple(one for one in held if one.pools is None)
        if not held:
            raise judging.actor.lacking(f"steward over {root} for every pool", judging.leg)
    judging.allow_one_of(held, root, pool)
