"""Rebuild: every read model anew from the log, beside the ones that serve, then in their place."""

import gc
import os
import signal
import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from queue import Empty
from types import FrameType
from typing import Final, TypeAlias

import psycopg
from msgspec import Struct

from ledger.store.reading import head
from projections.building import NAME, Building, Built, Progress, fill
from projections.filling import begin
from projections.inserting import TablesLost, insertions
from projections.model import Model
from projections.registry import MODELS, ModelPosition, ensure
from projections.statements import Connection

END_S: Final = 10.0
"""How long a process that is told to end may take for it."""
CANCEL_S: Final = 1.0
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Lines: TypeAlias = tuple[Connection, Connection, Connection]


class RebuildFailed(Exception):
    """A model could not be built; each that was not switched yet serves as before."""


def rebuild(
    url: str,
    *,
    models: Sequence[Model] = MODELS,
    processes: int = 2,
    is_switching: bool = True,
    progress: Progress | None = None,
) -> list[Built]:
    """Build models anew, compare them with what serves, and switch; by name.

    The address acts as the follower's role, which owns the tables. The follower may run: it goes
    on feeding what serves, and feeds the new tables from the switch on. What served with the
    same version is compared table by table at one position; the new tables, which follow from
    the log alone, serve even when there are differences, so show them. A model that stopped is
    compared where it stopped and built to the end of the log. Interrupted, each model is the old
    or the new one, whole.

    Raises RebuildFailed when an event cannot be applied, or another process builds the same.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        ensure(connection, tuple(models))
    groups = dealt(models, min(processes, len(models)))
    said = progress or _say_nothing
    if processes == 1:
        with _lines(url) as lines:
            built = _build(lines, models, said, is_switching=is_switching)
    else:
        built = list(_apart(url, groups, said, is_switching=is_switching))
    return sorted(built, key=lambda one: one.model)


def dealt(models: Sequence[Model], count: int) -> list[tuple[Model, ...]]:
    """So many groups that take about as long: the longest first, each to who has the least."""
    groups: list[list[Model]] = [[] for _ in range(count)]
    for model in sorted(models, key=lambda one: -one.effort):
        min(groups, key=lambda some: sum(one.effort for one in some)).append(model)
    return [tuple(group) for group in groups]


@contextmanager
def _lines(url: str) -> Generator[_Lines]:
    """What a builder writes, looks and reads the log by."""
    with ExitStack() as stack:
        # By this name builders know each other: none of them reads what another one fills.
        connection, other, log = (
            stack.enter_context(psycopg.connect(url, autocommit=True, application_name=NAME))
            for _ in range(3)
        )
        yield connection, other, log


def _build(
    lines: _Lines, models: Sequence[Model], progress: Progress, *, is_switching: bool
) -> list[Built]:
    connection, other, log = lines
    with _without_collection():
        buildings: list[Building] = []
        try:
            buildings += (Building(connection, model) for model in models)
            before = {one.model.name: one.standing() for one in buildings}
            begin(connection, log, buildings, _together(connection, buildings, before), progress)
            return [
                _finish(
                    connection,
                    other,
                    one,
                    before[one.model.name],
                    progress,
                    is_switching=is_switching,
                )
                for one in buildings
            ]
        except Exception as why:
            names = ", ".join(model.name for model in models)
            raise RebuildFailed(f"{names}: {type(why).__name__}: {why}") from why


def _together(
    connection: psycopg.Connection,
    buildings: Sequence[Building],
    before: Mapping[str, ModelPosition],
) -> int:
    """The position up to which all can be filled before they are compared."""
    standing = [(before[one.model.name], one.model) for one in buildings]
    to_compare = [
        was.position for was, model in standing if _why_not(connection, was, model) is None
    ]
    return min([head(connection), *to_compare])


def _why_not(connection: psycopg.Connection, before: ModelPosition, model: Model) -> str | None:
    """Why what serves cannot be compared, if it cannot."""
    if before.version != model.version:
        return "what served was of another version"
    try:
        insertions(connection, model)
    except TablesLost as lost:
        return f"what served had lost {lost.what}"
    return None if before.position else "what served was empty"


def _finish(
    connection: psycopg.Connection,
    other: psycopg.Connection,
    one: Building,
    before: ModelPosition,
    progress: Progress,
    *,
    is_switching: bool,
) -> Built:
    one.index()
    why_not = _why_not(connection, before, one.model)
    compared_at, differences = (None, ()) if why_not else one.compare(other)
    fill(connection, [one], max(head(connection), one.position), progress)
    if is_switching:
        position = one.switch(other)
    else:
        position = one.position
        one.drop()
    return Built(
        model=one.model.name,
        version_before=before.version,
        version=one.model.version,
        position=position,
        switched=is_switching,
        compared_at=compared_at,
        why=why_not,
        differences=differences,
    )


@contextmanager
def _without_collection() -> Generator[None]:
    """Millions of rows that live for a moment are no garbage in cycles: collecting halves speed."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _say_nothing(model: str, position: int, up_to: int) -> None:
    del model, position, up_to


