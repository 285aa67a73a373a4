"""The status of requests is the same function everywhere: it is what the words of the rule say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.decide.awards import granted as granted_for
from ledger.events import RequestDecided
from ledger.evolve import evolve
from ledger.facts import PoolOpening, UnitCreation
from ledger.periods import Instant
from ledger.request_facts import Appealing, RequestWithdrawal
from ledger.requests import status
from ledger.state import State
from tests.support.facts import Book, day, granted, named
from tests.support.naive_requests import status_of
from tests.support.request_facts import amended, answered, wanted

QUANTITIES = st.integers(1, 4)
ENDS = st.sampled_from([None, day(5), day(50)])
ACTS = st.one_of(
    st.tuples(st.just("amend"), QUANTITIES, ENDS),
    st.tuples(st.sampled_from(["approved", "denied", "deferred"]), QUANTITIES, st.just("closed")),
    st.tuples(st.just("partly"), QUANTITIES, st.sampled_from(["waits", "closed"])),
    st.tuples(st.sampled_from(["appeal", "withdraw"]), QUANTITIES, st.none()),
    st.tuples(st.just("grant"), QUANTITIES, st.none()),
    st.tuples(st.just("correct"), st.integers(0, 4), st.none()),
)


def told(book: Book, act: str, quantity: int, more: str | None) -> None:
    """Record one act about the request."""
    asked = wanted("r", "vision", 2, ends=day(50))
    made = [event.position for event in book.events if event.request is not None]
    match act:
        case "amend":
            book.tell(amended(asked, quantity, ends=None if more is None else Instant(more)))
        case "approved" | "partly":
            rest = "waits" if more == "waits" else "closed"
            book.tell(answered("r", act, ("h100", quantity), rest=rest))
        case "denied" | "deferred":
            book.tell(answered("r", act))
        case "appeal" if any(isinstance(event, RequestDecided) for event in book.events):
            book.tell(Appealing(request=named("r")))
        case "withdraw":
            book.tell(RequestWithdrawal(request=named("r")))
        case "grant":
            book.tell(granted(f"g{book.head}", "vision", quantity), request="r")
        case _ if made:
            fact = granted(f"g{made[0] - 1}", "vision", quantity) if quantity else None
            book.correct(made[0], fact)
        case _:
            pass


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, max_size=8))
def test_a_status_is_what_a_plain_reading_of_the_log_says(
    acts: list[tuple[str, int, str | None]],
) -> None:
    book = Book()
    book.tell(PoolOpening(pool="h100", title="h100", unit_label="gpu", granule=1))
    book.tell(UnitCreation(unit="vision", name="Vision", kind="company", parent=None))
    book.tell(wanted("r", "vision", 2, ends=day(50)))
    for act in acts:
        told(book, *act)
    state = State()
    for event in book.events:
        evolve(state, event)
    record = state.requests[named("r")]
    for at in (day(0), day(6), day(60)):
        stands = status(record, granted_for(state, record), at)
        assert stands == status_of(book.events, named("r"), at)
