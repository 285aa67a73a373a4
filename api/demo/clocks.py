"""The scenes that need both clocks: what is lent, wound down, expected, mistyped and corrected."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from api.demo import cast
from api.demo.author import Spoken, Why, because
from api.demo.books import Held
from api.demo.lab import Lab
from api.demo.scenes import Scene
from ledger.commands import (
    Correct,
    Expected,
    ForecastRelease,
    Instead,
    Lend,
    Lender,
    OfGrant,
    Release,
    Single,
)
from ledger.organising import CreateUnit
from ledger.periods import Instant, from_datetime


class Project(Struct, frozen=True, kw_only=True):
    """A project of a team, and how much it has of the H100 pool."""

    unit: str
    name: str
    quantity: int

    @property
    def team(self) -> str:
        """The team that it belongs to."""
        return self.unit.rsplit("/", 1)[0]


FINISHING: Final = tuple(
    Project(unit=unit, name=name, quantity=quantity)
    for unit, name, quantity in (
        ("research/vision/aurora", "Aurora", 64),
        ("research/language/cinder", "Cinder", 64),
        ("research/reasoning/delta", "Delta", 48),
        ("research/safety/ember", "Ember", 48),
        ("research/scaling/fathom", "Fathom", 32),
    )
)
"""The five projects that wind down together."""
WALKER: Final = Project(unit="research/robotics/walker", name="Walker", quantity=0)
"""The project that says four times when it gives something back."""
BORROWER: Final = "products/search"
TYPED: Final = 88
MEANT: Final = 48
LENT: Final = 16
GIVES_BACK: Final = 24
"""What Walker expects to give back each time it says so."""


def projects_begin(lab: Lab) -> Iterator[Spoken]:
    """Five projects begin on the machines that came today."""
    for project in FINISHING:
        yield _created(lab, project)
        why = Why(code="project_started", words=f"{project.name} trains on the new machines")
        ask = lab.author.grant(cast.H100, project.unit, project.quantity, why)
        lab.projects[project.unit] = ask.grant or ""
        yield lab.author.say(cast.OPERATOR, ask)


def walker_begins(lab: Lab) -> Iterator[Spoken]:
    """One more project begins, and somebody types 88 where 48 was agreed."""
    yield _created(lab, WALKER)
    why = Why(code="project_started", words="Walker learns to walk on A100 machines")
    ask = lab.author.grant(cast.A100, WALKER.unit, TYPED, why)
    lab.projects[WALKER.unit] = ask.grant or ""
    lab.mistyped_at = from_datetime(lab.author.now)
    yield lab.author.say(cast.OPERATOR, ask)
    lab.mistyped = lab.author.position


def _created(lab: Lab, project: Project) -> Spoken:
    lab.division[project.unit] = "research"
    why = Why(code="project_started", words=f"{project.name} becomes a project of its team")
    made = CreateUnit(
        unit=project.unit, name=project.name, kind="project", parent=project.team
    )  # fmt: skip
    return lab.author.say(cast.OPERATOR, because(made, why))


def typo_corrected(lab: Lab) -> Iterator[Spoken]:
    """The typing error is found, months later, and corrected from the beginning on."""
    held = _held(lab, WALKER)
    held.quantity = MEANT
    data = {
        "grant": held.grant, "pool": held.pool, "unit": held.unit, "quantity": MEANT,
        "ends_at": None, "class": "guaranteed",
    }  # fmt: skip
    why = Why(code="correction", words=f"{TYPED} was typed where {MEANT} had been agreed")
    correct = Correct(
        corrects=lab.mistyped,
        replacement=Instead(effective_at=lab.mistyped_at, data=data),
    )
    yield lab.author.say(cast.OPERATOR, because(correct, why))


def expects(days: int, words: str) -> Scene:
    """Walker says in how many days it gives something back."""

    def forecast(lab: Lab) -> Iterator[Spoken]:
        steps = (Expected(quantity=GIVES_BACK, expected_at=_midnight(lab, days)),)
        ask = ForecastRelease(grant=lab.projects[WALKER.unit], steps=steps, confidence="medium")
        why = Why(code="project_finished", words=words)
        yield lab.author.say(lab.leads[WALKER.team], because(ask, why))

    return forecast


def wound_down(day: int) -> Scene:
    """One decision schedules what five projects give back on a day of the story."""

    def schedule(lab: Lab) -> Iterator[Spoken]:
        at = lab.begin + timedelta(days=day, hours=12)
        legs: list[Single] = []
        for project in FINISHING:
            words = f"{project.name} is done by then and gives all of it back"
            why = Why(code="project_finished", words=words)
            legs.append(
                lab.author.release(
                    cast.H100, project.unit, project.quantity, kind="returned", why=why, at=at
                )
            )
        why = Why(code="project_finished", words="Five projects wind down on one day")
        yield lab.author.decision(cast.OPERATOR, legs, why)

    return schedule


def lends_both_ways(lab: Lab) -> Iterator[Spoken]:
    """Walker borrows H100 from Aurora, and lends A100 to Search."""
    for pool, lender, to, days in (
        (cast.H100, FINISHING[0].unit, WALKER.unit, 11),
        (cast.A100, WALKER.unit, BORROWER, 16),
    ):
        back = _midnight(lab, days)
        ask = Lend(
            pool=pool, lender=Lender(grant=lab.projects[lender]), quantity=LENT, to=to,
            returns_at=back, grant=lab.author.uuid(),
        )  # fmt: skip
        lab.loans[to] = ask.grant or ""
        why = Why(code="loan", words="Agreed between the two leads; it comes back by itself")
        yield lab.author.say(cast.OPERATOR, because(ask, why))


def half_comes_back(lab: Lab) -> Iterator[Spoken]:
    """Search needs less than it thought and gives half of its loan back early."""
    ask = Release(grants=(OfGrant(grant=lab.loans[BORROWER], quantity=LENT // 2),), kind="returned")
    why = Why(code="loan", words="Half of it was enough; the rest stays till the agreed day")
    yield lab.author.say(lab.leads[BORROWER], because(ask, why))


def _held(lab: Lab, project: Project) -> Held:
    name = lab.projects[project.unit]
    return next(held for held in lab.author.books.grants if held.grant == name)


def _midnight(lab: Lab, days: int) -> Instant:
    now = lab.author.now.replace(hour=0, minute=0, second=0, microsecond=0)
    return from_datetime(now + timedelta(days=days))
