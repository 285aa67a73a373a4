"""What people ask, over HTTP: every question of the domain in one call, every page as a whole."""

import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import cycle
from typing import Final

import httpx2
import msgspec

from ledger.periods import Instant, shifted
from tests.benchmarks.effort import Effort
from tests.benchmarks.figures import Demand, Gate, Measured, Spread
from tests.benchmarks.grounds import durability
from tests.benchmarks.lent import Lent
from tests.benchmarks.made.years import teams
from tests.benchmarks.moving import FOUNDER
from tests.benchmarks.processes import environ, process, wait_until_it_decides

TIMES: Final = 5
"""Each is asked so often, of which the median counts."""
SLOWEST: Final = 6
WAITING: Final = 500
"""So many requests wait while people ask."""
DAY: Final = timedelta(days=1)


def measure(lent: Lent, effort: Effort) -> Iterator[Measured]:
    """Ask each in turn, then all again, as somebody does who is signed in."""
    del effort
    env = {**environ(lent.url), "ALLOT_AUTH": "open"}
    with process("api.cli", "serve", "--port", "0", environ=env) as doors:
        wait_until_it_decides(doors)
        with httpx2.Client(base_url=doors, headers={"Allot-As": FOUNDER}, timeout=60) as client:
            waiting = _let_wait(client)
            asked = {**questions(client, lent.head), **pages(client, lent.head)}
            took: dict[str, list[float]] = {name: [] for name in asked}
            refused: dict[str, int] = {}
            for _ in range(TIMES):
                for name, path in asked.items():
                    began = time.perf_counter()
                    answer = client.get(path)
                    took[name].append((time.perf_counter() - began) * 1000)
                    if answer.status_code != 200:
                        refused[name] = answer.status_code
    medians = {name: Spread.of(some).median for name, some in took.items()}
    slowest = sorted(medians, key=lambda name: -medians[name])
    worst = Spread(
        medians[slowest[0]], min(medians.values()), max(max(some) for some in took.values())
    )
    within = sum(median <= 300 for median in medians.values())
    yield Measured(
        bar="P1",
        what=f"what people ask and every page, {lent.head:,} events: the slowest median",
        ours=worst,
        unit="ms [quickest to worst]",
        demands=(Demand(of="ms, each question and page", figure=worst, at_most=300),),
        gates=(
            Gate("every question answered", not refused, f"{len(asked)} asked, {refused or 'all'}"),
            Gate("requests wait", waiting >= WAITING, f"{waiting} are waiting"),
            durability(lent.url),
        ),
        remarks=(
            f"{within} of {len(asked)} within 300 ms; median of {TIMES} each, over one connection",
            f"meanwhile {waiting} requests wait",
            "slowest: " + "; ".join(f"{name} {medians[name]:.0f}" for name in slowest[:SLOWEST]),
        ),
    )


def _let_wait(client: httpx2.Client) -> int:
    """Let teams ask for some of each two pools, until all read models show it; how many wait."""
    pools = [one["pool"] for one in client.get("/v1/capacity").json()["items"]]
    ends_at = shifted(_now(client), 90 * DAY)
    lines = [
        {
            "key": f"waiting {number}", "do": "request", "unit": team, "quantity": 8 << number % 7,
            "pools": sorted({pools[number % len(pools)], pools[number // 2 % len(pools)]}),
            "ends_at": ends_at, "justification": "The next run is ready",
        }
        for number, team in zip(range(WAITING), cycle(teams()), strict=False)
    ]  # fmt: skip
    body = b"\n".join(map(msgspec.json.encode, lines))
    told = client.post(
        "/v1/commands", content=body, headers={"Content-Type": "application/x-ndjson"}
    )
    last = max(msgspec.json.decode(line)["position"] for line in told.text.splitlines())
    asked = {"status": "waiting", "min_position": last, "limit": 1000}
    return len(client.get("/v1/requests", params=asked).json()["items"])


def questions(client: httpx2.Client, head: int) -> Mapping[str, str]:
    """The questions of the domain, section 5, each as one call."""
    team = teams()[3]
    division = team.split("/", maxsplit=1)[0]
    now = _now(client)
    pool = _pool(client)
    month = _query(start=shifted(now, -30 * DAY), end=now)
    then = f"valid_at={shifted(now, -90 * DAY)}&known_at={head // 2}"
    grant = client.get(f"/v1/holdings?group=grant&unit={team}").json()["items"][0]["grant"]
    return {
        "what comes free": f"/v1/supply?pool={pool}&until={shifted(now, 14 * DAY)}",
        "who waits": f"/v1/requests?pool={pool}",
        "what changed since": f"/v1/events?after={head - 1_000}&limit=1000",
        "what falls due in 14 days": "/v1/due",
        "who is about to finish": "/v1/forecasts",
        "a division and its budget": f"/v1/budgets?under={division}",
        "what a division holds": f"/v1/holdings?under={division}",
        "what somebody decided": f"/v1/history?by={FOUNDER}",
        "pledges": f"/v1/pledges?under={division}",
        "what a team holds, grant by grant": f"/v1/holdings?group=grant&unit={team}",
        "why a grant is as it is": f"/v1/grants/{grant}/why",
        "every change to a team": f"/v1/history?unit={team}",
        "late reasons": "/v1/history?flag=late_reason",
        "self-dealing": "/v1/history?flag=self_dealing",
        "overrides": "/v1/history?flag=override",
        "backdated entries": "/v1/history?flag=backdated",
        "revisions": "/v1/history?flag=revision",
        "what the books said": f"/v1/holdings?{then}",
        "what is believed now and was not": (
            f"/v1/differences?known_from={head - 1_000}&known_to={head}&unit={team}"
        ),
        "statement of a team": f"/v1/statement?pool={pool}&unit={team}&{month}",
        "who passed how much to whom": f"/v1/flows?pool={pool}&{month}",
        "statement of a division": f"/v1/statement?pool={pool}&under={division}&{month}",
        "holdings per day": f"/v1/series?pool={pool}&unit={team}&every=1d&{month}",
        "capacity": "/v1/capacity",
        "entitlements": "/v1/holdings",
        "where it stands": "/v1/position",
    }


def pages(client: httpx2.Client, head: int) -> Mapping[str, str]:
    """Every page, as somebody opens it."""
    team = teams()[3]
    division = team.split("/", maxsplit=1)[0]
    grant = client.get(f"/v1/holdings?group=grant&unit={team}").json()["items"][0]["grant"]
    return {
        "page: overview": "/",
        "page: pool": f"/pool?pool={_pool(client)}",
        "page: team": f"/unit?unit={team}",
        "page: division": f"/unit?unit={division}",
        "page: whole organisation": "/unit",
        "page: grant": f"/grant?grant={grant}",
        "page: find compute": f"/plan?pool={_pool(client)}&quantity=512&unit={team}",
        "page: calendar": "/calendar",
        "page: flows": f"/flows?pool={_pool(client)}",
        "page: history": f"/history?q=unit:{team}",
        "page: differences": f"/differences?known_from={head - 1_000}",
        "page: requests": "/requests",
        "page: proposals": "/proposals",
    }


def _now(client: httpx2.Client) -> Instant:
    return Instant(client.get("/v1/holdings?limit=1").json()["valid_at"])


def _pool(client: httpx2.Client) -> str:
    return str(client.get("/v1/capacity").json()["items"][0]["pool"])


def _query(*, start: Instant, end: Instant) -> str:
    return f"from={start}&to={end}"
