"""Who may confirm what waits for a second person: the ledger itself is asked, for each in turn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final, cast

import msgspec
from msgspec import Struct

from api.problems import Problem
from api.reads.reading import once_reflected
from api.web.doorway import Visit
from api.web.reads import UUID
from api.web.record import Record
from ledger.asks import Answer, Ask
from ledger.facts import Via
from ledger.organising import Confirm
from ledger.vocabulary import Role

ASKED_MAX: Final = 24
"""For so many people the ledger is asked whether they may."""
LOOKED_UP_MAX: Final = 8
"""Of so many grants and requests that a command names, the unit is looked up."""
_ROLES: Final[Sequence[Role]] = ("decider", "operator", "steward", "importer", "lead", "auditor")
_WORDS: Final = frozenset({"do", "name", "reason", "reason_code", "text", "justification"})
"""Fields of a command that name nobody, also where they say the same as the id of a unit."""
_command: Final = msgspec.json.Decoder(dict[str, object])


class Confirming(Struct, frozen=True, kw_only=True):
    """Who may confirm; what the ledger says to one of them, or else why it says no to all.

    `is_partial` when more people act here than were asked about, or the ledger could not tell of
    all: then nobody may be said to be the only one. `is_forbidden` when the no to each who was
    asked was that they have no right to.
    """

    persons: tuple[str, ...]
    answer: Answer | None
    is_partial: bool
    is_forbidden: bool


async def who_may(visit: Visit, proposal: str) -> Confirming:
    """Who may confirm a proposal now, and what would be recorded; none is recorded by asking."""

    def candidates() -> list[str]:
        with visit.record() as record:
            return _candidates(record, proposal)

    found = await once_reflected(visit.running, visit.asked, candidates)
    some = found[:ASKED_MAX]
    answers = await visit.running.desk.ask_in_order([_ask(person, proposal) for person in some])
    yes = [(person, one) for person, one in zip(some, answers, strict=True) if one.status == 200]
    told = [one for one in answers if one.status < 500]
    no = [one for one in told if one.status != 403]
    return Confirming(
        persons=tuple(person for person, _ in yes),
        answer=yes[0][1] if yes else next(iter(no), None),
        is_partial=len(found) > len(told),
        is_forbidden=not no,
    )


def _ask(person: str, proposal: str) -> Ask:
    return Ask(
        command=Confirm(proposal=proposal), by=person, via=Via(tool="page"), key="",
        fingerprint=b"", dry_run=True,
    )  # fmt: skip


def _candidates(record: Record, proposal: str) -> list[str]:
    """All who act here and did not make it, those nearest to what is named first.

    How near they are says in which order they are asked, and never that somebody may not.
    """
    waiting = record.reads.proposal(proposal)
    named = _units(record, _command.decode(waiting.command))
    steps: dict[str, int] = {}
    for unit in named:
        way = [unit, *(node.unit for node in reversed(record.tree.above(unit)))]
        for count, over in enumerate(way):
            steps[over] = min(count, steps.get(over, count))
    # What names no unit is mostly for those to decide who act over all of it.
    deep = {unit: len(record.tree.above(unit)) for unit in record.tree.nodes}
    far = len(deep)
    found = [
        (
            steps.get(one.unit, far + deep.get(one.unit, far)),
            _ROLES.index(one.role),
            one.to,
        )
        for one in record.reads.delegations()
        if one.to != waiting.by
    ]
    # Who only looks on, wherever that is, comes last.
    found.sort(key=lambda one: (_ROLES[one[1]] == "auditor", one))
    return list(dict.fromkeys(person for _, _, person in found))


def _units(record: Record, command: Mapping[str, object]) -> set[str]:
    """The units that a command names: by their id, or by a grant or a request of theirs."""
    texts = list(dict.fromkeys(_texts("", command)))
    ids = [(name, text) for name, text in texts if name in _OF_A_UNIT and UUID.match(text)]
    units = {text for _, text in texts if text in record.tree.nodes}
    for name, text in ids[:LOOKED_UP_MAX]:
        with suppress(Problem):  # corrected away, for one
            units.add(_OF_A_UNIT[name](record, text))
    return units


def _texts(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Every text in a command that may name something, with the name of the field it stands in."""
    match value:
        case str() if name not in _WORDS:
            yield name, value
        case Mapping():
            fields = cast("Mapping[str, object]", value)
            for inner, one in fields.items():
                yield from _texts(inner, one)
        case list():
            for one in cast("list[object]", value):
                yield from _texts(name, one)
        case _:
            return


_OF_A_UNIT: Final[Mapping[str, Callable[[Record, str], str]]] = {
    "grant": lambda record, grant: record.grant(grant).unit,
    "request": lambda record, request: record.reads.request(request).unit,
}
