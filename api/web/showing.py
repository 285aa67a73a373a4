"""How a page is shown: the record at a visit's clocks in a template, and what stands around it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import Depends
from starlette.responses import Response

from api.problems import invalid
from api.reads.reading import once_reflected
from api.web.doorway import Visit, visit
from api.web.frame import link, render
from api.web.pools import Link
from api.web.record import Record

Visiting = Annotated[Visit, Depends(visit)]
View = Mapping[str, object]


async def shown(
    visit: Visit,
    template: str,
    section: str,
    show: Callable[[Record, Link], View],
    *,
    asks: bool = False,
    takes_valid: bool = True,
) -> Response:
    """A page of the record. One that `asks` has forms, and is not changed under who types.

    Without `takes_valid` the instant of the time bar does not count for what it shows.
    """

    def build() -> Response:
        with visit.record() as record:
            frame = visit.frame(section, record, takes_valid=takes_valid, asks=asks)
            view = show(record, link(frame))
        return render(template, frame, view)

    return await once_reflected(visit.running, visit.asked, build)


def one_of(name: str, text: str, choices: Sequence[str]) -> None:
    """Problem 422 unless a text is one of some."""
    if text not in choices:
        raise invalid(f"{name} is {' or '.join(choices)}, not {text[:20]!r}.", parameter=name)
