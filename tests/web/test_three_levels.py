"""The three levels played through on the page: split, split, ask, award, grant, refuse, appeal."""

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.web.lab import H100
from tests.web.levels import HUGO, LEO, OLGA, PETER, SUE, VERA, Levels, hidden, signed_in
from tests.web.watching import Watch

Sitting = Callable[[str], Page]
WORDS = {
    "half": "The other half once Speech winds down",
    "appeal": "Without it the encoder is late by a quarter",
    "more": "Sixteen more; the deadline is real",
}


@contextmanager
def sitting_of(browser: Browser, levels: Levels, person: str) -> Generator[Page]:
    """Yield a page of a browser of their own, in which a person has signed in."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        watch = Watch(page, levels.doors.url)
        watch.expect("status of 4")
        page.goto(levels.doors.url)
        page.get_by_label("Token").fill(levels.tokens[person])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("Signed in as")).to_contain_text(person)
        yield page
        watch.stayed_quiet()


@pytest.fixture
def sitting(browser: Browser, three_levels: Levels) -> Generator[Sitting]:
    """Yield the page of each person, at which they stay signed in."""
    with ExitStack() as ending:
        pages: dict[str, Page] = {}

        def of(person: str) -> Page:
            if person not in pages:
                made = sitting_of(browser, three_levels, person)
                pages[person] = ending.enter_context(made)
            return pages[person]

        yield of


def flawless(page: Page) -> None:
    """Nothing that axe finds, and no way to the side on a phone."""
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    page.set_viewport_size({"width": 390, "height": 844})
    # Charts are fitted when the browser draws its next frame.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1280, "height": 900})


def form(page: Page, name: str) -> Locator:
    """A form of a page, opened if it is folded."""
    found = page.get_by_role("form", name=name)
    if not found.is_visible():
        page.get_by_text(name, exact=True).click()
    return found


def tried(page: Page, named: str, **typed: str) -> None:
    """Fill a form in and try it; names of labels have blanks for underscores."""
    filled = form(page, named)
    for label, text in typed.items():
        filled.get_by_label(label.replace("_", " "), exact=True).fill(text)
    filled.get_by_role("button", name="Try it").click()


def recorded(page: Page, *sentences: str) -> None:
    """What is shown is what is meant: have it recorded, and read that it was."""
    expect(page.get_by_role("heading", level=1)).to_have_text("This is what will be recorded")
    for sentence in sentences:
        expect(page.locator("main")).to_contain_text(sentence)
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recorded")


def refused(page: Page, *sentences: str) -> None:
    """The answer is no, in words, and nothing was recorded."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Refused")
    for sentence in (*sentences, "Nothing was recorded."):
        expect(page.get_by_role("region", name="Why not")).to_contain_text(sentence)


def split(page: Page, levels: Levels, parent: str, **amounts: str) -> None:
    """Go to a unit and split its pool between those below."""
    page.goto(f"{levels.doors.url}/unit?unit={parent}")
    page.get_by_role("link", name="Split it").click()
    filled = page.get_by_role("form", name=f"Split {H100} below")
    for label, amount in amounts.items():
        filled.get_by_label(label.replace("_", " "), exact=True).fill(amount)
    filled.get_by_label("Because").fill("As agreed in the round")
    filled.get_by_role("button", name="Try it").click()


