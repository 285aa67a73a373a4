"""What the history says of requests and what was answered."""

from ledger.facts import About, NoteText
from ledger.request_facts import Appealing, RequestWithdrawal
from projections.history.phrases import Background
from projections.history.sentences import sentence
from tests.support.facts import Book, day, named
from tests.support.request_facts import amended, answered, wanted

LABELS = {"h100": "gpu"}


def test_a_request_and_what_was_answered_are_told() -> None:
    asked = wanted("r", "vision", 64, least=48, ends=day(90), priority="high")
    other = wanted("s", "vision", 64, "h100", "b200")
    background = Background(LABELS, {asked.request: asked, other.request: other})
    book = Book()
    withdrawal, appeal = RequestWithdrawal(request=named("s")), Appealing(request=named("r"))
    told = [
        sentence(book.tell(fact)[0], background)
        for fact in (
            asked, other, amended(asked, 32),
            amended(asked, 64, priority="normal", justification="Another run"),
            answered("r", "approved", ("h100", 64)),
            answered("r", "partly", ("h100", 16), rest="waits", priority="critical"),
            answered("r", "partly", ("h100", 16)),
            answered("r", "denied"), answered("r", "denied", ("h100", 16)),
            answered("r", "deferred", rest="waits", until=day(30)),
            appeal, withdrawal, NoteText(about=About(request=named("r")), text="Why?"),
        )
    ]  # fmt: skip
    of = "he request of vision (first for 64 gpu of h100)"
    waits = "the rest waits, with critical priority"
    assert told == [
        f"vision asked for 64 gpu of h100, at least 48 until {day(90)[:10]}, with high priority",
        "vision asked for 64 of h100 or b200",
        "vision now asks for 32 gpu of h100, with high priority",
        "vision now asks for 64 gpu of h100, at least 48, and says why anew",
        f"T{of} was approved: 64 gpu of h100 awarded",
        f"T{of} was approved in part: 16 gpu of h100 awarded, {waits}",
        f"T{of} was approved in part: 16 gpu of h100 awarded, the rest is denied",
        f"T{of} was denied",
        f"T{of} was denied: no more than 16 gpu of h100",
        f"T{of} was deferred until {day(30)[:10]}",
        f"The answer to t{of} was appealed",
        "The request of vision (first for 64 of h100 or b200) was withdrawn",
        f"Note on t{of}: Why?",
    ]
