"""Rebuild: every read model anew from the log, beside the ones that serve, then in their place."""

import gc
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from multiprocessing.context import SpawnProcess
from multiprocessing.queues import Queue
from queue import Empty
from typing import TypeAlias

import psycopg
from msgspec import Struct

from ledger.store.reading import head
from projections.building import NAME, Building, Built, Progress, fill
from projections.filling import begin
from projections.inserting import TablesLost, insertions
from projections.model import Model
from projections.registry import MODELS, ModelPosition, ensure


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
    groups = [tuple(models[place::processes]) for place in range(min(processes, len(models)))]
    said = progress or _say_nothing
    if len(groups) == 1:
        built = _build(url, groups[0], said, is_switching=is_switching)
    else:
        built = list(_apart(url, groups, said, is_switching=is_switching))
    return sorted(built, key=lambda one: one.model)


def _build(
    url: str, models: Sequence[Model], progress: Progress, *, is_switching: bool
) -> list[Built]:
    with ExitStack() as stack:
        # By this name builders know each other: none of them reads what another one fills.
        connection, other, log = (
            stack.enter_context(psycopg.connect(url, autocommit=True, application_name=NAME))
            for _ in range(3)
        )
        stack.enter_context(_without_collection())
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
        for process in working.values():
            process.terminate()
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
        saying.put(_Done(number, _build(url, models, say, is_switching=is_switching)))
    except RebuildFailed as why:
        saying.put(_Failed(str(why)))
