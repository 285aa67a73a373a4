"""Entries of a statement: what a change is called, which fact it follows from, and a sentence."""

from collections.abc import Mapping

from msgspec import UNSET, Struct

from api.reads.shapes_of_books import Entry, EntryKind
from ledger.facts import Fact, Reallocation, ReleaseOfGrants
from ledger.vocabulary import ReleaseKind
from projections.history.phrases import abridged
from projections.holdings.changes import Change
from projections.holdings.told import Told, ending


class Counting(Struct, frozen=True):
    """What a pool counts: 64 gpu of phoenix/h100."""

    pool: str
    unit_label: str

    def amount(self, quantity: int) -> str:
        """A quantity, whatever its sign, with what it counts and where."""
        return f"{abs(quantity):,} {self.unit_label} of {self.pool}"


class Source(Struct, frozen=True):
    """The fact that a change follows from: where it stands, and what it says as believed."""

    position: int
    fact: Fact | None
    corrected_by: int | None


def source_of(change: Change, told: Mapping[int, Told], ends: Mapping[str, int]) -> Source:
    """The fact that a change follows from: of an end the last that said something of it.

    `ends` is what `ends_said` makes of what is `told`.
    """
    position = change.position
    if change.is_end:
        position = ends.get(ending(change), position)
    found = told.get(position)
    if found is None:
        return Source(position, None, None)
    said = found.saying
    return Source(position, None if said is None else said.fact, found.corrected_by)


def kind_of(change: Change, source: Source) -> EntryKind:
    """What a change is called in a statement."""
    match change.kind:
        case "released":
            return _released(source)
        case "ends" | "loan_ends" if change.is_early:
            return _released(source)
        case kind:
            return kind


def _released(source: Source) -> EntryKind:
    if isinstance(source.fact, Reallocation):
        return "moved_out"
    kind: ReleaseKind = (
        source.fact.kind if isinstance(source.fact, ReleaseOfGrants) else "unstated"
    )  # fmt: skip
    return "released" if kind == "unstated" else kind


def entry(change: Change, source: Source, counting: Counting, balance: int) -> Entry:
    """The entry of a change."""
    kind = kind_of(change, source)
    return Entry(
        at=change.at,
        kind=kind,
        unit=change.unit,
        quantity=change.quantity,
        balance=balance,
        grant=change.grant,
        position=source.position,
        corrected_by=UNSET if source.corrected_by is None else source.corrected_by,
        sentence=sentence(change, kind, source, counting),
    )


def sentence(change: Change, kind: EntryKind, source: Source, counting: Counting) -> str:
    """One sentence in the present tense, which serves for what was and what is to come."""
    unit, amount = change.unit, counting.amount(change.quantity)
    is_one = abs(change.quantity) == 1
    to = "" if change.other is None else f" to {change.other}"
    match kind:
        case "starts":
            borrowed = ", borrowed" if change.grant_class == "borrowed" else ""
            return f"{unit} is granted {amount}{borrowed}"
        case "ends":
            return f"The grant of {amount} to {unit} ends"
        case "returned":
            return f"{unit} gives {amount} back{to}"
        case "reclaimed":
            back = to and f" and {'goes' if is_one else 'go'} back{to}"
            return f"{amount} {'is' if is_one else 'are'} reclaimed from {unit}{back}"
        case "released":
            return f"{amount} {'leaves' if is_one else 'leave'} {unit}{to}"
        case "moved_in" | "moved_out":
            holders = unit if kind == "moved_out" else _holders(source)
            target = unit if kind == "moved_in" else change.other
            if holders == target:
                return f"{amount} of {unit} {'changes' if is_one else 'change'} class"
            return f"{amount} {'moves' if is_one else 'move'} from {holders} to {target}"
        case "lent":
            return f"{unit} lends {amount}{to}"
        case "loan_back":
            return f"{amount} {'comes' if is_one else 'come'} back to {unit} from {change.other}"
        case "borrowed_in":
            return f"{unit} borrows {amount} from {change.other or 'the pool'}"
        case "loan_ends":
            return f"The loan of {amount} to {unit} ends and goes back{to}"
        case "joined" | "left":
            raise ValueError(f"a grant has no entry {kind}")


def _holders(source: Source) -> str:
    if not isinstance(source.fact, Reallocation):
        return "others"
    return abridged([leg.unit for leg in source.fact.legs])
