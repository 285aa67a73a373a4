"""What stands around every page: who acts, the time bar, and links that keep the clocks."""

from collections.abc import Callable, Mapping

from fastapi.responses import HTMLResponse
from msgspec import Struct

from api.web.clocks import Clocks, Step, short, steps
from api.web.rendering import HEADERS, TEMPLATES, address, quantity
from ledger.periods import Instant


class TimeBar(Struct, frozen=True, kw_only=True):
    """The two clocks as the page shows them; `valid_at` is the instant that was meant.

    `banner` says in words that this is not now, empty when it is. Without an answer they are what
    was typed, and nothing was meant.
    """

    set: bool
    answered: bool
    takes_valid: bool
    valid_text: str
    known_text: str
    valid_at: Instant
    known_says: str
    recorded_at: Instant | None
    banner: str
    is_past: bool
    steps: tuple[Step, ...]
    kept: dict[str, str]


class Frame(Struct, frozen=True, kw_only=True):
    """Everything that a page needs and that is not its subject.

    `kept` are the parameters of this page without the clocks; `live` pages listen to the feed, and
    say how many events the read models are `behind`. A page that `asks` is not changed under the
    eyes or hands of who reads or types there. `may_write`: what the person showed is good for it.
    """

    path: str
    section: str
    kept: dict[str, str]
    clocks: TimeBar
    person: str | None
    open_mode: bool
    csrf: str
    invented: bool
    position: int | None
    live: bool
    behind: int
    asks: bool = False
    may_write: bool = False

    @property
    def decides(self) -> bool:
        """Whether anything can be decided on this page."""
        return self.may_write and not self.clocks.set

    @property
    def why_not(self) -> str:
        """Why nothing can be decided on this page."""
        if self.clocks.set:
            return "Another time is shown here: decisions are made now, on what is known now."
        return "Your token only reads: nothing can be decided with it."


def time_bar(
    clocks: Clocks,
    valid_at: Instant,
    position: int,
    *,
    now: Instant,
    recorded_at: Instant | None = None,
    takes_valid: bool = True,
) -> TimeBar:
    """The bar for clocks as asked and as they were answered."""
    match clocks.known_at:
        case None:
            known_text, known_says = "", f"now, position {quantity(position)}"
        case int(at):
            known_text, known_says = str(at), f"position {quantity(at)}"
        case at:
            known_text = short(at)
            known_says = f"{known_text}, position {quantity(position)}"
    return TimeBar(
        set=bool(clocks.kept) if takes_valid else clocks.known_at is not None,
        answered=True,
        takes_valid=takes_valid,
        valid_text="" if clocks.valid_at is None else short(clocks.valid_at),
        known_text=known_text,
        valid_at=valid_at,
        known_says=known_says,
        recorded_at=recorded_at if clocks.known_at is not None else None,
        banner=_banner(clocks, valid_at, now, takes_valid=takes_valid),
        is_past=valid_at <= now,
        steps=steps(valid_at) if takes_valid else (),
        kept=clocks.kept,
    )


def _banner(clocks: Clocks, valid_at: Instant, now: Instant, *, takes_valid: bool) -> str:
    dated = takes_valid and clocks.valid_at is not None
    if clocks.known_at is None:
        if not dated:
            return ""
        return "The past, as known now" if valid_at <= now else "Ahead, as far as recorded"
    if not dated:
        return "As the record stood"
    return "The past, as the record stood" if valid_at <= now else "Ahead, as the record stood"


def link(frame: Frame) -> Callable[..., str]:
    """A function that makes the address of another page at the same clocks."""

    def to(path: str, **parameters: object) -> str:
        return address(path, {**frame.clocks.kept, **parameters})

    return to


def here(frame: Frame) -> Callable[..., str]:
    """A function that makes the address of this page with some parameters changed."""

    def at(**changes: object) -> str:
        return address(frame.path, {**frame.kept, **frame.clocks.kept, **changes})

    return at


def render(
    template: str,
    frame: Frame,
    view: Mapping[str, object],
    status: int = 200,
) -> HTMLResponse:
    """A whole page."""
    text = TEMPLATES.get_template(template).render(
        {**view, "frame": frame, "link": link(frame), "here": here(frame)}
    )
    reflected = {} if frame.position is None else {"Allot-Position": str(frame.position)}
    return HTMLResponse(text, status_code=status, headers={**HEADERS, **reflected})
