"""Who may confirm what waits for a second person: the ledger itself is asked, for each in turn."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from api.reads.reading import once_reflected
from api.web.doorway import Visit
from api.web.record import Record
from ledger.asks import Answer, Ask
from ledger.facts import Via
from ledger.organising import Confirm
from ledger.vocabulary import Role

ASKED_MAX: Final = 24
"""For so many people the ledger is asked whether they may."""
_ROLES: Final[Sequence[Role]] = ("decider", "operator", "steward", "importer", "lead")
_command: Final = msgspec.json.Decoder(dict[str, object])


class Confirming(Struct, frozen=True, kw_only=True):
    """Who may confirm; what the ledger says to one of them, or else why it says no to all.

    `is_partial` when more people act here than were asked about.
    """

    persons: tuple[str, ...]
    answer: Answer | None
    is_partial: bool


async def who_may(visit: Visit, proposal: str) -> Confirming:
    """Who may confirm a proposal now, and what would be recorded; none is recorded by asking."""

    def candidates() -> list[str]:
        with visit.record() as record:
            return _candidates(record, proposal)

    found = await once_reflected(visit.running, visit.asked, candidates)
    some = found[:ASKED_MAX]
    answers = await visit.running.desk.ask_in_order([_ask(person, proposal) for person in some])
    yes = [(person, one) for person, one in zip(some, answers, strict=True) if one.status == 200]
    no = [one for one in answers if one.status != 403]
    return Confirming(
        persons=tuple(person for person, _ in yes),
        answer=yes[0][1] if yes else next(iter(no), None),
        is_partial=len(found) > len(some),
    )


def _ask(person: str, proposal: str) -> Ask:
    return Ask(
        command=Confirm(proposal=proposal), by=person, via=Via(tool="page"), key="",
        fingerprint=b"", dry_run=True,
    )  # fmt: skip


def _candidates(record: Record, proposal: str) -> list[str]:
    """Those who act over what is named, the nearest first; all who act where nothing is named."""
    waiting = record.reads.proposal(proposal)
    named = {unit for unit in _texts(_command.decode(waiting.command)) if unit in record.tree.nodes}
    over = {node.unit for unit in named for node in record.tree.above(unit)} | named
    found = [
        (-len(record.tree.above(one.unit)), _ROLES.index(one.role), one.to)
        for one in record.reads.delegations()
        if one.role in _ROLES and one.to != waiting.by and (not over or one.unit in over)
    ]
    return list(dict.fromkeys(person for _, _, person in sorted(found)))


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():  # pyright: ignore[reportUnknownVariableType] - JSON
                yield from _texts(one)  # pyright: ignore[reportUnknownArgumentType] - JSON
        case list():
            for one in value:  # pyright: ignore[reportUnknownVariableType] - JSON
                yield from _texts(one)  # pyright: ignore[reportUnknownArgumentType] - JSON
        case _:
            return
