"""What units have over time, as charts show it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from api.web.charts import COLOURS, Run, runs_of, stride
from api.web.pools import REST
from api.web.spans import SHORT, USUAL, Window
from ledger.periods import Instant, shifted
from projections.holdings.over_time import has_more_changes, turns
from projections.holdings.runs import spans
from projections.organisation.read import UnitRun
from projections.organisation.tree import Member
from projections.statements import Connection

MANY: Final = 20_000
"""With more changes than this in its window a chart is sampled by the database."""
TOLD: Final = 8_000
"""With more changes than this to come, it is told with its causes for less time."""
MUCH: Final = 200_000
"""With more than this in a year a shorter time is shown, unless the year is asked for."""


class Graph(Struct, frozen=True, kw_only=True):
    """What groups have over a window; when it is sampled, right at evenly spaced instants alone."""

    groups: Mapping[str, Sequence[Run]]
    is_sampled: bool


class Graphs:
    """Reads what units have over time, as recorded by a position.

    `lives` is when each unit that ever was existed, and `was_below` tells which units stood under
    one, and when.
    """

    def __init__(
        self,
        connection: Connection,
        position: int,
        lives: Mapping[str, Sequence[UnitRun]],
        was_below: Callable[[str], Sequence[Member]],
    ) -> None:
        self._connection = connection
        self._position = position
        self._lives = lives
        self._was_below = was_below

    def span(self, year: Window) -> str:
        """How much time a chart shows when nobody chose: a year, or less where much happens."""
        return SHORT if self._has_more(MUCH, year, None) else USUAL

    def ahead(self, at: Instant, days: Sequence[int]) -> int:
        """How many days what is to come is told for: the most, or fewer where much is to come."""
        for most in sorted(days, reverse=True):
            if not self._has_more(TOLD, (at, shifted(at, timedelta(days=most))), None):
                return most
        return min(days)

    def of_pool(self, pool: str, window: Window, first: Sequence[str]) -> Graph:
        """What each unit has of a pool; where much happens those in `first`, and all others."""
        is_sampled = self._has_more(MANY, window, None)
        named = set(first[:COLOURS])
        if not is_sampled or len(named) < COLOURS:
            named = self._lives.keys()
        teams = {unit: unit if unit in named else REST for unit in self._lives}
        of_teams = self._turns(pool, teams, window, is_sampled=is_sampled)
        return Graph(groups=of_teams[pool], is_sampled=is_sampled)

    def below(self, unit: str, window: Window, branch: Callable[[str], str]) -> Mapping[str, Graph]:
        """By pool, what a unit and all below it have, each while it was there, by branch."""
        periods: defaultdict[str, list[Window]] = defaultdict(list)
        for member, start, end in self._was_below(unit):
            periods[member].append((start, end))
        teams = {
            member: branch(member)
            for member, some in periods.items()
            if self._always(member, some, window)
        }
        is_sampled = self._has_more(MANY, window, None if self._are_most(teams) else teams)
        found = self._turns(None, teams, window, is_sampled=is_sampled)
        partly = {member: some for member, some in periods.items() if member not in teams}
        of_partly: defaultdict[tuple[str, str], list[Run]] = defaultdict(list)
        for pool, member, run in self._while_there(partly, window):
            of_partly[pool, branch(member)].append(run)
        for (pool, team), runs in of_partly.items():
            found[pool][team] = (*found[pool].get(team, ()), *runs)
        return {pool: Graph(groups=of, is_sampled=is_sampled) for pool, of in found.items()}

    def has_more_below(self, unit: str | None, many: int, window: Window) -> bool:
        """Whether more changes lie in a window of a unit and all that was ever below, or of all."""
        if unit is None:
            return self._has_more(many, window, None)
        units = {member: member for member, _, _ in self._was_below(unit)}
        return self._has_more(many, window, None if self._are_most(units) else units)

    def _always(self, unit: str, periods: Sequence[Window], window: Window) -> bool:
        """Whether a unit was there over a whole window, but for the time before it existed."""
        start, end = window
        begin = max(start, min(run.valid_from for run in self._lives[unit]))
        return any(since <= begin and until >= end for since, until in periods)

    def _are_most(self, units: Mapping[str, str]) -> bool:
        return 2 * len(units) > len(self._lives)

    def _has_more(self, many: int, window: Window, teams: Mapping[str, str] | None) -> bool:
        start, end = window
        return has_more_changes(
            self._connection, many, start=start, end=end, known_at=self._position, teams=teams
        )

    def _turns(
        self, pool: str | None, teams: Mapping[str, str], window: Window, *, is_sampled: bool
    ) -> defaultdict[str, dict[str, Sequence[Run]]]:
        start, end = window
        found: defaultdict[str, dict[str, Sequence[Run]]] = defaultdict(dict)
        for (of_pool, team), changes in turns(
            self._connection,
            pool=pool,
            teams=teams,
            is_of_all=self._are_most(teams),
            start=start,
            end=end,
            known_at=self._position,
            stride=stride(window) if is_sampled else None,
        ).items():
            found[of_pool][team] = runs_of(changes, end)
        return found

    def _while_there(
        self, periods: Mapping[str, Sequence[Window]], window: Window
    ) -> Iterable[tuple[str, str, Run]]:
        start, end = window
        if not periods:
            return
        for span in spans(
            self._connection, pool=None, units=sorted(periods), start=start, end=end,
            known_at=self._position,
        ):  # fmt: skip
            for since, until in periods[span.unit]:
                begin, stop = max(span.start, since), min(span.end, until)
                if begin < stop:
                    yield span.pool, span.unit, Run(start=begin, end=stop, quantity=span.quantity)
