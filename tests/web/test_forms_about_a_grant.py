"""What a grant's page leads to: give it back, move it, lend it, end it otherwise, foretell it."""

import contextlib
from collections.abc import Generator

import httpx2
import pytest
from playwright.sync_api import Browser

from tests.web.lab import H100, day
from tests.web.levels import SUE, VERA, Levels, hidden, signed_in
from tests.web.test_forms_that_were_overtaken import opened, typed
from tests.web.test_three_levels import flawless, sitting_of

DOES = ("release", "reallocate", "lend", "extend", "forecast")


@pytest.fixture
def vera(three_levels: Levels) -> Generator[httpx2.Client]:
    """Yield a session of who leads the lab."""
    with signed_in(three_levels, VERA) as client:
        yield client


@pytest.fixture
def grant(three_levels: Levels) -> Generator[str]:
    """Yield a grant of 64 to Vision; what is left of it, and came of it, is given back."""
    given = {"pool": H100, "unit": "research/vision", "quantity": 64}
    yield three_levels.tell(VERA, "/grants", **given)["grant"]
    kept = {"pool": H100, "quantity": "all", "future": True}
    for unit in ("products", "research/speech", "research/vision"):
        with contextlib.suppress(AssertionError):  # it may have nothing
            three_levels.tell(VERA, "/releases", **kept, unit=unit)


def told(three_levels: Levels, vera: httpx2.Client, grant: str, do: str, **fields: str) -> str:
    """Try a form about a grant and then record it; what the page says."""
    here = {"do": do, "grant": grant, "min_position": three_levels.head()}
    page = vera.get("/act", params=here)
    assert page.status_code == 200, page.text
    tried = vera.post("/act", data={**hidden(page.text, "/act"), **fields, "step": "try"})
    assert tried.status_code == 200, tried.text
    go = hidden(tried.text, "/act", "Record it")
    assert go["grant"] == grant
    made = vera.post("/act", data=go)
    assert made.status_code == 201, made.text
    assert f"/grant?grant={grant}" in made.text
    return made.text


def test_all_that_is_done_with_a_grant_is_done_on_the_page(
    three_levels: Levels, vera: httpx2.Client, grant: str
) -> None:
    page = vera.get("/grant", params={"grant": grant, "min_position": three_levels.head()}).text
    for do in DOES:
        assert f"/act?do={do}&amp;grant={grant}" in page

    def tell(do: str, **fields: str) -> str:
        return told(three_levels, vera, grant, do, **fields)

    words = "They need it more"
    assert "research/vision gave back 8" in tell("release", quantity="8", kind="returned")
    taken = tell("release", quantity="8", kind="reclaimed", reason=words)
    assert "was taken back from research/vision" in taken or "reclaimed" in taken
    tell("reallocate", quantity="16", to="research/speech", reason=words, ends_at=day(40)[:10])
    tell("lend", quantity="8", to="products", returns_at=day(20)[:10])
    tell("forecast", quantity="8", expected_at=day(30)[:10], confidence="high")
    tell("extend", ends_at=day(50)[:10], reason=words, overrides="notice")
    tell("extend", ends_at="")
    answer = vera.get(f"/v1/grants/{grant}", params={"min_position": three_levels.head()}).json()
    assert (answer["own"], answer["hold"], answer["ends_at"]) == (32, 24, None)


REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("release", {"quantity": "", "kind": "returned"}, "Say how much."),
    ("release", {"quantity": "8", "kind": "reclaimed"}, "WordsMissing"),
    ("release", {"quantity": "72", "kind": "returned"}, "MoreThanHeld"),
    ("reallocate", {"quantity": "8", "to": "", "reason": "r"}, "Name the unit."),
    ("lend", {"quantity": "8", "to": "products", "returns_at": ""}, "Back on: say when."),
    ("forecast", {"quantity": "8", "expected_at": ""}, "Back by: say when."),
)


def test_what_cannot_be_is_refused_in_words(
    three_levels: Levels, vera: httpx2.Client, grant: str
) -> None:
    for do, fields, says in REFUSED:
        here = {"do": do, "grant": grant, "min_position": three_levels.head()}
        form = hidden(vera.get("/act", params=here).text, "/act")
        refused = vera.post("/act", data={**form, **fields})
        assert refused.status_code >= 400
        assert says in refused.text


