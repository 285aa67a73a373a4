"""Counts and times every answer, and puts the position on those that do not carry one yet."""

import time
from asyncio import CancelledError
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import LIMITS, LimitName
from api.problems import cut_off

POSITION: Final = b"allot-position"
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What /metrics tells of one app; each app has its own registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "allot_http_answers", "Answers given.", ("method", "route", "status"),
            registry=self.registry,
        )  # fmt: skip
        self.seconds = Histogram(
            "allot_http_seconds", "Seconds until the answer began.", ("method", "route"),
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._reached = Counter(
            "allot_limit_reached", "How often a limit was met.", ("limit",), registry=self.registry
        )
        for limit in LIMITS:
            self._reached.labels(limit.name)
        self.dropped = Counter(
            "allot_feed_dropped", "Live subscribers cut off for being slow.",
            registry=self.registry,
        )  # fmt: skip
        gauge = self._gauge
        self.head = gauge("head_position", "Newest position.")
        self.waiting = gauge("commands_waiting", "Commands that wait for the committer.")
        self.waiting_bytes = gauge("commands_waiting_bytes", "Bytes of those that wait.")
        self.oldest = gauge("commands_oldest_seconds", "How long the oldest has waited.")
        self.commit_age = gauge("last_commit_seconds", "Since something was recorded here.")
        self.connections = gauge("connections", "Open connections of callers.")
        self.reads_running = gauge("reads_running", "Reads that have a place.")
        self.reads_waiting = gauge("reads_waiting", "Reads that wait for one.")
        self.followers = gauge("feed_followers", "Live subscribers of the feed.")
        self.clock = gauge("clock_difference_seconds", "From this clock to the database's.")
        self.projection_position = gauge(
            "projection_position", "Position a projection reflects.", "projection"
        )
        self.projection_lag = gauge(
            "projection_lag_events", "Events a projection is behind.", "projection"
        )
        self.projection_lag_s = gauge(
            "projection_lag_seconds", "Age of what a projection has not seen.", "projection"
        )
        self.ready = gauge("ready", "1 when a check of /readyz is green, else 0.", "check")

    def reach(self, limit: LimitName) -> None:
        """Count that a limit was met."""
        self._reached.labels(limit).inc()

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(f"allot_{name}", says, labels, registry=self.registry)


class Observing:
    """ASGI middleware around the whole app: one pass over the headers of each answer."""

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, head: Callable[[], int], paths: set[str]
    ) -> None:
        """Take the app, where to count, the newest position known, and the paths without ids."""
        self._app = app
        self._metrics = metrics
        self._head = head
        self._paths = paths
        self._answered: dict[tuple[str, str, int], Callable[[], None]] = {}
        self._took: dict[tuple[str, str], Callable[[float], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and take note of it. Who is cut off by the end of the process is told so."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        is_answered = False

        async def noted(message: Message) -> None:
            nonlocal is_answered
            if message["type"] == "http.response.start":
                is_answered = True
                headers = message["headers"]
                if not any(name == POSITION for name, _ in headers):
                    headers.append((POSITION, b"%d" % self._head()))
                headers.append((b"x-content-type-options", b"nosniff"))
                self._note(scope, message["status"], time.perf_counter() - began)
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except CancelledError:
            if is_answered:
                raise
            # The server gives up what is left when the time to stop is over, and does not wait
            # for it again: without an answer from here it sends a bare 500.
            await cut_off().response()(scope, receive, noted)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        # The path as it was declared: what a caller makes up must not become a label.
        path: str = scope["path"]
        declared: str = path if path in self._paths else getattr(scope.get("route"), "path", "none")
        method: str = scope["method"] if declared != "none" else "any"
        answered = self._answered.get((method, declared, status))
        took = self._took.get((method, declared))
        if answered is None:
            child = self._metrics.answers.labels(method, declared, str(status))
            answered = self._answered[method, declared, status] = child.inc
        if took is None:
            timed = self._metrics.seconds.labels(method, declared)
            took = self._took[method, declared] = timed.observe
        answered()
        took(seconds)
