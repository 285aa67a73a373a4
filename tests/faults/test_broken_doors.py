"""The harness of two processes finds out doors that judge, promise or remember wrongly."""

import pytest

from api.decisions.desk import Committing
from ledger.answers import answer
from ledger.committer import Judge
from tests.faults.broken import Anew, Between, Forgetful, Promising, careless, doors, followed
from tests.faults.hot_pool import PATIENCE_S, complaints, crowd
from tests.support.lab import furnish
from tests.support.postgres import FOUNDER

ACTS = 30
"""So often everybody acts: what goes wrong now and then has to have its chance."""
PEOPLE_EACH = 4
IMPATIENCE_S = 1
"""Read models stand still at facts that cannot be: nobody waits long for those."""


def through(committer: Committing) -> Committing:
    """Nothing stands between."""
    return committer


@pytest.mark.parametrize(
    ("judge", "between", "named"),
    [
        (answer, through, []),
        (careless, through, ["overcommitted after", "answered otherwise"]),
        (Forgetful(), through, ["answered otherwise"]),
        (answer, Promising, ["and not in the log"]),
        (answer, Anew, ["was judged twice"]),
    ],
    ids=["sound", "careless", "forgetful", "promising", "anew"],
)
def test_one_broken_process_of_two_is_found_out(
    founded_database: str, judge: Judge, between: Between, named: list[str]
) -> None:
    with (
        followed(founded_database),
        doors(founded_database) as sound,
        doors(founded_database, judge=judge, between=between) as broken,
    ):
        lab = furnish(sound, capacity=48, teams=4, operators=2 * PEOPLE_EACH, founder=FOUNDER)
        urls = [sound, broken]
        wait_s = IMPATIENCE_S if named else PATIENCE_S
        hot = crowd(
            urls, lab, founded_database, each=PEOPLE_EACH, seconds=0, acts=ACTS, wait_s=wait_s
        )
        found = complaints(hot)
    assert {name for name in named if any(name in one for one in found)} == set(named)
    assert bool(found) == bool(named), found[:3]
