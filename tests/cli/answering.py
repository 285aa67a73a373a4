"""A far end that answers what it is told to, for what no ledger can be made to answer."""

import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager

Answer = bytes | None
"""What a far end answers to a request; None: it hangs up without a word."""


def answer(status: int, body: str = "{}", *extra: str, media: str = "application/json") -> bytes:
    """An answer after which the connection ends; it says so, or a client may ask on it again.

    What a client sends before it sees the end is lost, and counts as one of its tries.
    """
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {media}", "Connection: close", *extra]
    lines.append(f"Content-Length: {len(body.encode())}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def problem(status: int, code: str) -> bytes:
    return answer(status, f'{{"status":{status},"code":"{code}","detail":"no"}}')


@contextmanager
def far_end(*answers: Answer) -> Generator[tuple[str, list[bytes]]]:
    """A server that gives these answers, one a connection, and keeps what it was asked."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for given in answers:
                connection, _ = listener.accept()
                with connection:
                    heard.append(_request(connection))
                    if given is not None:
                        connection.sendall(given)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", heard
        thread.join(60)
        assert not thread.is_alive(), "fewer requests came than were expected"


def _request(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
         if line.startswith(b"content-length:")), 0,
    )  # fmt: skip
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(65536)
    if not more:
        raise ConnectionError("a request was cut off")
    return more
