"""The library's replay: every account brought back from its events by a fresh application."""

import time
from contextlib import closing

from tests.benchmarks.moving import HELD, units
from tests.benchmarks.peers.accounts import Account, Accounts, environment
from tests.benchmarks.peers.views import fill


def replay_rate(url: str, events: int) -> float:
    """Events a second with which accounts are brought back, over about so many events."""
    with closing(Accounts(env=environment(url))) as application:
        application.open(units(), HELD)
        fill(application, events)
    with closing(Accounts(env=environment(url))) as application:
        stored = application.stored()
        began = time.perf_counter()
        total = 0
        for unit in units():
            account: Account = application.repository.get(Account.create_id(unit))
            total += account.quantity
        took = time.perf_counter() - began
    if total != HELD * len(units()):
        raise RuntimeError(f"the library's accounts hold {total}")
    return stored / took
