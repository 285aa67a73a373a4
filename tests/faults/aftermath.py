"""What is left when the breaking is over, held to every promise, and the figures of it."""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ledger.log import StoredEvent
from tests.faults.verdict import Verdict, judge
from tests.faults.writers import Writer, asked_again
from tests.support.oracle import differences, gaps, whole_log
from tests.support.people import Told

MEDIA_TYPE: Final = "application/problem+json"
CODES: Final = frozenset({"Unavailable", "AnswerLate"})


class Aftermath(Struct, frozen=True, kw_only=True):
    """Everything that is known afterwards."""

    told: Sequence[Told]
    unsure: Sequence[Told]
    put_off: Sequence[Told]
    log: Sequence[StoredEvent]
    verdict: Verdict
    recorded_again: int
    """How many events were recorded by asking again: what is answered is not judged anew."""

    def figures(self, rounds: int) -> str:
        """What was tried and found, in one line."""
        stored = sum(1 for one in self.told if one.status == 201)
        found = sum(1 for one in self.unsure if one.replayed)
        return (
            f"{rounds} rounds: {stored} decisions and {len(self.told) - stored} refusals "
            f"acknowledged; {len(self.unsure)} of unknown fate, {found} of them were stored; "
            f"{len(self.told)} asked again; lost {len(self.verdict.lost)}, "
            f"twice {len(self.verdict.twice)}, differ {len(self.verdict.differ)}"
        )

    def complaints(self) -> list[str]:
        """Every broken promise; none, or the record cannot be trusted."""
        verdict = self.verdict
        found = [f"{key}: acknowledged and lost" for key in verdict.lost]
        found += [f"{key}: stored twice" for key in verdict.twice]
        found += [f"{key}: answered otherwise when asked again" for key in verdict.differ]
        found += [f"{position}: the log does not go on by one" for position in gaps(self.log)]
        if self.recorded_again:
            found.append(f"{self.recorded_again} events were recorded by asking again")
        if found:
            return found  # a log that is not what was told cannot be judged again
        # None is invented: what was not told to anybody was told to somebody at another try.
        found += differences(self.log, self.told)
        return found + [line for one in self.put_off for line in unclear(one)]


class _Words(Struct, frozen=True, kw_only=True):
    status: int
    code: str
    title: str
    detail: str


def unclear(told: Told) -> list[str]:
    """What is wrong with a refusal to answer now: it has to be a 503 in words, and say when."""
    if told.status != 503 or told.media_type != MEDIA_TYPE:
        return [f"{told.asked.key}: put off by {told.status} {told.media_type} {told.body!r}"]
    said = msgspec.json.decode(told.body, type=_Words)
    is_clear = said.status == 503 and said.code in CODES and said.title and said.detail
    if not is_clear or not told.retry_after.isdecimal():
        return [f"{told.asked.key}: put off by {told.body!r}, Retry-After {told.retry_after!r}"]
    return []


def aftermath(url: str, address: str, writers: Sequence[Writer]) -> Aftermath:
    """Ask every key again, whatever became of it at first, and read the log beside it."""
    told = [one for writer in writers for one in writer.told]
    # Read first: what is lost may be recorded anew by asking again.
    before = whole_log(address)
    again = asked_again(url, told)
    log = whole_log(address)
    return Aftermath(
        told=told,
        unsure=[one for writer in writers for one in writer.unsure],
        put_off=[one for writer in writers for one in writer.put_off],
        log=log,
        verdict=replace(judge(log, told, again), lost=judge(before, told, ()).lost),
        recorded_again=len(log) - len(before),
    )
