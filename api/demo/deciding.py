"""The scenes of those who decide: two persons for rules, splits, what is beyond a budget."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from api.demo import cast
from api.demo.author import Spoken, Why, because
from api.demo.lab import Lab
from ledger.commands import Grant
from ledger.organising import Confirm, Delegate, SetRules, ShareAsk, Split
from ledger.periods import from_datetime
from ledger.vocabulary import Role

_G: Final = cast.GRANULE
TWO_FROM: Final = 192
"""From so many H100 on one decision takes two persons."""
SPARED: Final = 64
"""What leadership leaves to a division beyond what its ordinary days may use."""
FULL: Final = "research/language"
"""The team whose part is no more than it has already."""
BEYOND: Final = 24
"""What that team has beyond its part until there is room for it."""
KEEPS: Final = "research/safety"
"""The team from which nobody takes its last machines."""
NEXT: Final = "research/reasoning"
"""The team for which something waits for a second person."""
_PROPOSED: Final = 192


def appointed(lab: Lab) -> Iterator[Spoken]:
    """The head of the laboratory decides over all of it, beside the operator."""
    roles: tuple[Role, ...] = ("steward", "decider")
    for role in roles:
        why = Why(code="reorganisation", words="Heads the laboratory from this month on")
        ask = Delegate(to=cast.HEAD, role=role, unit=cast.ROOT)
        yield lab.author.say(cast.OPERATOR, because(ask, why))


def two_persons(lab: Lab) -> Iterator[Spoken]:
    """The operator proposes a rule, and the head of the laboratory confirms it."""
    why = Why(code="other", words="What moves a fifth of the north hall is seen by two persons")
    ask = because(SetRules(pool=cast.H100, second_person_from=TWO_FROM), why)
    proposed = lab.author.say(cast.OPERATOR, ask, waits=True)
    yield proposed
    yield _confirmed(lab, proposed)


def _confirmed(lab: Lab, proposed: Spoken) -> Spoken:
    """The id of a proposal is the ledger's to give: it is put in when it is known."""
    unknown = Confirm(proposal="00000000-0000-4000-8000-000000000000")
    return lab.author.say(cast.HEAD, unknown, confirms=proposed.key)


def leadership_splits(lab: Lab) -> Iterator[Spoken]:
    """Each pool is split between the divisions: what each has, and its part of the rest."""
    why = Why(code="split", words="The split for the half-year, as the board agreed on it")
    for pool in cast.POOLS:
        has = {unit: lab.title(pool, unit) for unit in cast.DIVISIONS}
        rest = max(0, lab.author.books.free(pool, lab.author.now)) // len(has)
        amounts = {unit: _up(held + rest + 2 * SPARED) for unit, held in has.items()}
        shares = tuple(ShareAsk(unit=unit, amount=amount) for unit, amount in amounts.items())
        split = Split(pool=pool, parent=cast.ROOT, shares=shares)
        yield lab.author.say(cast.HEAD, because(split, why))
        # What is spared for decisions to come, ordinary days do not use.
        for unit, amount in amounts.items():
            lab.amounts[pool, unit] = amount - SPARED


def research_splits(lab: Lab) -> Iterator[Spoken]:
    """The head of research splits its part between some of the teams."""
    pool, floor = cast.H100, 2 * _G
    lab.quiet |= {FULL, KEEPS}
    has = {
        unit: _up(lab.title(pool, unit))
        for unit in (FULL, "research/scaling", "research/vision", KEEPS)
    }
    shares = (
        ShareAsk(unit=FULL, amount=has[FULL]),
        ShareAsk(unit="research/scaling", amount=has["research/scaling"] + 4 * _G),
        ShareAsk(unit="research/vision", amount=has["research/vision"] + 2 * _G),
        ShareAsk(unit=KEEPS, floor=min(floor, has[KEEPS]), amount=has[KEEPS] + _G),
    )
    why = Why(code="split", words="Scaling and Vision may grow; Safety keeps two machines, always")
    for share in shares:
        lab.amounts[pool, share.unit] = share.amount or 0
    split = Split(pool=pool, parent="research", shares=shares)
    yield lab.author.say(cast.DECIDERS["research"], because(split, why))


def beyond(lab: Lab) -> Iterator[Spoken]:
    """Language is at its amount: more is refused, and then given as borrowed, first to go."""
    by = cast.DECIDERS["research"]
    yield freed(lab, cast.H100, BEYOND, FULL)
    why = Why(code="deadline", words="Language wants to train its largest model to the end")
    refused = Grant(pool=cast.H100, unit=FULL, quantity=BEYOND)
    yield lab.author.say(by, because(refused, why), is_refused=True)
    why = Why(code="deadline", words="Borrowed till the next split: it goes first if need be")
    ask = lab.author.grant(cast.H100, FULL, BEYOND, why, borrowed=True)
    lab.borrowed = ask.grant or ""
    yield lab.author.say(by, ask)


def within(lab: Lab) -> Iterator[Spoken]:
    """Its amount is raised, and what was borrowed becomes guaranteed, in one decision."""
    pool = cast.H100
    amount = lab.amounts[pool, FULL] + BEYOND
    raised = Split(pool=pool, parent="research", shares=(ShareAsk(unit=FULL, amount=amount),))
    held = next(one for one in lab.author.books.grants if one.grant == lab.borrowed)
    why = Why(code="strategic_priority", words="The model is worth it: Language gets it for good")
    kept = lab.author.move_back(pool, held, BEYOND, FULL, why)
    lab.amounts[pool, FULL] = amount
    yield lab.author.decision(cast.DECIDERS["research"], [raised, kept], why)


def proposed(lab: Lab) -> Iterator[Spoken]:
    """A large reservation waits for a second person."""
    since = lab.author.now.replace(hour=12, minute=0) + timedelta(days=34)
    free = lab.author.books.free(cast.H100, since) // _G * _G
    fits = lab.fits(cast.H100, NEXT, min(free, _PROPOSED), since)
    why = Why(code="project_started", words="Reasoning trains when the five projects are done")
    ask = Grant(
        pool=cast.H100, unit=NEXT, quantity=min(free, _PROPOSED), starts_at=_dated(since),
        borrowed=not fits, propose=True,
    )  # fmt: skip
    yield lab.author.say(cast.OPERATOR, because(ask, why), waits=True)


def freed(lab: Lab, pool: str, quantity: int, to: str) -> Spoken:
    """A team gives back so much, so that another can have it."""
    unit = next(one for one in lab.holders(pool, quantity + _G) if one != to)
    why = lab.why(cast.RETURNED, unit)
    ask = lab.author.release(pool, unit, quantity, kind="returned", why=why)
    return lab.author.say(lab.leads[unit], ask)


def _up(quantity: int) -> int:
    """Rounded up to whole machines."""
    return -(-quantity // _G) * _G


def _dated(at: datetime) -> str:
    return from_datetime(at.replace(second=0, microsecond=0))