class _Said(Struct, frozen=True):
    model: str
    position: int
    up_to: int


class _Done(Struct, frozen=True):
    group: int
    built: list[Built]


class _Failed(Struct, frozen=True):
    why: str


_Saying: TypeAlias = "Queue[_Said | _Done | _Failed]"


def _apart(
    url: str, groups: Sequence[Sequence[Model]], progress: Progress, *, is_switching: bool
) -> Iterator[Built]:
    """Each group in a process of its own; what one of them says is passed on here."""
    spawn = get_context("spawn")
    saying: _Saying = spawn.Queue()
    working: dict[int, SpawnProcess] = {}
    try:
        for number, group in enumerate(groups):
            given = (url, group, is_switching, number, saying)
            working[number] = spawn.Process(target=_work, args=given, daemon=True)
            with _unheard():
                working[number].start()
        left = set(working)
        while left:
            match _next(saying, [working[number] for number in left]):
                case _Said(model=model, position=position, up_to=up_to):
                    progress(model, position, up_to)
                case _Done(group=number, built=built):
                    left.remove(number)
                    yield from built
                case _Failed(why=why):
                    raise RebuildFailed(why)
    finally:
        _end([process for process in working.values() if process.pid is not None])


@contextmanager
def _unheard() -> Generator[None]:
    """What tells to end is heard once the block is left; Ctrl-C never by who is started in it."""
    heard: list[int] = []
    # Other threads are never interrupted.
    is_told = threading.current_thread() is threading.main_thread()
    before = {
        one: signal.signal(one, lambda told, _: heard.append(told))
        for one in (_ENDING if is_told else ())
        if signal.getsignal(one) is not signal.SIG_IGN
    }
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for one, handler in before.items():
            signal.signal(one, handler)
        for told in heard:
            signal.raise_signal(told)


def _end(working: Sequence[SpawnProcess]) -> None:
    """Tell processes to end, and wait until they have."""
    for process in working:
        process.terminate()
    for process in working:
        process.join(END_S)
        if process.is_alive():
            process.kill()
            process.join()


def _next(saying: _Saying, working: Sequence[SpawnProcess]) -> _Said | _Done | _Failed:
    while True:
        # A process that has ended has said everything it had to say.
        is_over = any(process.exitcode is not None for process in working)
        try:
            return saying.get(timeout=0 if is_over else 0.2)
        except Empty:
            if is_over:
                return _Failed("a process that was building ended before it was done")


def _work(
    url: str, models: Sequence[Model], is_switching: bool, number: int, saying: _Saying
) -> None:
    def say(model: str, position: int, up_to: int) -> None:
        saying.put(_Said(model, position, up_to))

    try:
        with _lines(url) as lines:
            signal.signal(signal.SIGTERM, partial(_give_up, lines))
            saying.put(_Done(number, _build(lines, models, say, is_switching=is_switching)))
    except RebuildFailed as why:
        saying.put(_Failed(str(why)))
    except psycopg.OperationalError as lost:
        saying.put(_Failed(f"the database was lost: {lost}"))


def _give_up(lines: _Lines, _told: int, _frame: FrameType | None) -> None:
    """End at once. The database would go on with what it was asked, and others could not build."""
    try:
        for one in lines:
            one.cancel_safe(timeout=CANCEL_S)
    finally:
        os._exit(1)
