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
    judging.allow(STEWARD, judging.root(), pool)
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
