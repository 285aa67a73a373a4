"""Made-up logs as exports: written once, kept between runs, and made anew when they are others."""

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from api.cli.bundle import Cover, answers_of, cover_line, line_of
from ledger.store.embedded.locks import alone
from tests.benchmarks.gates import uncollected
from tests.benchmarks.made import crowded, years
from tests.benchmarks.made.bench import Made
from tests.benchmarks.moving import APART, HELD, UNITS

SAID_EVERY = 100_000
WITHOUT_ANSWERS = 5_000_000
"""From here on a copy has no answers: they would take more room than all the rest."""
_HERE = Path(__file__).parent


class Copy(Struct, frozen=True, kw_only=True):
    """An export of a made-up log: `path`, with the answers beside it."""

    name: str
    path: Path
    of: str
    """A digest of what made it: another digest is another log."""
    has_answers: bool = True


class _Made(Struct, frozen=True, kw_only=True):
    of: str
    events_bytes: int
    answers_bytes: int


def years_of(data: Path, events: int) -> Copy:
    """The copy of a log of years with so many events."""
    of = _digest("bench.py", "years.py", str(events))
    copy = Copy(
        name=f"years-{events}",
        path=data / f"years-{events}.jsonl",
        of=of,
        has_answers=events < WITHOUT_ANSWERS,
    )
    return _kept(copy, lambda: years.Years(events).write())


def crowd_of(data: Path, grants: int) -> Copy:
    """The copy of a log with so many live grants in the pool in which moves are measured."""
    of = _digest("bench.py", "crowded.py", f"{grants} {UNITS} {HELD} {APART}")
    copy = Copy(name=f"crowd-{grants}", path=data / f"crowd-{grants}.jsonl", of=of)
    return _kept(copy, lambda: crowded.write(grants))


def _digest(*parts: str) -> str:
    *files, given = parts
    digest = hashlib.sha256(given.encode())
    for name in files:
        digest.update((_HERE / name).read_bytes())
    return digest.hexdigest()


def _kept(copy: Copy, write: Callable[[], Iterator[Made]]) -> Copy:
    copy.path.parent.mkdir(parents=True, exist_ok=True)
    with alone(copy.path.with_suffix(".lock")):
        if not _stands(copy):
            _write(copy, write())
    return copy


def _stands(copy: Copy) -> bool:
    answers = answers_of(copy.path)
    try:
        told = msgspec.json.decode(_note(copy).read_bytes(), type=_Made)
        sizes = copy.path.stat().st_size, answers.stat().st_size if copy.has_answers else 0
    except (FileNotFoundError, msgspec.MsgspecError):
        return False
    return told.of == copy.of and sizes == (told.events_bytes, told.answers_bytes)


def _write(copy: Copy, decisions: Iterator[Made]) -> None:
    _note(copy).unlink(missing_ok=True)
    answers = answers_of(copy.path)
    rest = answers.with_suffix(".rest")
    digest = hashlib.sha256()
    events = receipts = 0
    with (
        uncollected(),
        copy.path.open("wb") as events_file,
        rest.open("wb") as rest_file,
    ):
        for stored, receipt in decisions:
            text = b"".join([event.stored + b"\n" for event in stored])
            digest.update(text)
            events_file.write(text)
            if copy.has_answers:
                rest_file.write(line_of(receipt) + b"\n")
            if (events + len(stored)) // SAID_EVERY > events // SAID_EVERY:
                sys.stderr.write(f"making {copy.name}: {events + len(stored):,}\n")
            events += len(stored)
            receipts += 1
    told = _Made(of=copy.of, events_bytes=copy.path.stat().st_size, answers_bytes=0)
    if copy.has_answers:
        cover = Cover(events=events, sha256=digest.hexdigest(), receipts=receipts)
        told = replace(told, answers_bytes=_write_answers(answers, cover, rest))
    rest.unlink()
    _note(copy).write_bytes(msgspec.json.encode(told))


def _write_answers(answers: Path, cover: Cover, rest: Path) -> int:
    """Write the answers behind their cover; returns how many bytes there are."""
    with answers.open("wb") as answers_file, rest.open("rb") as rest_file:
        answers_file.write(cover_line(cover) + b"\n")
        shutil.copyfileobj(rest_file, answers_file, 1 << 20)
    return answers.stat().st_size


def _note(copy: Copy) -> Path:
    return copy.path.with_suffix(".made")
