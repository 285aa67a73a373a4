"""The scenes of the story: what an organisation remembers of two years."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from api.demo import cast
from api.demo.author import Spoken, Why, because
from api.demo.lab import Lab
from ledger.commands import Grant, Reallocate, Single
from ledger.organising import (
    ChangeCapacity,
    CloseUnit,
    CreateUnit,
    Delegate,
    MoveUnit,
    OpenPool,
    RenameUnit,
)
from ledger.periods import from_datetime
from ledger.vocabulary import Role

_G = cast.GRANULE
INVENTED: Final = (
    "Everything in this ledger is invented: a program made up the people, the teams, the numbers"
    " and the reasons, to show what Allot does."
)


def opening(lab: Lab) -> Iterator[Spoken]:
    """The first day: what there is, who may do what, and who holds what was found."""
    author = lab.author
    yield lab.note(cast.OPERATOR, INVENTED, unit=cast.ROOT)
    for pool, title in cast.POOLS.items():
        total = cast.COUNTED[pool]
        author.books.change_capacity(pool, author.now, total)
        why = Why(code="opening_balance", words=f"Counted on the first day: {title}")
        legs: tuple[Single, ...] = (
            OpenPool(pool=pool, title=title, granule=_G),
            ChangeCapacity(pool=pool, kind="counted", total=total),
        )
        yield author.decision(cast.OPERATOR, legs, why)
    for unit, name in cast.DIVISIONS.items():
        yield author.say(cast.OPERATOR, CreateUnit(unit=unit, name=name, kind="division"))
        yield _delegate(lab, cast.DECIDERS[unit], "decider", unit)
    yield author.say(
        cast.OPERATOR,
        Delegate(to=cast.SECOND_OPERATOR, role="operator", unit=cast.ROOT, pools=(cast.A100,)),
    )
    for team in cast.TEAMS:
        if team.founded == 0:
            yield from lab.found(team)
    for pool in cast.POOLS:
        for unit in lab.teams:
            part = cast.COUNTED[pool] * lab.teams[unit].weight // _sum_of_weights(lab)
            why = Why(code="opening_balance", words=f"What {lab.name(unit)} had on the first day")
            yield author.say(cast.OPERATOR, author.grant(pool, unit, max(_G, part // _G * _G), why))


def _sum_of_weights(lab: Lab) -> int:
    return sum(team.weight for team in lab.teams.values())


def _delegate(lab: Lab, to: str, role: Role, unit: str, until: datetime | None = None) -> Spoken:
    end = None if until is None else from_datetime(until)
    ask = Delegate(to=to, role=role, unit=unit, until=end)
    return lab.author.say(cast.OPERATOR, ask)


Scene = Callable[[Lab], Iterator[Spoken]]


def arrives(pool: str, quantity: int) -> Scene:
    """New machines are handed over."""

    def arrive(lab: Lab) -> Iterator[Spoken]:
        why = Why(code="other", words=f"Delivery of {quantity} for {pool}, tested and handed over")
        yield lab.author.say(cast.OPERATOR, lab.author.capacity(pool, "installed", quantity, why))

    return arrive


def too_much(quantity: int) -> Scene:
    """Somebody asks for what is not there, and is told so with the figures."""

    def ask(lab: Lab) -> Iterator[Spoken]:
        unit = lab.chosen([u for u in lab.routine() if lab.division[u] == "research"])
        why = Why(code="strategic_priority", words=f"{lab.name(unit)} wants to train at full size")
        command = because(Grant(pool=cast.H100, unit=unit, quantity=quantity), why)
        yield lab.author.say(cast.DECIDERS["research"], command, is_refused=True)

    return ask


def retire(lab: Lab) -> Iterator[Spoken]:
    """Old machines go, in one decision with the releases that make room for it."""
    why = Why(code="maintenance", words="The oldest A100 machines of the south hall are retired")
    legs: list[Single] = []
    rest = 128
    for unit in lab.holders(cast.A100, 3 * _G):
        took = min(rest, 2 * _G)
        if took:
            legs.append(
                lab.author.release(cast.A100, unit, took, kind="reclaimed", why=_plain(why))
            )
            rest -= took
    legs.append(lab.author.capacity(cast.A100, "retired", 128 - rest, why))
    yield lab.author.decision(cast.OPERATOR, legs, why)


def _plain(why: Why) -> Why:
    return Why(code=why.code, words=why.words)


def merge(lab: Lab) -> Iterator[Spoken]:
    """Voice becomes part of Assistant: all it holds passes over and the team closes."""
    voice, assistant = "products/voice", "products/assistant"
    why = Why(code="reorganisation", words="Voice and Assistant build one thing and become one")
    legs = [*_all_of(lab, voice, assistant, why), _closing(voice, why, assistant)]
    yield lab.author.decision(cast.OPERATOR, legs, why)
    _gone(lab, voice)


def _all_of(lab: Lab, unit: str, to: str, why: Why) -> Iterator[Reallocate]:
    for pool in cast.POOLS:
        held = lab.author.books.in_hand(unit, pool, lab.author.now)
        if held:
            yield lab.author.move(pool, unit, to, held, why=why)


def _closing(unit: str, why: Why, merged_into: str | None = None) -> CloseUnit:
    return because(CloseUnit(unit=unit, merged_into=merged_into), why)


def _gone(lab: Lab, unit: str) -> None:
    lab.teams.pop(unit, None)
    lab.quiet.discard(unit)


def quiet(unit: str) -> Scene:
    """A team winds down: ordinary days pass it by."""

    def hush(lab: Lab) -> Iterator[Spoken]:
        lab.quiet.add(unit)
        yield lab.note(cast.OPERATOR, f"{lab.name(unit)} winds down; nothing new for it", unit=unit)

    return hush


def drain(lab: Lab) -> Iterator[Spoken]:
    """Speech gives back what it can do without, a part each time."""
    for pool in cast.POOLS:
        held = lab.author.books.in_hand("research/speech", pool, lab.author.now)
        part = max(_G, held // 3 // _G * _G)
        if held >= part:
            why = Why(code="project_finished", words="Speech hands its models over, part by part")
            yield lab.author.say(
                lab.leads["research/speech"],
                lab.author.release(pool, "research/speech", part, kind="returned", why=why),
            )


def drained(lab: Lab) -> Iterator[Spoken]:
    """The rest of Speech goes back and the team closes."""
    speech = "research/speech"
    why = Why(code="project_finished", words="Speech is done; what it built lives on in Language")
    legs: list[Single] = [
        lab.author.release(pool, speech, held, kind="reclaimed", why=why)
        for pool in cast.POOLS
        if (held := lab.author.books.in_hand(speech, pool, lab.author.now))
    ]
    yield lab.author.decision(cast.OPERATOR, [*legs, _closing(speech, why)], why)
    _gone(lab, speech)


def rename(lab: Lab) -> Iterator[Spoken]:
    """A team gets another name."""
    yield lab.author.say(cast.OPERATOR, RenameUnit(unit="products/support", name="Customer care"))


def deputy(lab: Lab) -> Iterator[Spoken]:
    """Somebody stands in for the operator for twenty days."""
    until = lab.author.now + timedelta(days=20)
    yield _delegate(lab, cast.DEPUTY, "operator", cast.ROOT, until)


def atlas_begins(lab: Lab) -> Iterator[Spoken]:
    """Fifteen teams give something to one project, in one decision."""
    author = lab.author
    yield author.say(
        cast.DECIDERS["research"],
        CreateUnit(unit=cast.ATLAS, name="Atlas", kind="project", parent="research/language"),
    )
    lab.division[cast.ATLAS] = "research"
    why = Why(
        code="strategic_priority",
        words="Atlas is trained in six weeks with what fifteen teams give up for it",
        on_behalf_of=cast.DECIDERS["research"],
    )
    legs: list[Reallocate] = []
    for unit in lab.holders(cast.H100, 2 * _G)[:15]:
        half = author.books.in_hand(unit, cast.H100, author.now) // 2 // _G * _G
        words = f"{lab.name(unit)} lends a hand to Atlas"
        leg = Why(code="strategic_priority", words=words)
        legs.append(author.move(cast.H100, unit, cast.ATLAS, min(half, 64), why=leg))
        lab.giving[legs[-1].grant or ""] = unit
    yield author.decision(cast.OPERATOR, legs, why)


def atlas_gives_back(lab: Lab) -> Iterator[Spoken]:
    """Each team gets its part back, again in one decision, and the project ends."""
    why = Why(code="project_finished", words="Atlas is trained; the teams get their part back")
    legs: list[Single] = []
    by_id = {held.grant: held for held in lab.author.books.grants}
    for grant, unit in lab.giving.items():
        held = by_id[grant]
        to = unit if unit in lab.teams else "research/language"
        legs.append(lab.author.move_back(cast.H100, held, held.left, to, why))
    yield lab.author.decision(cast.OPERATOR, [*legs, _closing(cast.ATLAS, why)], why)


def lost(lab: Lab) -> Iterator[Spoken]:
    """Water in the hall while everything is held."""
    why = Why(code="incident", words="Water in the north hall: one row of H100 machines is off")
    yield lab.author.say(cast.OPERATOR, lab.author.capacity(cast.H100, "lost", 64, why))


def restored(lab: Lab) -> Iterator[Spoken]:
    """What was lost comes back, with nothing to undo."""
    why = Why(code="incident", words="The row of H100 machines is dry, tested and back")
    yield lab.author.say(cast.OPERATOR, lab.author.capacity(cast.H100, "restored", 64, why))


def new_division(lab: Lab) -> Iterator[Spoken]:
    """A team moves to the other division and takes along what it holds."""
    why = Why(code="reorganisation", words="Translate works on models, not on a product")
    move = because(MoveUnit(unit="products/translate", parent="research"), why)
    lab.division["products/translate"] = "research"
    yield lab.author.say(cast.OPERATOR, move)