def asked_by_keyboard(page: Page, levels: Levels) -> None:
    """Ask for 96 with nothing but keys."""
    page.goto(f"{levels.doors.url}/unit?unit=research/vision")
    page.get_by_role("link", name="Ask for compute").press("Enter")
    expect(page.get_by_label("For the unit")).to_have_value("research/vision")
    page.get_by_label("For the unit").focus()
    for keys in ("Tab", "Tab", "96", "Tab", "32", "Tab", "Tab", "Tab", "Tab"):
        if keys == "Tab":
            page.keyboard.press("Tab")
        else:
            page.keyboard.type(keys)
    page.keyboard.type("The next encoder is trained from April on")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("asked for 96 gpu of phoenix/h100, at least 32")
    expect(page.get_by_role("button", name="Record it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Recorded")


def test_from_the_split_of_leadership_to_the_answer_of_an_appeal(
    sitting: Sitting, three_levels: Levels
) -> None:
    vera, hugo, leo, sue = sitting(VERA), sitting(HUGO), sitting(LEO), sitting(SUE)
    split(vera, three_levels, "lab", Amount_of_Research="128", Cap_of_Research="160",
          Amount_of_Products="25%")  # fmt: skip
    recorded(vera, "research 128, at most 160", "products 64")
    split(hugo, three_levels, "research", Amount_of_Vision="72", Amount_of_Speech="64")
    refused(hugo, "128")
    flawless(hugo)  # with its arithmetic, and the form of a split to try again
    split(hugo, three_levels, "research", Amount_of_Vision="64", Amount_of_Speech="64")
    recorded(hugo, "research/vision 64", "research/speech 64")

    asked_by_keyboard(leo, three_levels)
    leo.get_by_role("link", name="The request").click()
    expect(leo.get_by_role("heading", level=1)).to_have_text(f"96 of {H100} for Vision")
    expect(leo.get_by_role("region", name="What was answered")).to_contain_text(HUGO)
    flawless(leo)
    request = leo.url
    tried(leo, "Answer it", Because="It is ours")
    refused(leo, "Say what the answer is")

    hugo.goto(request)
    form(hugo, "Answer it").get_by_label("A part of it").check()
    tried(hugo, "Answer it", **{f"Award of {H100}, in all": "48"}, Because=WORDS["half"])
    recorded(hugo, "approved in part: 48 gpu of phoenix/h100 awarded, the rest waits")

    granted_by_who_may(sitting, request)

    leo.goto(request)
    tried(leo, "Appeal the answer", Why_another_decider_should_look_at_it=WORDS["appeal"])
    recorded(leo, "was appealed")
    hugo.goto(request)
    form(hugo, "Answer it").get_by_label("All of it").check()
    tried(hugo, "Answer it")
    refused(hugo, HUGO)
    sue.goto(request)
    form(sue, "Answer it").get_by_label("A part of it").check()
    tried(sue, "Answer it", **{f"Award of {H100}, in all": "64"}, Because=WORDS["more"])
    recorded(sue, "64 gpu of phoenix/h100 awarded")
    read_why(leo, request)


def granted_by_who_may(sitting: Sitting, request: str) -> None:
    """An operator of another division is refused in words, the one of research grants it."""
    peter, olga = sitting(PETER), sitting(OLGA)
    peter.goto(request)
    tried(peter, "Grant what is awarded")
    refused(peter, "This needs decider or operator over research/vision", PETER)
    olga.goto(request)
    tried(olga, "Grant what is awarded")
    recorded(olga, "research/vision was granted 48 gpu of phoenix/h100", OLGA)
    olga.get_by_role("link", name="The grant").click()
    why = olga.get_by_role("region", name="Why", exact=True)
    for part in (OLGA, LEO, "The next encoder", HUGO, "may own 64"):
        expect(why).to_contain_text(part)


def read_why(leo: Page, request: str) -> None:
    """Who asked reads the whole chain: both answers, in whose words, and by what right."""
    leo.goto(request)
    why = leo.get_by_role("region", name="Why", exact=True)
    for part in (*WORDS.values(), HUGO, SUE, OLGA, "decider of research", "decider of lab",
                 "64 awarded, 48 granted"):  # fmt: skip
        expect(why).to_contain_text(part)
    order = why.inner_text()
    assert order.index(WORDS["half"]) < order.index(WORDS["appeal"]) < order.index(WORDS["more"])
    leo.goto(f"{request}&known_at=1&valid_at=2020-01-01")
    expect(leo.locator("main")).to_contain_text("There is no request")


def test_everything_can_be_sent_without_scripts_and_printed(
    browser: Browser, three_levels: Levels
) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{three_levels.doors.url}/act?do=request&unit=research/speech&quantity=8")
        page.get_by_label("Token").fill(three_levels.tokens[HUGO])
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_label("How much")).to_have_value("8")
        page.get_by_label("What for").fill("A small one")
        page.get_by_role("button", name="Try it").click()
        page.get_by_role("button", name="Record it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recorded")
        page.get_by_role("link", name="The request").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"8 of {H100} for Speech")
        page.emulate_media(media="print")
        expect(page.get_by_role("region", name="What you can do")).to_be_hidden()
        expect(page.get_by_role("region", name="Why", exact=True)).to_be_visible()


