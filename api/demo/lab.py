"""The laboratory of the story as it stands on a day: its teams, and what they may be asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from api.demo import cast
from api.demo.author import Author, Spoken, Why
from api.demo.books import FAR, Held
from ledger.commands import Note, Subject
from ledger.organising import CreateUnit, Delegate
from ledger.periods import EPOCH, Instant

# These end in the course of the story, so nothing with a date of its own is given to them.
ENDING: Final = frozenset({"products/voice", "research/speech", cast.ATLAS})


@dataclass(slots=True, kw_only=True)
class Lab:
    """Teams by unit, the division each stands in, and which are left alone by routine.

    `giving` = which grant of Atlas came from which team, `projects` = the grant of a project,
    `loans` = the loan of a borrower; `mistyped` = where something wrong was recorded, and when;
    `amounts` = what pool and unit are entitled to; `requests` = the request that stands for a unit;
    `borrowed` = what one team has beyond its amount.
    """

    author: Author
    begin: datetime
    teams: dict[str, cast.Team] = field(default_factory=dict[str, cast.Team])
    division: dict[str, str] = field(default_factory=dict[str, str])
    quiet: set[str] = field(default_factory=set[str])
    leads: dict[str, str] = field(default_factory=dict[str, str])
    giving: dict[str, str] = field(default_factory=dict[str, str])
    projects: dict[str, str] = field(default_factory=dict[str, str])
    loans: dict[str, str] = field(default_factory=dict[str, str])
    mistyped: int = 0
    mistyped_at: Instant = EPOCH
    lead_delegations: dict[str, str] = field(default_factory=dict[str, str])
    amounts: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    requests: dict[str, str] = field(default_factory=dict[str, str])
    borrowed: str = ""

    @property
    def today(self) -> int:
        """The day of the story, from 0."""
        return (self.author.now - self.begin).days

    def found(self, team: cast.Team) -> Iterator[Spoken]:
        """A team begins: the unit, and its lead's authority."""
        division = team.unit.split("/", 1)[0]
        self.teams[team.unit] = team
        self.division[team.unit] = division
        yield self.author.say(
            cast.OPERATOR,
            CreateUnit(
                unit=team.unit, name=team.name, parent=division, reason_code="reorganisation",
                reason=f"{team.name} starts as a team of {cast.DIVISIONS[division]}",
            ),
        )  # fmt: skip
        yield self.lead(team.unit, team.lead)

    def lead(self, unit: str, person: str) -> Spoken:
        """A person becomes the lead of a team."""
        self.leads[unit] = person
        self.lead_delegations[unit] = self.author.uuid()
        return self.author.say(
            cast.OPERATOR,
            Delegate(
                to=person, role="lead", unit=unit, delegation=self.lead_delegations[unit],
                reason_code="reorganisation", reason=f"Leads {self.name(unit)}",
            ),
        )  # fmt: skip

    def name(self, unit: str) -> str:
        """What people call a unit."""
        team = self.teams.get(unit)
        return unit.rsplit("/", 1)[-1].capitalize() if team is None else team.name

    def routine(self) -> list[str]:
        """The teams that ordinary days concern."""
        return [unit for unit in self.teams if unit not in self.quiet]

    def chosen(self, units: list[str]) -> str:
        """One of the units, the greater the likelier."""
        weights = [self.teams[unit].weight for unit in units]
        return self.author.rng.choices(units, weights)[0]

    def holders(self, pool: str, least: int) -> list[str]:
        """Teams of the routine that hold at least so much which is open and unpromised."""
        books, now = self.author.books, self.author.now
        return [
            unit
            for unit in self.routine()
            if self.author.is_plain(unit, pool) and books.in_hand(unit, pool, now) >= least
        ]

    def below(self, above: str) -> set[str]:
        """The units of a division, or a team with its projects."""
        return {
            unit
            for unit, division in self.division.items()
            if above in (unit, division) or unit.startswith(f"{above}/")
        }

    def title(
        self, pool: str, above: str, since: datetime | None = None, to: datetime = FAR
    ) -> int:
        """The most that is guaranteed to a unit and those below, from an instant on."""
        now = self.author.now
        return self.author.books.title(pool, self.below(above), since or now, to)

    def fits(
        self, pool: str, unit: str, quantity: int, since: datetime | None = None, to: datetime = FAR
    ) -> bool:  # fmt: skip
        """Whether so much more is within what the unit, and those above it, are entitled to."""
        return all(
            self.title(pool, above, since, to) + quantity <= amount
            for (of, above), amount in self.amounts.items()
            if of == pool and unit in self.below(above)
        )

    def decides(self, pool: str, *units: str) -> str:
        """Who decides this today: an operator, or the decider when it stays in the division."""
        divisions = {self.division[unit] for unit in units}
        able = [cast.OPERATOR]
        if len(divisions) == 1:
            able += [cast.DECIDERS[next(iter(divisions))]]
        if pool == cast.A100:
            able.append(cast.SECOND_OPERATOR)
        if 400 < self.today < 419:
            able.append(cast.DEPUTY)
        return self.author.rng.choice(able)

    def why(self, choices: cast.Reasons, team: str, source: str = "") -> Why:
        """A reason out of several, with the names filled in, sometimes with a link."""
        code, words = self.author.rng.choice(choices)
        filled = words.format(
            team=self.name(team), source=self.name(source) if source else "",
            season=cast.season(self.author.now.month),
        )  # fmt: skip
        ticket = self.author.rng.randrange(1000, 9999)
        linked = self.author.rng.random() < 0.15
        return Why(
            code=code,
            words=filled,
            refs=(f"https://tickets.example/capacity/{ticket}",) if linked else (),
        )

    def note(
        self, by: str, text: str, *, unit: str | None = None, held: Held | None = None
    ) -> Spoken:
        """Words beside the record, about a unit or a grant."""
        about = Subject(unit=unit) if held is None else Subject(grant=held.grant)
        return self.author.say(by, Note(about=about, text=text))