def test_what_is_free_is_granted_from_the_page_of_its_pool(
    three_levels: Levels, vera: httpx2.Client, grant: str
) -> None:
    pool = vera.get("/pool", params={"pool": H100, "min_position": three_levels.head()}).text
    assert "/act?do=grant&amp;pool=phoenix/h100" in pool
    form = hidden(vera.get("/act", params={"do": "grant", "pool": H100}).text, "/act")
    given = {**form, "pool": H100, "unit": "products", "quantity": "8", "ends_at": day(9)[:10]}
    tried = vera.post("/act", data={**given, "step": "try"})
    made = vera.post("/act", data=hidden(tried.text, "/act", "Record it"))
    assert made.status_code == 201, made.text
    assert "products was granted 8" in made.text
    assert "/grant?grant=" in made.text
    assert grant not in made.text


def test_what_changed_meanwhile_is_not_moved(
    three_levels: Levels, vera: httpx2.Client, grant: str
) -> None:
    here = {"do": "release", "grant": grant, "min_position": three_levels.head()}
    form = hidden(vera.get("/act", params=here).text, "/act")
    gone = [{"grant": grant, "quantity": 8}]
    three_levels.tell(SUE, "/releases", grants=gone)
    late = vera.post("/act", data={**form, "quantity": "64", "kind": "returned", "step": "record"})
    assert (late.status_code, "Changed since you looked" in late.text) == (409, True)


def test_a_loan_is_neither_moved_nor_lent_on_and_what_is_over_is_left_alone(
    three_levels: Levels, vera: httpx2.Client, grant: str
) -> None:
    lent = {"pool": H100, "from": {"grant": grant}, "to": "products", "quantity": 8}
    loan = three_levels.tell(VERA, "/loans", **lent, returns_at=day(9))["to_grant"]
    page = vera.get("/grant", params={"grant": loan, "min_position": three_levels.head()}).text
    assert [do for do in DOES if f"do={do}&amp;" in page] == ["release", "extend", "forecast"]
    three_levels.tell(VERA, "/releases", pool=H100, unit="products", quantity="all")
    over = vera.get("/grant", params={"grant": loan, "min_position": three_levels.head()}).text
    assert "/act?do=" not in over
    nobody = "01234567-0000-7000-8000-000000000000"
    assert vera.get("/act", params={"do": "release", "grant": nobody}).status_code == 404


def test_an_end_that_is_left_alone_stays_to_the_second(
    three_levels: Levels, vera: httpx2.Client
) -> None:
    end = "2031-12-31T23:59:59.000000Z"
    given = {"pool": H100, "unit": "products", "quantity": 8, "ends_at": end}
    long = three_levels.tell(VERA, "/grants", **given)["grant"]
    asked = {"unit": "products", "pools": [H100], "quantity": 8, "justification": "Runs"}
    request = three_levels.tell(SUE, "/requests", **asked, ends_at=end)["request"]
    for about in ({"do": "reallocate", "grant": long}, {"do": "grant", "request": request},
                  {"do": "amend_request", "request": request}):  # fmt: skip
        page = opened(vera, "/act", **about, min_position=three_levels.head())
        assert typed(page)["ends_at"] == end
    here = {"do": "reallocate", "grant": long, "min_position": three_levels.head()}
    form = {**hidden(page := opened(vera, "/act", **here), "/act"), **typed(page)}
    moved = vera.post(
        "/act", data={**form, "to": "research/vision", "reason": "r", "step": "record"}
    )
    assert moved.status_code == 201, moved.text
    (event,) = vera.get("/v1/events", params={"after": three_levels.head() - 1}).json()["events"]
    assert event["data"]["ends_at"] == end


def test_each_form_is_flawless_to_who_cannot_see_it(
    browser: Browser, three_levels: Levels, grant: str
) -> None:
    with sitting_of(browser, three_levels, VERA) as page:
        head = three_levels.head()
        about = [f"do={do}&grant={grant}" for do in DOES]
        for here in (*about, f"do=grant&pool={H100}"):
            page.goto(f"{three_levels.doors.url}/act?{here}&min_position={head}")
            flawless(page)
