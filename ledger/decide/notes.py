"""Notes: words beside the record, by anybody who has authority anywhere."""

from ledger.authority import ANY
from ledger.commands import Note
from ledger.decide.existence import demand_unchanged, grant_ever, request_named, unit_at
from ledger.decide.judging import Judging
from ledger.decide.requests import is_requester
from ledger.events import Noted
from ledger.facts import About, NoteText
from ledger.refusals import UnknownPosition


def note(judging: Judging, command: Note) -> None:
    """Record words about a position, a grant or a unit; nothing else changes."""
    about = command.about
    unit = _unit(judging, command)
    held = judging.actor.covering(ANY, unit, None) or judging.actor.held(ANY)
    if held:
        judging.allow_one_of(held, unit, None)
    elif not _is_askers(judging, command):
        raise judging.actor.refusal(ANY, unit, None, judging.leg)
    demand_unchanged(judging, command)
    words = About(
        position=about.position, grant=about.grant, unit=about.unit, request=about.request
    )
    judging.record(Noted, NoteText(about=words, text=command.text), judging.now)


def _is_askers(judging: Judging, command: Note) -> bool:
    """Whether it is about a request of the person's own: its requester may always say more."""
    request = command.about.request
    return request is not None and is_requester(judging, request_named(judging, request))


def _unit(judging: Judging, command: Note) -> str:
    """The unit the note is about, the root for a position. Raises Unknown..."""
    about = command.about
    if about.grant is not None:
        return grant_ever(judging, about.grant).unit
    if about.request is not None:
        return request_named(judging, about.request).unit
    if about.unit is not None:
        return unit_at(judging, about.unit, judging.now).unit
    if about.position is not None and about.position > judging.state.position:
        raise UnknownPosition(
            f"Position {about.position} was not recorded yet: the head is {judging.state.position}",
            leg=judging.leg,
        )
    return judging.root()