def test_what_was_answered_meanwhile_is_shown_before_another_answer_is_recorded(
    three_levels: Levels,
) -> None:
    with signed_in(three_levels, LEO) as leo, signed_in(three_levels, HUGO) as hugo:
        form = hidden(leo.get("/act?do=request").text, "/act", "Ask for compute")
        ask = {"unit": "research/vision", "pools": H100, "quantity": "16", "justification": "x"}
        made = leo.post("/act", data={**form, **ask, "step": "record"})
        assert made.status_code == 201
        page = made.text.partition('href="/request?')[2].partition('"')[0].replace("&amp;", "&")
        first, second = (
            {**hidden(hugo.get(f"/request?{page}").text, "/act", "Answer it"), "step": "record"}
            for _ in range(2)
        )
        no = {"outcome": "denied", "reason": "There is none"}
        assert hugo.post("/act", data={**first, **no}).status_code == 201
        head = three_levels.head()
        yes = {"outcome": "approved", "reason": "There is some after all"}
        held = hugo.post("/act", data={**second, **yes})
        assert (held.status_code, "Recorded about this since you looked" in held.text) == (
            200,
            True,
        )
        assert "There is none" in held.text
        assert three_levels.head() == head
        again = hidden(held.text, "/act", "Record it")
        assert hugo.post("/act", data=again).status_code == 201
        assert three_levels.head() == head + 1


def test_who_would_give_to_what_they_lead_waits_for_a_second_person(
    sitting: Sitting, three_levels: Levels
) -> None:
    tell = three_levels.tell
    ask = {"unit": "research/speech", "pools": [H100], "quantity": 8, "justification": "A test"}
    request = tell(HUGO, "/requests", **ask)["request"]
    tell(VERA, "/requests/decide", request=request, outcome="approved")
    olga, vera = sitting(OLGA), sitting(VERA)
    at = f"{three_levels.doors.url}/request?request={request}&min_position={three_levels.head()}"
    olga.goto(at)
    tried(olga, "Grant what is awarded")
    expect(olga.locator("main")).to_contain_text("It will wait for a second person")
    olga.get_by_role("button", name="Propose it").click()
    expect(olga.get_by_role("heading", level=1)).to_have_text("It waits for a second person")
    may = olga.get_by_text("May confirm it")
    for person, is_one in ((VERA, True), (SUE, True), (OLGA, False), (PETER, False)):
        assert (person in may.inner_text()) == is_one
    assert not olga.get_by_role("link", name="The grant").count()
    olga.get_by_role("link", name="The proposal").click()
    vera.goto(olga.url)
    would = vera.get_by_role("region", name="What confirming it would record now")
    expect(would).to_contain_text("research/speech was granted 8 gpu")
    flawless(vera)
    vera.get_by_role("form", name="Confirm it").get_by_role("button", name="Try it").click()
    recorded(vera, "research/speech was granted 8 gpu", "second person")
    vera.get_by_role("link", name="The proposal").click()
    expect(vera.locator("main")).to_contain_text(f"by {VERA}")
