"""A reader of the feed is caught whatever goes wrong between the log and what it saw."""

import http.server
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from msgspec.structs import replace

from ledger.codec import encode
from ledger.events import Event
from ledger.facts import About, NoteText
from ledger.log import StoredEvent
from tests.faults.tails import follow, misread, wrong_in
from tests.support.committing import until
from tests.support.facts import Book, stored
from tests.support.tailing import THE_END

Read = Callable[[int], Sequence[StoredEvent]]
"""What a feed sends to whoever has read up to a position."""


def notes(count: int) -> list[Event]:
    """That many events; the last one ends the reading."""
    book = Book()
    for number in range(count):
        book.tell(NoteText(about=About(position=1), text=f"It is {number} o'clock"))
    return [*book.events[:-1], replace(book.events[-1], key=THE_END)]


LOG = stored(notes(6))


@contextmanager
def feed(read: Read) -> Generator[str]:
    """A feed that sends whatever `read` says, in each of the ways in which ours does."""

    class Sending(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path.endswith("/stream"):
                events = read(int(self.headers["Last-Event-ID"]))
                said = [b"id: %d\ndata: %b\n\n" % (one.position, one.stored) for one in events]
                self.say(b"".join(said))
                return
            events = read(int(parse_qs(asked.query)["after"][0]))
            if self.headers["Accept"] == "application/jsonl":
                self.say(b"".join([one.stored + b"\n" for one in events]))
                return
            page = b",".join([one.stored for one in events])
            self.say(b'{"events":[%b],"next":%d}' % (page, events[-1].position if events else 0))

        def say(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sending)
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        serving.join()
        server.server_close()


def of(events: Sequence[StoredEvent], at_once: int = 100) -> Read:
    """A feed of just these, in this order, so many in one answer."""
    return lambda after: [one for one in events if one.position > after][:at_once]


def seen_through(read: Read, log: Sequence[StoredEvent]) -> list[str]:
    """What is wrong with what readers of every way saw of a log."""
    with feed(read) as url:
        return misread(follow(lambda: url), log)


def test_a_sound_feed_is_read_once_and_in_order_however_it_is_read() -> None:
    assert seen_through(of(LOG, at_once=2), LOG) == []


ALTERED = replace(LOG[3], stored=LOG[3].stored.replace(b"3 o'clock", b"9 o'clock"))
INVENTED = replace(LOG[0], position=9, stored=encode(replace(notes(9)[8], key="made up")))


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ([*LOG[:3], *LOG[4:]], ["4 was passed over"]),
        ([*LOG[:4], LOG[3], *LOG[4:]], ["4 came again, after 4"]),
        ([*LOG[:2], LOG[3], LOG[2], *LOG[4:]], ["3 came after 4"]),
        ([*LOG[:3], ALTERED, *LOG[4:]], ["4 has other bytes than the log"]),
        ([*LOG[:3], INVENTED, *LOG[3:]], ["9 is not in the log", "4 came after 9"]),
    ],
    ids=["a gap", "a repeat", "a swap", "another text", "one too many"],
)
def test_a_feed_that_goes_wrong_is_caught_in_every_way_of_reading(
    sent: Sequence[StoredEvent], wrong: Sequence[str]
) -> None:
    found = seen_through(of(sent), LOG)
    for way in ("by_pages", "by_lines", "live"):
        here = [one.partition(": ")[2] for one in found if one.startswith(f"{way} at ")]
        assert [one for one in wrong if one in here] == wrong, way


def test_a_feed_that_resumes_one_event_too_early_is_caught() -> None:
    found = seen_through(lambda after: [one for one in LOG if one.position >= after][:3], LOG)
    assert {one.partition(" at ")[0] for one in found} == {"by_pages", "by_lines", "live"}


def test_what_was_never_seen_is_named() -> None:
    assert wrong_in([], LOG[:2]) == ["1 was passed over", "2 was passed over"]


def test_a_log_whose_positions_are_taken_before_the_lock_loses_events_for_its_readers(
    fresh_database: str,
) -> None:
    # The control: a sequence hands out positions, and who took the first commits last.
    append = "INSERT INTO bare (stored) VALUES (%s)"
    with (
        psycopg.connect(fresh_database) as slow,
        psycopg.connect(fresh_database, autocommit=True) as quick,
        psycopg.connect(fresh_database, autocommit=True) as reading,
    ):
        quick.execute("CREATE TABLE bare (position bigserial PRIMARY KEY, stored bytea NOT NULL)")
        reading_by_turns = threading.Lock()

        def read(after: int) -> Sequence[StoredEvent]:
            with reading_by_turns:
                rows = reading.execute(
                    "SELECT position, stored FROM bare WHERE position > %s ORDER BY position",
                    (after,),
                ).fetchall()
            return [StoredEvent(position=at, topic="noted.v1", stored=text) for at, text in rows]

        slow.execute(append, (LOG[0].stored,))
        quick.execute(append, (LOG[1].stored,))
        with feed(read) as url:
            readers = follow(lambda: url)
            until(lambda: all(reader.position == 2 for reader in readers))
            slow.commit()
            for event in LOG[2:]:
                quick.execute(append, (event.stored,))
            found = misread(readers, LOG)
    assert sorted(one.partition(": ")[2] for one in found) == ["1 was passed over"] * 3
