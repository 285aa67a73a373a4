"""The calendar of the story: which scene happens on which day, and what lies around its end."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from api.demo import cast
from api.demo.author import Spoken, Why
from api.demo.clocks import (
    expects,
    half_comes_back,
    lends_both_ways,
    projects_begin,
    typo_corrected,
    walker_begins,
    wound_down,
)
from api.demo.deciding import (
    appointed,
    beyond,
    leadership_splits,
    proposed,
    research_splits,
    two_persons,
    within,
)
from api.demo.lab import Lab
from api.demo.pledges import pledge_prolonged, pledges, rated
from api.demo.requesting import (
    AGENTS,
    ASSISTANT,
    AWARDED,
    CREATIVE,
    CUT,
    DEFERRED,
    DENIED,
    EVALUATION,
    FRAUD,
    HALF_HEARD,
    MULTIMODAL,
    ON_APPEAL,
    REFUSED,
    ROBOTICS,
    TRANSLATE,
    answers,
    appeals,
    asks,
    given,
)
from api.demo.scenes import (
    Scene,
    arrives,
    atlas_begins,
    atlas_gives_back,
    deputy,
    drain,
    drained,
    lost,
    merge,
    new_division,
    quiet,
    rename,
    restored,
    retire,
    too_much,
)
from ledger.organising import Revoke

DAYS: Final = 730
_G = cast.GRANULE


def _noon(lab: Lab, days_after_the_end: int) -> datetime:
    return lab.begin + timedelta(days=DAYS + days_after_the_end, hours=12)


def _late(lab: Lab) -> Iterator[Spoken]:
    """A lead says two days late what it gave back: backdated, with words."""
    unit = lab.author.rng.choice(lab.holders(cast.H100, 2 * _G))
    why = Why(code="project_finished", words="Given back the day before yesterday, told us today")
    at = lab.author.now - timedelta(days=2)
    ask = lab.author.release(cast.H100, unit, _G, kind="returned", why=why, at=at)
    yield lab.author.say(lab.leads[unit], ask)


def _another_lead(lab: Lab) -> Iterator[Spoken]:
    unit = "research/data"
    yield lab.author.say(cast.OPERATOR, Revoke(delegation=lab.lead_delegations[unit]))
    yield lab.lead(unit, "zora@demo")


def _announced(lab: Lab) -> Iterator[Spoken]:
    """Machines that come next month are in the books already."""
    why = Why(code="other", words="Delivery announced; the hall is ready for it")
    at = _noon(lab, 30)
    yield lab.author.say(
        cast.OPERATOR, lab.author.capacity(cast.H100, "installed", 256, why, at=at)
    )


def _reserved(pool: str, unit: str, quantity: int, start: int, end: int) -> Scene:
    """What comes free on a day is promised from that day on."""

    def reserve(lab: Lab) -> Iterator[Spoken]:
        why = Why(code="project_started", words=f"{lab.name(unit)} starts when these come free")
        since, to = _noon(lab, start), _noon(lab, end)
        borrowed = not lab.fits(pool, unit, quantity, since, to)
        ask = lab.author.grant(pool, unit, quantity, why, start=since, end=to, borrowed=borrowed)
        yield lab.author.say(cast.OPERATOR, ask)

    return reserve


def _scheduled(pool: str, quantity: int, day: int) -> Scene:
    """A lead says ahead when it gives back."""

    def schedule(lab: Lab) -> Iterator[Spoken]:
        unit = lab.holders(pool, quantity + _G)[0]
        why = Why(code="project_finished", words=f"{lab.name(unit)} winds down; these go first")
        ask = lab.author.release(pool, unit, quantity, kind="returned", why=why, at=_noon(lab, day))
        yield lab.author.say(lab.leads[unit], ask)

    return schedule


def _move_ahead(lab: Lab) -> Iterator[Spoken]:
    source = lab.holders(cast.H100, 5 * _G)[-1]
    to = next(unit for unit in ("research/scaling", "research/vision") if unit != source)
    why = Why(code="strategic_priority", words="Agreed for the week after next, told to both leads")
    at = _noon(lab, 14)
    borrowed = not lab.fits(cast.H100, to, 4 * _G, at)
    ask = lab.author.move(cast.H100, source, to, 4 * _G, why=why, at=at, borrowed=borrowed)
    yield lab.author.say(cast.OPERATOR, ask)


def _for_a_while(pool: str, quantity: int, end: int) -> Scene:
    """A lead gives something back, and another team has it for a few days."""

    def lend(lab: Lab) -> Iterator[Spoken]:
        author = lab.author
        unit = lab.holders(pool, quantity + _G)[0]
        why = lab.why(cast.RETURNED, unit)
        ask = author.release(pool, unit, quantity, kind="returned", why=why)
        yield author.say(lab.leads[unit], ask)
        to = lab.chosen([other for other in lab.routine() if other != unit])
        why = Why(code="deadline", words=f"{lab.name(to)} has a delivery and needs these till then")
        until = _noon(lab, end)
        borrowed = not lab.fits(pool, to, quantity, to=until)
        ask = author.grant(pool, to, quantity, why, end=until, borrowed=borrowed)
        yield author.say(lab.decides(pool, to), ask)

    return lend


def _together(*scenes: Scene) -> Scene:
    """Several scenes of one day, in order."""

    def play(lab: Lab) -> Iterator[Spoken]:
        for scene in scenes:
            yield from scene(lab)

    return play


PLOT: Final[Mapping[int, Scene]] = {
    95: _late,
    100: arrives(cast.H100, 256),
    190: arrives(cast.H100, 256),
    212: too_much(512),
    240: rename,
    280: quiet("products/voice"),
    300: merge,
    310: retire,
    333: _late,
    345: quiet("research/speech"),
    358: drain,
    379: drain,
    390: arrives(cast.H100, 512),
    400: deputy,
    405: drain,
    421: drained,
    454: too_much(1024),
    455: atlas_begins,
    470: lost,
    479: restored,
    497: atlas_gives_back,
    500: new_division,
    560: _together(arrives(cast.H100, 512), projects_begin),
    600: _another_lead,
    611: _late,
    612: _together(appointed, rated),
    620: _together(arrives(cast.A100, 256), walker_begins),
    638: two_persons,
    640: expects(20, "Half of Walker is done in three weeks"),
    655: too_much(768),
    661: expects(24, "The robot fell over; three weeks more"),
    686: expects(23, "A broken data set cost Walker the month"),
    690: typo_corrected,
    700: leadership_splits,
    701: research_splits,
    702: pledges,
    703: beyond,
    704: asks(AGENTS),
    705: answers(AGENTS, AWARDED),
    706: _together(given(AGENTS, 32), asks(ASSISTANT)),
    707: asks(ROBOTICS),
    708: answers(ASSISTANT, CUT),
    709: _together(given(ASSISTANT, 24), asks(EVALUATION), asks(CREATIVE)),
    710: expects(26, "Nearly there, says Walker's lead"),
    711: _together(answers(EVALUATION, HALF_HEARD), answers(CREATIVE, DEFERRED), asks(FRAUD)),
    712: _together(_announced, appeals(EVALUATION, "At night nobody is there to stop a bad model")),
    713: _together(answers(ROBOTICS, DENIED), answers(FRAUD, REFUSED)),
    714: _scheduled(cast.H100, 64, 3),
    715: _together(
        _reserved(cast.H100, "research/agents", 64, 3, 93),
        answers(EVALUATION, ON_APPEAL, cast.HEAD),
    ),
    716: wound_down(DAYS + 31),
    717: _scheduled(cast.A100, 32, 10),
    718: _reserved(cast.A100, "products/code", 24, 10, 190),
    719: _scheduled(cast.H100, 48, 21),
    720: _together(
        _move_ahead, appeals(ROBOTICS, "Walker's forecast holds since, and the fair is paid for")
    ),
    721: _for_a_while(cast.H100, 16, -1),
    722: _for_a_while(cast.A100, 24, 1),
    723: _together(_for_a_while(cast.H100, 32, 5), within),
    724: _together(_for_a_while(cast.A100, 16, 12), asks(MULTIMODAL)),
    725: _together(_for_a_while(cast.H100, 24, 40), asks(TRANSLATE)),
    726: _together(lends_both_ways, pledge_prolonged),
    727: _reserved(cast.H100, "research/multimodal", 128, 30, 210),
    728: _together(half_comes_back, proposed),
}
"""The scene of a day, counted from the founding; the story ends before day 730."""
