"""The time bar says what is shown, and whether it is all there is."""

from api.web.clocks import read_clocks
from api.web.frame import Frame, render, time_bar
from ledger.periods import Instant

NOW = Instant("2026-06-01T12:00:00.000000Z")


def page(valid_at: str = "", known_at: str = "", *, behind: int = 0) -> str:
    clocks = read_clocks(valid_at, known_at)
    at = clocks.valid_at or NOW
    frame = Frame(
        path="/", section="/", kept={}, clocks=time_bar(clocks, at, 1204, now=NOW),
        person="ada@lab", open_mode=True, csrf="", invented=False, position=1204,
        live=clocks.known_at is None, behind=behind,
    )  # fmt: skip
    view = {
        "title": "Overview", "cards": (), "soon": (), "soon_more": 0, "finishing": (),
        "finishing_more": 0, "recent": (), "asked": (), "asked_more": 0, "proposed": (),
        "proposed_more": 0, "debts": (),
    }  # fmt: skip
    return bytes(render("overview.html", frame, view).body).decode()


def test_a_page_says_when_the_read_models_are_behind() -> None:
    assert "newer event" not in page()
    assert "1 newer event will show here soon" in page(behind=1)
    assert "2,000 newer events will show here soon" in page(behind=2000)


def test_only_a_page_of_the_present_books_is_live() -> None:
    assert 'id="live"' in page()
    assert 'id="live"' in page("2026-05-01")
    assert 'id="live"' not in page("2026-05-01", "1204")


def test_the_books_as_they_stood_are_offered_for_the_past_alone() -> None:
    offered = "Show the books as they stood then"
    assert offered in page("2026-05-01")
    assert offered not in page("2026-07-01")
    assert offered not in page("2026-05-01", "77")
    assert offered not in page()
